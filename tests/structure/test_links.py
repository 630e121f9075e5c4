"""Links for people without an account: each opens one thing for one purpose, tells nothing when it does not, and nobody
who only looks, however often and by whichever program, changes anything or leaves the token behind.
"""

import logging
import re
from collections import defaultdict
from itertools import count, cycle

import pytest

from crm import guest
from crm.db import db, unit_of_work
from crm.domain import erasing, forwards, resumes, revoking, sharing, users, withdrawals
from crm.domain.consents import Consent
from crm.kit import clock, tokens
from crm.logs import Line, log
from tests import make, people
from tests.browser import Browser
from tests.structure.test_statements import writes
from tests.structure.workspace import Visitor, bare, class_of, statements

SCANS = 50
"""As often as scanners on the way open every link of a mail."""
READS = ("GET", "HEAD", "OPTIONS")
TIMES = re.compile(rb"\d+ (?:second|minute|hour)s?")


def guest_rules(house):
    return [rule for rule in house.rules if class_of(house.app, rule) == "guest"]


def token_of(house, rule):
    return str((house.shown | house.own.get(rule.endpoint, {}))["token"])


NUMBERS = count()


def ask(house, visitor, rule, token, **more):
    """Each time from another address, or who guesses so often would no longer be answered."""
    number = next(NUMBERS)
    here = {"REMOTE_ADDR": f"10.1.{number // 250}.{number % 250}"}
    return visitor.client.open(house.path(rule, token=token), environ_base=here, **more)


def purpose(rule):
    return str(rule).split("/")[1]


def looked_at(house):
    return [rule for rule in guest_rules(house) if "GET" in rule.methods]


def test_a_link_for_one_thing_opens_no_other(house):
    """Answered to the letter like a token that nobody has."""
    visitor, opened = Visitor(house), []
    known = {purpose(rule): token_of(house, rule) for rule in guest_rules(house)}
    for rule in looked_at(house):
        unknown = tokens.new_link()
        nothing = bare(ask(house, visitor, rule, unknown), unknown)
        opened += [
            f"{rule} with a link for /{other}"
            for other, token in known.items()
            if other != purpose(rule) and bare(ask(house, visitor, rule, token), token) != nothing
        ]
    assert len(known) > 5
    assert not opened, "\n".join(opened)


def test_who_acts_with_the_link_for_another_thing_does_nothing(house):
    visitor, done = Visitor(house), []
    known = {purpose(rule): token_of(house, rule) for rule in guest_rules(house)}
    csrf = visitor.token("/sign-in")
    for rule in guest_rules(house):
        for other, token in known.items():
            if "POST" in rule.methods and other != purpose(rule):
                with statements(house.app) as ran:
                    answer = ask(house, visitor, rule, token, method="POST", data={"csrf_token": csrf, "answer": "yes"})
                if answer.status_code != 404 or writes(ran):
                    done.append(f"{rule} with a link for /{other}: {answer.status_code} {writes(ran)}")
    assert not done, "\n".join(done)


@pytest.mark.parametrize("wrong", [lambda t: t[:-1], lambda t: t + "x", str.swapcase, lambda t: t[::-1], lambda t: "0"])
def test_a_link_that_is_nearly_right_opens_nothing(house, wrong):
    visitor = Visitor(house)
    for rule in looked_at(house):
        assert ask(house, visitor, rule, wrong(token_of(house, rule))).status_code == 404, rule


def test_scanners_change_nothing_however_often_they_look(house):
    visitor = Visitor(house)
    for rule in looked_at(house):
        path = house.path(rule)
        first = TIMES.sub(b"", bare(visitor.client.get(path)))
        with statements(house.app) as ran:
            for number in range(SCANS):
                agent = {"User-Agent": f"Scanner/{number}"}
                visitor.client.open(path, method=READS[number % len(READS)], headers=agent)
        assert not writes(ran), f"{rule} writes: {writes(ran)}"
        assert TIMES.sub(b"", bare(visitor.client.get(path))) == first, rule


