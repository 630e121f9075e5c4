"""The gate, cell by cell: every permission and rule, every way to send, every company, at every edge that sends.

What is expected is written down here by itself, and asks nothing of the gate.
"""

from dataclasses import dataclass
from itertools import product

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import cadences, candidates, colleagues, consents, forwarding_rules, forwards, teasing, users
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.kit import clock, tokens
from crm.worker import Worker
from tests import make, people
from tests.api.program import Program
from tests.browser import Browser

WAYS = {"link": {}, "blind": {"blind": True}, "attachment": {"deliver": "attachment"}}
TARGETS = {
    "other company": ("Acme", "carol@acme.example.org"),
    "own company": ("Norrland", "nils@norrland.example.org"),
    "current employer": ("Globex GmbH", "greta@globex.example.org"),
    "employer by its domain": ("Something else", "gil@eu.globex.example.org"),
    "blocked": ("Initech", "ivo@initech.example.org"),
}
SHUT = {"current employer", "employer by its domain", "blocked"}


@dataclass(frozen=True)
class Yes:
    """One permission as it is recorded; "" is any."""

    company: str = ""
    recipient: str = ""
    blind: bool = False
    attachment: bool = True
    purpose: str = "forward"
    holds: str = ""
    """Why it does not hold any more: withdrawn, run out."""

    def covers(self, way: str, target: str) -> bool:
        company, address = TARGETS[target]
        return (
            self.purpose == "forward"
            and not self.holds
            and self.company in {"", company}
            and self.recipient in {"", address}
            and (way == "blind" or not self.blind)
            and (way != "attachment" or self.attachment)
        )


STATES: dict[str, tuple[Yes, ...]] = {
    "nothing asked": (),
    "yes to anybody": (Yes(),),
    "yes to this company": (Yes("Acme"),),
    "yes to another company": (Yes("Hooli"),),
    "always inside my company": (Yes("Norrland"),),
    "yes to this recipient": (Yes("Acme", "carol@acme.example.org"),),
    "yes to somebody else there": (Yes("Acme", "dan@acme.example.org"),),
    "yes to the employer": (Yes("Globex GmbH"),),
    "yes to the blocked one": (Yes("Initech"),),
    "yes without a name": (Yes(blind=True),),
    "yes to a link alone": (Yes(attachment=False),),
    "withdrawn": (Yes(holds="withdrawn"),),
    "run out": (Yes(holds="run out"),),
    "withdrawn here, yes there": (Yes("Acme", holds="withdrawn"), Yes("Norrland")),
    "yes to being kept": (Yes(purpose="keep"),),
    "yes to be contacted": (Yes(purpose="contact"),),
    "yes to introductions": (Yes(purpose="introduce"),),
    "only without a name": (Yes(),),
    "never to this company": (Yes(),),
    "restricted": (Yes(),),
}


def is_open(state: str, way: str, target: str) -> bool:
    if target in SHUT or state == "restricted":
        return False
    if state == "only without a name" and way != "blind":
        return False
    if state == "never to this company" and target == "other company":
        return False
    return any(yes.covers(way, target) for yes in STATES[state])


def cells():
    return product(STATES, WAYS, TARGETS)


# --- the people of the table


def person(number: int, by) -> Candidate:
    """Shared with the team, so that another team finds nobody."""
    found = make.candidate(
        by, f"Ada Byron{chr(97 + number)}", email=f"ada{number}@example.org", visibility="team", team_id=by.teams[0].id
    )
    make.resume(found, by)
    return found


def bring_into(state: str, found: Candidate, by) -> None:
    """By the rows themselves, so that the edge is all that stands in the way."""
    found.employer = "Globex"
    forwarding_rules.add(found.id, kind="never", company="Initech", by=None)
    if state == "only without a name":
        forwarding_rules.add(found.id, kind="blind_only", by=None)
    if state == "never to this company":
        forwarding_rules.add(found.id, kind="never", company="ACME Ltd.", by=None)
    for yes in STATES[state]:
        more = {"recipient": yes.recipient, "blind": yes.blind} if yes.purpose == "forward" else {}
        given = consents.record(
            found, purpose=yes.purpose, evidence=f"said so, {state}", company=yes.company, attachment=yes.attachment,
            by=by, **more,
        )  # fmt: skip
        given.withdrawn_at = clock.now() if yes.holds == "withdrawn" else None
        given.until = clock.today() - make.days(1) if yes.holds == "run out" else None
    if state == "restricted":
        cadences.pause(found, why="restricted", by=by)
    db.session.flush()


@pytest.fixture
def table(app):
    """The candidates' ids by state, the colleagues' by target."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        to = {
            target: colleagues.add(name=f"Colleague {target}", email=address, company=company, by=alice).id
            for target, (company, address) in TARGETS.items()
        }
        found = {}
        for number, state in enumerate(STATES):
            one = person(number, alice)
            bring_into(state, one, alice)
            found[state] = one.id
        return found, to


def letters_of(app) -> dict[tuple[str, str], int]:
    """How many letters carry somebody's resume to somebody, by the ids of the two."""
    with app.app_context(), unit_of_work(writes=False):
        carried = select(Forward.candidate_id, Forward.colleague_id).where(Forward.letter_id.is_not(None))
        pairs = [tuple(row) for row in db.session.execute(carried)]
        return {pair: pairs.count(pair) for pair in pairs}


def wrong_cells(app, table, send) -> list[str]:
    """`send` orders one forward and returns what it was answered; a letter comes of it just where the table says so."""
    found, to = table
    wrong, before = [], letters_of(app)
    for state, way, target in cells():
        answer = send(found[state], to[target], WAYS[way])
        now = letters_of(app)
        left = now.get((found[state], to[target]), 0) > before.get((found[state], to[target]), 0)
        if left != is_open(state, way, target):
            wrong.append(f"{state} / {way} / {target}: {'open' if left else 'closed'} ({answer})")
        before = now
    return wrong


