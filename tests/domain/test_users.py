"""People, their teams and the shape of passwords."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import accounts, users
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.events import Event
from crm.domain.users import User
from tests import people

EVIL_NAMES = ["a\nb", "nul\x00", "turned\u202eover", "x" * 4096, "\ud800", "  "]


def test_anna_adds_somebody(anna):
    jonas = users.add(name=" Jonas Ek ", email="Jonas.Ek@Norrland.example.org", access="recruiter", by=anna)
    assert (jonas.name, jonas.email, jonas.access) == ("Jonas Ek", "jonas.ek@norrland.example.org", "recruiter")
    assert jonas.is_invited
    assert not jonas.has_joined
    assert users.by_email("JONAS.EK@norrland.example.org ") is jonas
    told = db.session.scalar(select(Event).where(Event.subject_id == jonas.id))
    assert (told.kind, told.by_name) == ("user.created", "Anna Nyholm")


def test_only_administrators_add_and_change(alice, rita, bob):
    for somebody in (alice, rita):
        with pytest.raises(Denied):
            users.add(name="Jonas Ek", email="jonas@norrland.example.org", access="manager", by=somebody)
        with pytest.raises(Denied):
            users.change(bob, by=somebody, name="Bob", access="admin", team_ids=[])
        with pytest.raises(Denied):
            users.add_team("Finance", by=somebody)


def test_an_address_has_one_account(anna):
    with pytest.raises(Refused, match="has an account already") as refused:
        users.add(name="Another Alice", email="ALICE@norrland.example.org", access="manager", by=anna)
    assert refused.value.field == "email"


def test_a_name_that_cannot_be_shown_is_refused(anna):
    for name in EVIL_NAMES:
        with pytest.raises(Refused) as refused:
            users.add(name=name, email="jonas@norrland.example.org", access="manager", by=anna)
        assert refused.value.field == "name"


def test_what_is_no_address_is_refused_and_belongs_to_nobody(anna):
    for email in ("", "jonas", "a@b@c", "x\x00@example.org", "a@example.org,b@example.org", "é@x", "\ud800@x.org"):
        with pytest.raises(Refused) as refused:
            users.add(name="Jonas Ek", email=email, access="manager", by=anna)
        assert refused.value.field == "email"
        assert users.by_email(email) is None


def test_access_is_one_of_three_words(anna, bob):
    with pytest.raises(Refused):
        users.change(bob, by=anna, name="Bob", access="owner", team_ids=[])


def test_there_is_no_second_first_administrator(anna):
    with pytest.raises(Refused, match="set up already"):
        users.create_first(name="Eve", email="eve@example.org", password_hash="x")


def test_the_only_administrator_stays_one(anna):
    with pytest.raises(Refused, match="only administrator"):
        users.change(anna, by=anna, name=anna.name, access="manager", team_ids=[])


def test_who_was_only_invited_does_not_count_as_an_administrator(anna):
    users.add(name="Jonas Ek", email="jonas@norrland.example.org", access="admin", by=anna)
    with pytest.raises(Refused, match="only administrator"):
        users.change(anna, by=anna, name=anna.name, access="manager", team_ids=[])


def test_two_administrators_who_step_down_at_once_leave_one(app):
    with app.app_context(), unit_of_work(writes=True):
        anna, rita = (users.by_email(people.address(name)) for name in ("anna", "rita"))
        users.change(rita, by=anna, name=rita.name, access="admin", team_ids=[])

    def step_down(name):
        with app.app_context():
            try:
                with unit_of_work(writes=True):
                    user = users.by_email(people.address(name))
                    users.change(user, by=user, name=user.name, access="manager", team_ids=[])
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(2) as both:
        went = list(both.map(step_down, ["anna", "rita"]))
    with app.app_context(), unit_of_work(writes=False):
        left = list(db.session.scalars(select(User).where(User.access == "admin")))
    assert sorted(went) == [False, True]
    assert len(left) == 1


def test_teams_are_found_again_by_name(anna):
    platform = users.add_team(" platform ", by=anna)
    assert platform.name == "Platform"
    assert {user.first_name for user in users.members(platform)} == {"Alice", "Bob"}


def test_a_team_is_renamed_and_gets_other_members(anna, alice, charlie):
    platform = users.add_team("Platform", by=anna)
    users.change_team(platform, by=anna, name="Foundations", member_ids=[alice.id, charlie.id, "nobody"])
    assert [user.first_name for user in users.members(platform)] == ["Alice", "Charlie"]
    assert users.count_members() == {platform.id: 2}


def test_two_teams_do_not_share_a_name(anna):
    finance = users.add_team("Finance", by=anna)
    with pytest.raises(Refused, match="already") as refused:
        users.change_team(finance, by=anna, name="PLATFORM", member_ids=[])
    assert refused.value.field == "name"


def test_a_team_needs_a_name_that_can_be_shown(anna):
    for name in (*EVIL_NAMES, "x" * 81, "\u0301"):
        with pytest.raises(Refused) as refused:
            users.add_team(name, by=anna)
        assert refused.value.field == "name"


def test_a_team_that_is_not_there_is_missing(work):
    with pytest.raises(Missing):
        users.find_team("nothing")
    with pytest.raises(Missing):
        users.find("nobody")


def test_who_cannot_sign_in_is_listed_last(anna, alice):
    accounts.disable(alice, by=anna)
    db.session.flush()
    assert [user.first_name for user in users.listed()] == ["Anna", "Bob", "Charlie", "Rita", "Alice"]


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "Password1234!", "P@ssw0rd2024!", "123456789012", "qwertyuiopas", "hahahahahaha",
     "aaaaaaaaaaaaaaaa", "correcthorsebatterystaple", "abcdefghijklmnop", "Welcome12345", "Norrland2026!", "x" * 201],
)  # fmt: skip
def test_what_would_be_guessed_first_is_refused(password):
    with pytest.raises(Refused) as refused:
        users.check_password_shape(password, ["Norrland"])
    assert refused.value.field == "password"


OWN = (
    "tea on the veranda", "8391046275930184", "xK9#mQ2$vL5!p", "kartoffel im regen", "пароль длинный и свой",
    "🦊🐻🌲🌧️🛶🎈🍞🧵🪵🔭🎻🪁", "fox runs by the lake " * 4,
)  # fmt: skip


def test_anything_long_and_of_ones_own_is_taken(app):
    with app.app_context():
        for password in OWN:
            _take(password)


def _take(password):
    kept = users.hash_password(password, ["Alice Okafor", "alice@norrland.example.org", "Norrland"])
    assert users.verify_password(kept, password)
    assert not users.verify_password(kept, password + " ")
    assert password not in kept
    assert kept.startswith("$argon2id$")


def test_who_has_no_password_has_no_right_one(app):
    with app.app_context():
        assert not users.verify_password(None, "nobody has this password")
        assert not users.verify_password("not a hash", "tea on the veranda")
