"""Short ways to what a test needs, through the verbs of the domain; call them inside a unit of work."""

from dataclasses import asdict
from datetime import timedelta
from functools import cache

from crm.db import db
from crm.domain import (
    applications,
    candidates,
    colleagues,
    consents,
    dispatch,
    forward_letters,
    forwards,
    gate,
    resumes,
    roles,
)
from crm.domain.applications import Application, Words
from crm.domain.candidates import Candidate, Facts
from crm.domain.colleagues import Colleague
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.resumes import Resume
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock, contacts, reading, tokens
from tests import documents

read_once = cache(reading.read)
"""Reading takes a process of its own, and longer than most tests; the same document says the same every time."""


def candidate(by: User, full_name: str = "Ada Byron", *, email: str = "ada@example.org", **more) -> Candidate:
    sharing = {key: more.pop(key) for key in ("visibility", "team_id") if key in more}
    return candidates.add(Facts(full_name=full_name, emails=[email] if email else [], **more), by=by, **sharing)


def role(by: User, title: str = "Head of Data", **more) -> Role:
    return roles.add(title=title, by=by, **more)


def near_miss(person: Candidate, opening: Role, by: User, **words) -> Application:
    application = applications.put(person, opening, by=by, stage="finalist", disposition="rejected")
    applications.debrief(application, Words(**{"margin": "hair", "sentence": "Ran the better case.", **words}), by=by)
    return application


def colleague(by: User, name: str = "Carol Devereux", *, email: str = "carol@acme.example.org") -> Colleague:
    return colleagues.add(name=name, email=email, company="Acme", by=by)


def resume(person: Candidate, by: User, *, content: bytes | None = None, filename: str = "resume.pdf") -> Resume:
    """As the worker leaves it: read, with its text in the index."""
    content = content or documents.pdf(name=person.full_name, lines=["Streaming data with Kafka", "ada@example.org"])
    kept = resumes.add(resumes.receive(filename, content), by=by, candidate=person)
    result = read_once(content, kept.kind)
    previews = [resumes.store().keep(page) for page in result.previews]
    resumes.write_down(kept, result, asdict(contacts.find(result)), previews)
    return kept


def consent(person: Candidate, by: User, *, company: str = "Acme", purpose: str = "forward", **more) -> Consent:
    return consents.record(person, purpose=purpose, company=company, evidence="said so on the phone", by=by, **more)


def forward(by: User, person: Candidate | None = None, to: Colleague | None = None, **plan) -> Forward:
    """Everything a forward needs, and the forward."""
    person = person or candidate(by)
    to = to or colleagues.by_email("carol@acme.example.org") or colleague(by)
    if resumes.latest(person) is None:
        resume(person, by)
    if gate.of(person, company=to.company, address=to.email).word == "ask":
        consent(person, by, company=to.company)
    return forwards.send(forwards.plan(person, to, by=by, **plan), by=by)


def delivered(sent: Forward) -> str:
    """As the worker leaves it: the letter accepted, its link minted. Returns the link's token."""
    token = tokens.new_link()
    forward_letters.mint(sent, token)
    dispatch.accept(sent.letter, "250 2.0.0 queued")
    db.session.flush()
    return token


def days(count: int) -> timedelta:
    return timedelta(days=count)


def in_days(count: int):
    return clock.today() + days(count)