# --- the edges


@pytest.fixture
def patient(database_url, tmp_path, app):
    """No limit on how many a day: a table is more than anybody forwards."""
    settings = app.config["FIRST_CALL"]
    object.__setattr__(settings, "letters_a_day", 100_000)
    object.__setattr__(settings, "api_requests_a_minute", 100_000)
    return app


def test_no_cell_is_wrong_by_the_api(patient, table):
    alice = Program(patient, "alice")

    def send(candidate, colleague, how):
        path = f"/candidates/{candidate}/forwards"
        return alice.ask("POST", path, json={"colleague_id": colleague, **how}).status_code

    assert wrong_cells(patient, table, send) == []


def test_no_cell_is_wrong_on_the_pages(patient, table):
    browser = Browser(patient).known_as("alice")
    csrf = browser.get("/colleagues/new").tree.xpath("//input[@name='csrf_token']/@value")[0]

    def send(candidate, colleague, how):
        ticked = {name: "y" if value is True else value for name, value in how.items()}
        form = {"csrf_token": csrf, "to_id": colleague, "deliver": "link", "intent": tokens.new_id(), **ticked}
        form["parts"] = ["headline", "resume", "note"]
        return browser.client.post(f"/candidates/{candidate}/forwards", data=form).status_code

    assert wrong_cells(patient, table, send) == []


def test_another_team_finds_no_cell_at_all(patient, table):
    """And whoever is on the same team finds those that its owner finds."""
    found, to = table
    charlie, bob = Program(patient, "charlie"), Program(patient, "bob")
    for state, target in product(STATES, TARGETS):
        path = f"/candidates/{found[state]}/forwards"
        assert charlie.ask("POST", path, json={"colleague_id": to[target]}).status_code == 404
    assert letters_of(patient) == {}
    path = f"/candidates/{found['yes to this company']}/forwards"
    assert bob.post(path, {"colleague_id": to["other company"]})["state"] == "queued"


def test_no_cell_is_wrong_for_the_worker(patient):
    """All letters were queued while everything was allowed; what they rest on has changed since."""
    with patient.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        to = {
            target: colleagues.add(name="Colleague", email=address, company=company, by=alice)
            for target, (company, address) in TARGETS.items()
        }
        queued = {}
        for number, state in enumerate(STATES):
            one = person(number, alice)
            make.consent(one, alice, company="")
            for way, target in product(WAYS, TARGETS):
                queued[state, way, target] = make.forward(alice, one, to[target], **WAYS[way]).letter.id
            for given in db.session.scalars(select(Consent).where(Consent.candidate_id == one.id)):
                given.withdrawn_at = clock.now()
            bring_into(state, one, alice)
    with patient.app_context():
        Worker(patient).drain()
    with patient.app_context(), unit_of_work(writes=False) as session:
        left = {cell: session.get_one(forwards.Letter, letter).state for cell, letter in queued.items()}
    wrong = [f"{cell}: {state}" for cell, state in left.items() if (state == "accepted") != is_open(*cell)]
    assert wrong == []
    assert set(left.values()) == {"accepted", "blocked"}


# --- told of without a name, before anything is forwarded


def is_told(state: str, target: str, *, asked: bool) -> bool:
    """`asked`: they said yes to being told of without their name, whatever else they said."""
    if target in SHUT or state == "restricted" or (state == "never to this company" and target == "other company"):
        return False
    return asked or state == "yes to introductions"


def introducible(found: Candidate, by) -> None:
    make.consent(found, by, purpose="introduce", company="")


@pytest.mark.parametrize("asked", [False, True])
def test_no_cell_of_introductions_without_a_name_is_wrong_by_the_api(patient, table, asked):
    found, to = table
    if asked:
        with patient.app_context(), unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            for one in found.values():
                introducible(candidates.find(one, seen_by=alice), alice)
    alice, wrong = Program(patient, "alice"), []
    for state, target in product(STATES, TARGETS):
        told = {"colleague_id": to[target], "headline": "Leads data teams"}
        answer = alice.ask("POST", f"/candidates/{found[state]}/teasers", json=told).status_code
        if (answer == 201) != is_told(state, target, asked=asked) or answer not in {201, 422}:
            wrong.append(f"{state} / {target}: {answer}")
    assert wrong == []


def test_no_cell_of_introductions_without_a_name_is_wrong_for_the_worker(patient):
    """All were queued while everything was allowed; what they rest on has changed since, but for the yes itself."""
    with patient.app_context(), unit_of_work(writes=True):
        alice, queued = users.by_email(people.address("alice")), {}
        to = {
            target: colleagues.add(name="Colleague", email=address, company=company, by=alice)
            for target, (company, address) in TARGETS.items()
        }
        for number, state in enumerate(STATES):
            one = person(number, alice)
            introducible(one, alice)
            for target, colleague in to.items():
                proposal = teasing.propose(one, colleague, by=alice, headline="Leads data teams")
                queued[state, target] = teasing.send(proposal, by=alice).letter_id
            bring_into(state, one, alice)
    with patient.app_context():
        Worker(patient).drain()
    with patient.app_context(), unit_of_work(writes=False) as session:
        left = {cell: session.get_one(forwards.Letter, letter).state for cell, letter in queued.items()}
    wrong = [f"{cell}: {state}" for cell, state in left.items() if (state == "accepted") != is_told(*cell, asked=True)]
    assert wrong == []
    assert set(left.values()) == {"accepted", "blocked"}
