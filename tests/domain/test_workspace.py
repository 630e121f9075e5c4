"""The place itself: its name, its first visit, its lists."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import applications, users, workspace
from crm.domain.errors import Denied, Refused, TooMany
from crm.domain.outbox import Letter
from tests import people


def test_an_administrator_renames_the_company(anna):
    assert workspace.name() == "Norrland"
    workspace.rename(" Norrland & Söner ", by=anna)
    assert workspace.name() == "Norrland & Söner"


def test_nobody_else_does(alice, rita):
    for somebody in (alice, rita):
        for act in (
            lambda who: workspace.rename("Mine", by=who),
            lambda who: workspace.set_reasons(["Because"], by=who),
            lambda who: workspace.write_test_letter(by=who),
        ):
            with pytest.raises(Denied):
                act(somebody)


def test_a_name_that_cannot_be_shown_is_refused(anna):
    for name in ("", "  ", "a\nb", "nul\x00", "x" * 121, "turned\u202eover"):
        with pytest.raises(Refused) as refused:
            workspace.rename(name, by=anna)
        assert refused.value.field == "company"


def test_reasons_keep_their_order_and_stand_once(anna):
    set_to = workspace.set_reasons(["Zeal", "", " Age of the codebase ", "Zeal"], by=anna)
    assert set_to == applications.reasons() == ["Zeal", "Age of the codebase"]


def test_a_list_that_nobody_could_choose_from_is_refused(anna):
    for lines in ([], ["", "  "], ["x" * 301], ["nul\x00"], [str(number) for number in range(61)]):
        with pytest.raises(Refused) as refused:
            workspace.set_reasons(lines, by=anna)
        assert refused.value.field == "reasons"


def test_a_test_letter_goes_to_oneself_each_time(anna):
    for _ in range(2):
        workspace.write_test_letter(by=anna)
    letters = list(db.session.scalars(select(Letter)))
    assert [(letter.kind, letter.to_address) for letter in letters] == [("test", people.address("anna"))] * 2


def test_the_code_is_made_once_and_kept_private(app, tmp_path):
    def read(_number):
        with app.app_context():
            return workspace.setup_code()

    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(read, range(16)))
    assert len(codes) == 1
    assert len(codes.pop()) == 14
    assert stat.S_IMODE((tmp_path / "setup-code").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("setup-code*")] == ["setup-code"]


def test_the_code_may_be_typed_in_any_way_and_guessed_ten_times(app):
    with app.app_context():
        code = workspace.setup_code()
        for typed in (code, code.upper(), f" {code.replace('-', ' ')} "):
            workspace.check_setup_code(typed, address="192.0.2.7")
        for _ in range(7):
            with pytest.raises(Refused, match="not the code"):
                workspace.check_setup_code("aaaa-bbbb-cccc", address="192.0.2.7")
        with pytest.raises(TooMany):
            workspace.check_setup_code(code, address="192.0.2.7")


def test_the_place_is_not_new_once_somebody_is_there(app):
    with app.app_context():
        assert not workspace.is_new()
        with pytest.raises(Refused), unit_of_work(writes=True):
            workspace.set_up(company="Evil", name="Eve", email="eve@example.org", password_hash="x")
        with unit_of_work(writes=False):
            assert workspace.name() == "Norrland"
            assert users.by_email("eve@example.org") is None
