"""One-time codes: for one purpose, one subject, one browser, ten minutes, five tries."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import codes, erasing, outbox
from crm.domain.codes import Code
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail import letters
from crm.mail.writing import Tokens
from tests import make
from tests.domain.test_call_races import user

HERE, THERE = tokens.new_link(), tokens.new_link()


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


def delivered(code, token=None):
    """The six digits, as they are mailed."""
    token = token or tokens.new_link()
    codes.mint(code, token)
    db.session.flush()
    return codes.digits(token)


def sent(ada, browser=HERE, network=""):
    code = codes.send("door", ada.id, "ada@example.org", browser, network=network)
    db.session.flush()
    return code


def test_what_was_mailed_opens_here_and_for_half_an_hour(ada):
    six = delivered(sent(ada))
    assert not codes.has_passed("door", ada.id, HERE)
    assert codes.check("door", ada.id, HERE, f"{six[:3]} {six[3:]}")
    assert codes.has_passed("door", ada.id, HERE)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert not codes.has_passed("door", ada.id, HERE)


def test_it_opens_nothing_else(ada, alice):
    six = delivered(sent(ada))
    other = make.candidate(alice, "Bo Ek", email="bo@example.org")
    for wrong in (("shared", ada.id, HERE), ("door", other.id, HERE), ("door", ada.id, THERE), ("door", ada.id, "")):
        with pytest.raises(Refused):
            codes.check(*wrong, six)
    assert codes.check("door", ada.id, HERE, six)
    for wrong in (("shared", ada.id, HERE), ("door", other.id, HERE), ("door", ada.id, THERE), ("door", ada.id, "")):
        assert not codes.has_passed(*wrong)


def test_it_works_once(ada):
    six = delivered(sent(ada))
    codes.check("door", ada.id, HERE, six)
    with pytest.raises(Refused):
        codes.check("door", ada.id, HERE, six)


def test_after_five_tries_even_the_right_one_is_too_late(ada):
    six = delivered(sent(ada))
    for _ in range(codes.MOST_TRIES):
        assert not codes.check("door", ada.id, HERE, f"{(int(six) + 1) % 1_000_000:06}")
    with pytest.raises(Refused):
        codes.check("door", ada.id, HERE, six)


def test_after_ten_minutes_it_is_over(ada):
    six = delivered(sent(ada))
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)), pytest.raises(Refused):
        codes.check("door", ada.id, HERE, six)


def test_before_its_letter_is_written_no_code_fits(ada):
    sent(ada)
    assert not codes.check("door", ada.id, HERE, "")
    assert not codes.check("door", ada.id, HERE, "000000")


def test_a_new_one_takes_the_place_of_the_old(ada):
    old = sent(ada)
    six = delivered(old)
    new = sent(ada)
    assert codes.why_not(old) == "nothing"
    assert codes.asked("door", ada.id, HERE) is new
    assert not codes.check("door", ada.id, HERE, six)


def test_there_are_few_of_them_in_one_browser(ada):
    for _ in range(codes.MOST_AN_HOUR):
        sent(ada)
    with pytest.raises(Refused, match="Wait an hour"):
        sent(ada)
    sent(ada, THERE)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        sent(ada)


def test_a_stranger_who_takes_a_new_browser_each_time_is_the_same_network(ada):
    for _ in range(codes.MOST_AN_HOUR):
        sent(ada, tokens.new_link(), network="192.0.2.7")
    with pytest.raises(Refused, match="Wait an hour"):
        sent(ada, tokens.new_link(), network="192.0.2.7")
    assert codes.check("door", ada.id, HERE, delivered(sent(ada, network="198.51.100.9")))


def test_who_has_passed_is_kept_out_by_nobody_and_the_mailbox_is_not_flooded(ada):
    codes.check("door", ada.id, HERE, delivered(sent(ada)))
    for number in range(codes.MOST_LETTERS_AN_HOUR - 1):
        sent(ada, tokens.new_link(), network=f"192.0.2.{number}")
    with pytest.raises(Refused, match="Wait an hour"):
        sent(ada, THERE, network="198.51.100.9")
    assert codes.check("door", ada.id, HERE, delivered(sent(ada)))
    assert len(db.session.scalars(select(Letter)).all()) == codes.MOST_LETTERS_AN_HOUR + 1


def test_two_at_the_same_moment_are_counted_one_after_the_other(app):
    with app.app_context(), unit_of_work(writes=True):
        ada_id = make.candidate(user("alice")).id
    both, told = Barrier(6), []

    def ask():
        with app.app_context(), suppress(Refused), unit_of_work(writes=True):
            both.wait(30)
            codes.send("door", ada_id, "ada@example.org", HERE)
            told.append("sent")

    asking = [Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join(60)
    assert len(told) == codes.MOST_AN_HOUR
    with app.app_context(), unit_of_work(writes=False):
        assert len(db.session.scalars(select(Letter)).all()) == codes.MOST_AN_HOUR


def test_the_letter_goes_at_once_whatever_was_asked_before_and_says_the_code(ada):
    outbox.suppress("ada@example.org", why="asked")
    code = sent(ada)
    letter = db.session.scalars(select(Letter).where(Letter.kind == "code")).one()
    assert letter.is_due
    given = Tokens(tokens.new_link(), tokens.new_link())
    case = letters.Case.of(letter)
    draft = case.draft(given)
    case.mint(given)
    six = codes.digits(given.link)
    assert f"{six[:3]} {six[3:]}" in draft.text
    assert six not in draft.subject
    assert six not in code.code_hash
    assert codes.check("door", ada.id, HERE, six)


def test_a_letter_that_is_held_up_does_not_come_late(ada):
    code = sent(ada)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert codes.why_not(code, lock=True) == "nothing"


def test_neither_erasing_nor_the_sweep_leaves_the_address(alice, ada):
    sent(ada)
    sent(ada).asked_at = clock.now() - timedelta(days=2)
    db.session.flush()
    codes.sweep(clock.now())
    assert len(db.session.scalars(select(Code)).all()) == 1
    erasing.erase(ada)
    assert db.session.scalars(select(Code)).all() == []
    assert db.session.scalars(select(Letter).where(Letter.kind == "code")).all() == []