def test_no_token_is_left_in_the_log_or_told_to_the_next_site(house):
    visitor, lines = Visitor(house), []
    keeper = logging.Handler()
    keeper.emit = lambda record: lines.append(Line().format(record))
    log.addHandler(keeper)
    try:
        for rule in guest_rules(house):
            token = token_of(house, rule)
            for method in sorted(rule.methods & {"GET", "HEAD", "POST"}):
                for path in (house.path(rule), f"{house.path(rule)}/"):
                    answer = visitor.client.open(path, method=method)
                    lines_of = [line for line in lines if token in line]
                    assert not lines_of, f"{method} {path}: {lines_of}"
                if method == "GET" and answer.status_code < 500:
                    page = visitor.client.get(house.path(rule))
                    assert page.headers["Referrer-Policy"] == "no-referrer", rule
                    kept = "private, no-cache" if purpose(rule) == "calendar" else "no-store"  # it is asked for often
                    assert kept in page.headers["Cache-Control"], rule
    finally:
        log.removeHandler(keeper)
    assert lines


# --- the link of a forward, in every state


@pytest.fixture
def sent(app):
    """The id of a forward that left, and the token of its link."""
    with app.app_context(), unit_of_work(writes=True):
        forward = make.forward(users.by_email(people.address("alice")), parts=["resume", "file", "headline"])
        return forward.id, make.delivered(forward)


def ended(forward, how, by):
    if how == "revoked":
        revoking.revoke(forward, by=by)
    elif how == "taken back by the candidate":
        revoking.take_back(forward)
    elif how == "withdrawn":
        withdrawals.withdraw(db.session.get_one(Consent, forward.consent_id), by=by)
    elif how == "expired":
        forward.until = clock.today() - make.days(1)
    elif how == "deleted":
        erasing.delete(forward.candidate, by=by)
    elif how == "erased":
        erasing.erase(forward.candidate)
    elif how == "its resume removed":
        resumes.remove(forward.paper, forward.candidate, by=by)
    elif how == "their employer by now":
        forward.candidate.employer = forward.company


@pytest.mark.parametrize(
    "how",
    [
        "revoked", "taken back by the candidate", "withdrawn", "expired", "deleted", "erased", "its resume removed",
        "their employer by now",
    ],
)  # fmt: skip
def test_a_forward_that_ended_opens_nothing_and_says_nothing_of_whom_it_was_about(app, sent, how):
    forward_id, token = sent
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ended(forwards.find(forward_id, seen_by=alice), how, alice)
    client = Browser(app).client
    for part in ("", "/pages/1", "/reminder.ics", "/person.vcf", "/resume.json"):
        answer = client.get(f"/shared/{token}{part}")
        assert answer.status_code in ({404} if how == "erased" else {404, 410}), part
        assert b"Byron" not in answer.data
        assert b"ada@" not in answer.data
    for part in ("/open", "/file", "/answer", "/more-time"):
        answer = client.post(f"/shared/{token}{part}", data={"answer": "talk"})
        assert answer.status_code >= 400, part
        assert b"Byron" not in answer.data


def test_a_link_opens_its_own_forward_and_no_other_file(app, sent):
    """Another person's forward, to the same colleague."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        grace = make.candidate(alice, "Grace Hopper", email="grace@example.org")
        other = make.delivered(make.forward(alice, grace))
    client = Browser(app).client
    assert b"Grace" not in client.get(f"/shared/{sent[1]}").data
    assert b"Byron" not in client.get(f"/shared/{other}").data
    assert client.get(f"/shared/{other}/pages/../../{sent[1]}").status_code in {404, 308}


def test_guesses_open_nothing(app):
    guess(app, 2_000)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_guesses_open_nothing(app):
    guess(app, 100_000)


def guess(app, count):
    """For every kind of link in turn; some of them on the page itself, each from another address."""
    with app.app_context(), unit_of_work(writes=True):
        make.delivered(make.forward(users.by_email(people.address("alice"))))
    kinds = {**guest.IS_LINK, "shared": sharing.is_link}
    client, told = app.test_client(), defaultdict(set)
    for number, kind in zip(range(count), cycle(kinds), strict=False):
        token = tokens.new_link()
        with app.app_context(), unit_of_work(writes=False):
            assert not kinds[kind](token)
        if number % 50 == 0 and kind != "calendar":
            here = {"REMOTE_ADDR": f"10.2.{number // 50 // 250}.{number // 50 % 250}"}
            answer = client.get(f"/{kind}/{token}", environ_base=here)
            assert answer.status_code == 404
            told[kind].add(bare(answer, token))
    assert len(told) == len(kinds) - 1
    assert {len(answers) for answers in told.values()} == {1}, "some guess was told more than another"
