"""Passwords that are checked, sessions that run and end, links that sign in once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
import time_machine
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import accounts, sign_ins, users
from crm.domain.errors import Missing, Refused, TooMany
from crm.domain.limits import Counter
from crm.domain.sign_ins import IDLE, LONGEST, SignIn
from crm.kit import clock
from tests import people
from tests.conftest import make_app

ALICE = people.address("alice")
WRONG = "tea on the veranda"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def context(app):
    with app.app_context():
        yield


def check(email=ALICE, password=people.PASSWORD, address="192.0.2.7"):
    return sign_ins.check(email, password, address=address)


def begin(name="alice", agent=FIREFOX):
    with unit_of_work(writes=True):
        return sign_ins.start(users.by_email(people.address(name)), agent=agent, address="192.0.2.7")[0]


def disable(name):
    with unit_of_work(writes=True):
        anna = users.by_email(people.address("anna"))
        accounts.disable(users.by_email(people.address(name)), by=anna)


def test_the_right_password_tells_whose_it_is(context):
    found = check()
    with unit_of_work(writes=False):
        assert users.find(found).email == ALICE


def test_an_address_is_known_however_it_is_typed(context):
    for typed in ("  Alice@Norrland.Example.ORG ", "ALICE@norrland.example.org"):
        assert check(typed) is not None


def test_who_is_unknown_gets_the_same_answer_as_who_is_wrong(context):
    for email in ("nobody@norrland.example.org", "", "nonsense", "a\x00@example.org", "x" * 5000, "\ud800@x.org"):
        assert check(email) is None
    assert check(password=WRONG) is None


def test_who_was_disabled_or_only_invited_does_not_come_in(context):
    disable("alice")
    assert check() is None
    with unit_of_work(writes=True):
        anna = users.by_email(people.address("anna"))
        users.add(name="Jonas Ek", email="jonas@norrland.example.org", access="manager", by=anna)
    assert check("jonas@norrland.example.org", "") is None
    assert check("jonas@norrland.example.org", "nobody has this password") is None


def test_ten_wrong_guesses_shut_an_account_from_every_address_even_for_the_right_one(context):
    for guess in range(sign_ins.ALLOWED_PER_ACCOUNT):
        assert check(password=WRONG, address=f"192.0.2.{guess}") is None
    for typed in (ALICE, f" {ALICE.upper()}"):
        with pytest.raises(TooMany, match="Wait a quarter of an hour"):
            check(typed, address="198.51.100.9")
    assert check(people.address("bob")) is not None
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert check() is not None


def test_an_unknown_account_is_shut_in_the_same_way(context):
    for _ in range(sign_ins.ALLOWED_PER_ACCOUNT):
        check("nobody@norrland.example.org")
    with pytest.raises(TooMany):
        check("nobody@norrland.example.org")


def test_one_address_may_not_try_everybody(context, monkeypatch):
    monkeypatch.setattr(sign_ins, "ALLOWED_PER_ADDRESS", 4)
    for number in range(4):
        check(f"person{number}@norrland.example.org")
    with pytest.raises(TooMany):
        check()
    assert check(address="198.51.100.9") is not None


def test_a_thousand_addresses_may_not_either(context, monkeypatch):
    monkeypatch.setattr(sign_ins, "ALLOWED_EVERYWHERE", 4)
    for number in range(4):
        check(f"person{number}@norrland.example.org", address=f"192.0.2.{number}")
    with pytest.raises(TooMany):
        check(address="198.51.100.9")


def test_a_whole_office_behind_one_address_signs_in(context, monkeypatch):
    monkeypatch.setattr(sign_ins, "ALLOWED_PER_ADDRESS", 2)
    for _ in range(3):
        for name in ("alice", "bob", "charlie"):
            assert check(people.address(name)) is not None
    with unit_of_work(writes=False):
        assert db.session.scalar(select(func.max(Counter.count))) == 0


def test_a_new_password_lets_the_owner_in_at_once(context):
    for _ in range(sign_ins.ALLOWED_PER_ACCOUNT):
        check(password=WRONG)
    sign_ins.forgive(ALICE)
    assert check() is not None


def test_a_borrowed_browser_may_not_guess_the_password(context):
    alice = check()
    sign_ins.check_again(alice, people.PASSWORD)
    for _ in range(sign_ins.ALLOWED_PER_ACCOUNT):
        with pytest.raises(Refused, match="not your password"):
            sign_ins.check_again(alice, WRONG)
    with pytest.raises(TooMany):
        sign_ins.check_again(alice, people.PASSWORD)


def test_forty_sign_ins_at_once_from_two_programs_all_come_in(app, database_url, tmp_path):
    """Each app has its own engine, as a process has."""
    apps = [app, make_app(tmp_path, database_url)]
    names = ["alice", "bob", "charlie", "rita", "anna"]

    def come_in(number):
        with apps[number % 2].app_context():
            found = check(people.address(names[number % 5]), address=f"192.0.2.{number}")
            with unit_of_work(writes=True):
                token, _ = sign_ins.start(users.find(found), agent="", address="")
            return sign_ins.visitor(token).user_id == found

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(come_in, range(40)))


def test_parallel_guesses_get_ten_tries_and_no_more(app):
    def guess(_number):
        with app.app_context():
            try:
                return "wrong" if check(password=WRONG) is None else "in"
            except TooMany:
                return "too many"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(30)))
    assert answers.count("wrong") == 10
    assert answers.count("too many") == 20


def test_the_time_does_not_tell_whether_there_is_an_account(database_url, app, tmp_path, monkeypatch):
    """Measured in turns with the real cost of a password, so that whatever else runs slows both."""
    monkeypatch.setattr(sign_ins, "ALLOWED_PER_ACCOUNT", 1000)
    monkeypatch.setattr(sign_ins, "ALLOWED_PER_ADDRESS", 1000)
    took = {ALICE: [], "nobody@norrland.example.org": []}
    with make_app(tmp_path, database_url, argon2_memory_kib=19456).app_context():
        with unit_of_work(writes=True):
            users.by_email(ALICE).password_hash = users.hash_password(people.PASSWORD)
        check(password=WRONG)
        for _ in range(15):
            for email, times in took.items():
                began = perf_counter()
                check(email, WRONG)
                times.append(perf_counter() - began)
    known, unknown = (median(times) for times in took.values())
    assert abs(known - unknown) < max(0.010, 0.5 * min(known, unknown))


# --- sessions


def test_a_session_tells_who_it_is(context):
    token = begin()
    found = sign_ins.visitor(token)
    with unit_of_work(writes=False):
        alice = users.by_email(ALICE)
        assert (found.user_id, found.access, found.is_admin) == (alice.id, "manager", False)
        (kept,) = sign_ins.of(alice)
        assert kept.id == found.sign_in_id
        assert token not in kept.token_hash
        assert kept.device == "Firefox on Linux"


def test_a_made_up_token_is_nobodys(context):
    begin()
    for token in ("", "x", "x" * 5000, "nul\x00", begin()[:-1]):
        assert sign_ins.visitor(token) is None


def test_a_session_that_is_not_used_ends(context):
    token = begin()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        traveller.shift(IDLE - timedelta(minutes=1))
        assert sign_ins.visitor(token)
        traveller.shift(IDLE - timedelta(minutes=1))  # the use above counts
        assert sign_ins.visitor(token)
        traveller.shift(IDLE + timedelta(minutes=1))
        assert sign_ins.visitor(token) is None


def test_a_session_ends_after_a_week_however_much_it_is_used(context):
    token = begin()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(int(LONGEST / timedelta(hours=8)) - 1):
            traveller.shift(timedelta(hours=8))
            assert sign_ins.visitor(token)
        traveller.shift(timedelta(hours=8, minutes=1))
        assert sign_ins.visitor(token) is None
        with unit_of_work(writes=True):
            assert sign_ins.of(users.by_email(ALICE)) == []
            sign_ins.sweep()
            assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_one_ends_ones_own_and_nobody_elses(context):
    mine, his = begin(), begin("bob")
    his_id = sign_ins.visitor(his).sign_in_id
    with unit_of_work(writes=True):
        alice = users.by_email(ALICE)
        sign_ins.end(his_id, by=alice)
        sign_ins.end(sign_ins.of(alice)[0].id, by=alice)
        sign_ins.end("not there", by=alice)
    assert sign_ins.visitor(mine) is None
    assert sign_ins.visitor(his) is not None


def test_all_the_others_end_and_this_one_goes_on(context):
    this, other, his = begin(), begin(), begin("bob")
    this_id = sign_ins.visitor(this).sign_in_id
    with unit_of_work(writes=True):
        sign_ins.end_all(users.by_email(ALICE), but=this_id)
    assert [bool(sign_ins.visitor(token)) for token in (this, other, his)] == [True, False, True]


def test_who_is_disabled_is_out_and_does_not_come_back_by_being_enabled(context):
    token = begin()
    with unit_of_work(writes=True):
        link = sign_ins.offer_link(users.by_email(ALICE))
    disable("alice")
    assert sign_ins.visitor(token) is None
    with unit_of_work(writes=True):
        accounts.enable(users.by_email(ALICE), by=users.by_email(people.address("anna")))
    assert sign_ins.visitor(token) is None
    with pytest.raises(Missing), unit_of_work(writes=True):
        sign_ins.take_link(link)


def test_when_people_were_last_here(context):
    begin()
    with unit_of_work(writes=False):
        assert list(sign_ins.latest()) == [users.by_email(ALICE).id]


AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/17 Safari/605": "Safari on a Mac",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604": "Safari on iPhone",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36": "Chrome on Android",
    "<script>alert(1)</script>\x00\u202e": "A browser",
    "": "A browser",
}


def test_a_device_is_named_as_its_user_would(context):
    for agent, device in AGENTS.items():
        begin(agent=agent)
        with unit_of_work(writes=True):
            (kept,) = sign_ins.of(users.by_email(ALICE))
            assert kept.device == device
            assert kept.agent.isprintable()
            sign_ins.end_all(users.by_email(ALICE))


# --- links


def test_a_link_signs_in_once_and_looking_does_not_use_it_up(context):
    with unit_of_work(writes=True):
        token = sign_ins.offer_link(users.by_email(ALICE))
    for _ in range(3):
        with unit_of_work(writes=False):
            assert sign_ins.owner_of_link(token).email == ALICE
    with unit_of_work(writes=True):
        assert sign_ins.take_link(token).email == ALICE
    for look in (sign_ins.owner_of_link, sign_ins.take_link):
        with pytest.raises(Missing), unit_of_work(writes=True):
            look(token)


def test_a_link_that_many_press_at_once_opens_for_one(app):
    with app.app_context(), unit_of_work(writes=True):
        token = sign_ins.offer_link(users.by_email(ALICE))

    def press(_number):
        with app.app_context():
            try:
                with unit_of_work(writes=True):
                    return bool(sign_ins.take_link(token))
            except Missing:
                return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(press, range(8))) == 1


def test_a_link_ends_after_its_hour(context):
    with unit_of_work(writes=True):
        token = sign_ins.offer_link(users.by_email(ALICE))
    later = clock.now() + timedelta(minutes=61)
    with time_machine.travel(later), pytest.raises(Missing), unit_of_work(writes=True):
        sign_ins.take_link(token)
