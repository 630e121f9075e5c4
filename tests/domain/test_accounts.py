"""Invitations, resets, passwords, and the end of an account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import accounts, api_tokens, sign_ins, users
from crm.domain.errors import Denied, Missing, Refused, TooMany
from crm.domain.events import Event
from crm.domain.outbox import Letter
from crm.domain.users import AccountLink, User
from crm.kit import clock, tokens
from tests import people

JONAS = "jonas@norrland.example.org"
NEW = "kartoffel im regen"


@pytest.fixture
def context(app):
    with app.app_context():
        yield


def person(name) -> User:
    found = users.by_email(people.address(name) if "@" not in name else name)
    assert found is not None
    return found


def invite():
    with unit_of_work(writes=True):
        accounts.invite(name="Jonas Ek", email=JONAS, access="manager", by=person("anna"))
    return deliver()


def ask(name="alice"):
    with unit_of_work(writes=True):
        accounts.ask_reset(people.address(name), address="192.0.2.7")
    return deliver()


def deliver() -> str:
    """As the worker leaves the newest letter: a token in it, its hash on the link."""
    token = tokens.new_link()
    with unit_of_work(writes=True):
        letter = db.session.scalar(select(Letter).order_by(Letter.id.desc()).limit(1))
        db.session.get(AccountLink, letter.account_link_id).token_hash = tokens.digest(token)
    return token


def choose(token, purpose, password=NEW):
    with unit_of_work(writes=True):
        return accounts.choose_password(token, purpose, password).id


def is_let_in(email, password):
    return sign_ins.check(email, password, address="192.0.2.7") is not None


def test_who_is_invited_chooses_a_password_and_is_in(context):
    token = invite()
    assert accounts.person_of(token, "invitation") == accounts.Person("Jonas Ek", JONAS, "Norrland")
    choose(token, "invitation")
    assert is_let_in(JONAS, NEW)


def test_an_invitation_is_one_letter_in_the_same_transaction(anna):
    team = users.add_team("Platform", by=anna)
    jonas = accounts.invite(name="Jonas Ek", email=JONAS, access="recruiter", by=anna, team_ids=[team.id])
    letter = db.session.scalar(select(Letter))
    link = db.session.get(AccountLink, letter.account_link_id)
    assert (letter.kind, letter.to_address, letter.to_name) == ("invitation", JONAS, "Jonas Ek")
    assert letter.intent == f"invitation {link.id}"
    assert letter.not_before <= clock.now()
    assert timedelta(days=6) < link.expires_at - clock.now() <= timedelta(days=7)
    assert [team.name for team in jonas.teams] == ["Platform"]


def test_only_administrators_invite_and_disable(alice, rita, bob):
    for somebody in (alice, rita):
        with pytest.raises(Denied):
            accounts.invite(name="Jonas Ek", email=JONAS, access="admin", by=somebody)
        with pytest.raises(Denied):
            accounts.invite_again(bob, by=somebody)
        with pytest.raises(Denied):
            accounts.disable(bob, by=somebody)
        with pytest.raises(Denied):
            accounts.enable(bob, by=somebody)
    assert db.session.scalar(select(Letter)) is None


def test_a_newer_invitation_closes_the_older(context):
    first = invite()
    with unit_of_work(writes=True):
        accounts.invite_again(person(JONAS), by=person("anna"))
    second = deliver()
    with pytest.raises(Missing):
        accounts.person_of(first, "invitation")
    choose(second, "invitation")


def test_who_has_come_in_is_not_invited_again(anna, bob):
    with pytest.raises(Refused, match="already"):
        accounts.invite_again(bob, by=anna)


def test_an_invitation_ends_after_seven_days(context):
    token = invite()
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)), pytest.raises(Missing):
        choose(token, "invitation")


def test_a_reset_changes_the_password_and_signs_out_everywhere(context):
    with unit_of_work(writes=True):
        session, _ = sign_ins.start(person("alice"), agent="", address="")
    choose(ask(), "reset")
    assert is_let_in(people.address("alice"), NEW)
    assert not is_let_in(people.address("alice"), people.PASSWORD)
    assert sign_ins.visitor(session) is None


def test_a_reset_ends_after_an_hour(context):
    token = ask()
    with time_machine.travel(clock.now() + timedelta(minutes=61)), pytest.raises(Missing):
        choose(token, "reset")


def test_a_link_has_one_purpose_and_opens_once(context):
    token = ask()
    with pytest.raises(Missing):
        accounts.person_of(token, "invitation")
    with pytest.raises(Missing):
        choose(token, "invitation")
    choose(token, "reset")
    with pytest.raises(Missing):
        accounts.person_of(token, "reset")
    with pytest.raises(Missing):
        choose(token, "reset", "a third password of mine")
    assert is_let_in(people.address("alice"), NEW)


def test_a_link_that_is_posted_eight_times_at_once_opens_once(app):
    with app.app_context():
        token = ask()

    def press(number):
        with app.app_context():
            try:
                return bool(choose(token, "reset", f"the {number} horses on a hill"))
            except Missing:
                return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(press, range(8))) == 1


def test_looking_at_a_link_does_not_use_it_up_nor_does_a_poor_password(context):
    token = ask()
    for _ in range(3):
        accounts.person_of(token, "reset")
    for poor in ("short", "alice okafor 1984", "Norrland2026!!"):
        with pytest.raises(Refused):
            choose(token, "reset", poor)
    choose(token, "reset")


def test_a_made_up_link_opens_nothing(context):
    ask()
    for token in ("", "x", "x" * 5000, "nul\x00", "../../etc"):
        with pytest.raises(Missing):
            accounts.person_of(token, "reset")


def test_nobody_learns_whether_there_is_an_account(context):
    for email in ("nobody@norrland.example.org", people.address("alice")):
        with unit_of_work(writes=True):
            assert accounts.ask_reset(email, address="192.0.2.7") is None
    with unit_of_work(writes=False):
        assert [letter.to_address for letter in db.session.scalars(select(Letter))] == [people.address("alice")]
        assert len(list(db.session.scalars(select(Event).where(Event.kind == "user.reset_asked")))) == 2


def test_a_disabled_account_gets_no_letter(context):
    with unit_of_work(writes=True):
        accounts.disable(person("alice"), by=person("anna"))
    with unit_of_work(writes=True):
        accounts.ask_reset(people.address("alice"), address="192.0.2.7")
    with unit_of_work(writes=False):
        assert db.session.scalar(select(Letter)) is None


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_an_address_may_be_written_to_five_times_an_hour(context, name):
    for _ in range(5):
        with unit_of_work(writes=True):
            accounts.ask_reset(people.address(name), address="192.0.2.7")
    with pytest.raises(TooMany), unit_of_work(writes=True):
        accounts.ask_reset(people.address(name), address="198.51.100.9")


def test_a_reset_lets_in_who_was_shut_out_by_guesses(context):
    for _ in range(sign_ins.ALLOWED_PER_ACCOUNT):
        assert not is_let_in(people.address("alice"), "wrong and long enough")
    choose(ask(), "reset")
    assert is_let_in(people.address("alice"), NEW)


def change(current=people.PASSWORD, new=NEW):
    with unit_of_work(writes=False):
        alice = person("alice").id
    with unit_of_work(writes=True):
        accounts.change_password(alice, current=current, new=new)


def test_one_changes_ones_password_and_every_session_and_link_ends(context):
    token = ask()
    with unit_of_work(writes=True):
        session, _ = sign_ins.start(person("alice"), agent="", address="")
    change()
    assert is_let_in(people.address("alice"), NEW)
    assert sign_ins.visitor(session) is None
    with pytest.raises(Missing):
        choose(token, "reset", "another long password")


def test_a_change_needs_the_password_that_holds_and_one_that_will_do(context):
    with pytest.raises(Refused) as refused:
        change(current="not my password")
    assert refused.value.field == "current"
    for poor in ("short", "alice.okafor.1984", "norrland norrland"):
        with pytest.raises(Refused) as refused:
            change(new=poor)
        assert refused.value.field == "password"
    assert is_let_in(people.address("alice"), people.PASSWORD)


def test_who_is_disabled_loses_everything_that_lets_in(anna, bob):
    api_tokens.add(bob, scope="write", by=bob)
    link = users.open_link(bob, "reset")
    accounts.disable(bob, by=anna)
    db.session.flush()
    db.session.refresh(link)
    assert not bob.is_active
    assert not link.is_open
    assert api_tokens.valid_of(bob) == []
    accounts.enable(bob, by=anna)
    db.session.flush()
    assert bob.is_active
    assert api_tokens.valid_of(bob) == []


def test_nobody_shuts_themselves_out_and_the_last_administrator_stays(anna):
    with pytest.raises(Refused, match="Ask another"):
        accounts.disable(anna, by=anna)
    with pytest.raises(Refused, match="only administrator"):
        accounts.disable(anna, by=None)
