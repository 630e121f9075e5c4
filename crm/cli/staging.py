"""Puts the cast of crm.demo on stage: every row is made by a verb, on its day."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from crm import demo
from crm.app import App
from crm.cli import kindness
from crm.db import db, unit_of_work
from crm.demo import resumes as papers
from crm.demo import shape as cast
from crm.domain import (
    advancing,
    applications,
    benches,
    cadences,
    candidates,
    colleagues,
    consents,
    dispatch,
    door_openers,
    drafts,
    forwards,
    keeping_answers,
    promises,
    resumes,
    revoking,
    roles,
    sequence_plans,
    sequencing,
    sharing,
    signals,
    tags,
    touchpoints,
    users,
    workspace,
)  # fmt: skip
from crm.domain.applications import Words
from crm.domain.candidates import Candidate, Facts
from crm.domain.consents import Consent
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock, tokens, zones
from crm.mail import delivery
from crm.worker import read_next

SAID = {"availability": "availability", "notice": "notice_period", "remote": "remote", "pay": "pay_expectation"}
ASKED = {
    "henrik": (-3, "yes", "Gladly. I am well where I am until the summer, so there is no hurry at all."),
    "matthias": (-2, "", ""),
}
"""Who was asked whether we may keep in touch: on which day, and what they said."""
READERS = 3
STILL_WAITING = timedelta(hours=20)


def address_of(key: str) -> str:
    return next(user.email for user in demo.story(clock.today()).users if user.key == key)


def build(app: App) -> None:
    with app.app_context():
        stage = Stage(demo.story(clock.today()))
        with unit_of_work(writes=True):
            stage.open()
            stage.play()
        _send_letters()
        with unit_of_work(writes=True):
            stage.close()
    _read_resumes(app)


class Stage:
    """The story's people by their keys, as rows; ids, where they are needed in a later transaction."""

    def __init__(self, story: cast.Story) -> None:
        self.story = story
        self.today = clock.today()
        self.users: dict[str, User] = {}
        self.roles: dict[str, Role] = {}
        self.people: dict[str, Candidate] = {}
        self.ids: dict[str, str] = {}
        self.forwards: list[tuple[str, cast.Forward]] = []
        self.withdrawals: list[tuple[str, int, str]] = []
        self.asked: dict[str, tuple[int, str, str]] = {}
        self.introductions: dict[str, cast.Introduction] = {}
        self._hour = 0

    def open(self) -> None:
        """The company, its users and teams, the address book."""
        closed = users.hash_password(tokens.new_link())  # nobody knows it: the demo is entered by its printed links
        first = next(user for user in self.story.users if user.access == "admin")
        with self._on(-700):
            admin = workspace.set_up(
                company=self.story.company, name=first.name, email=first.email, password_hash=closed
            )
            for user in self.story.users:
                self.users[user.key] = admin if user.key == first.key else users.add(
                    name=user.name, email=user.email, access=user.access, by=admin, password_hash=closed
                )  # fmt: skip
                self.users[user.key].teams = [users.add_team(team, by=admin) for team in user.teams]
            db.session.flush()
        for colleague in self.story.colleagues:
            with self._on(colleague.looked):
                colleagues.add(
                    name=colleague.name, email=colleague.email, company=colleague.company, by=self._known_by(colleague),
                    relation=colleague.relation, looking_for=colleague.looking_for,
                )  # fmt: skip

    def play(self) -> None:
        """Roles, people, and what happened between them."""
        for role in self.story.roles:
            self._open_role(role)
        for person in self.story.people:
            self.people[person.key] = self._meet(person)
        for role in self.story.roles:
            self._end_role(role)
        for person in self.story.people:
            self._live(person, self.people[person.key])
        self._ask()
        self._bring()
        db.session.flush()
        self.ids = {key: candidate.id for key, candidate in self.people.items()}

    def close(self) -> None:
        """When the letters have left: what came of them, and whom to write to next (every contact moves that date)."""
        for forward_id, sent in self.forwards:
            self._settle(forwards.find(forward_id, seen_by=self._user(sent.by)), sent)
        for consent_id, day, owner in self.withdrawals:
            with self._on(day):
                consents.withdraw(db.session.get_one(Consent, consent_id), by=self._user(owner))
        advancing.advance(clock.now())
        self._answer_questions()
        for introduction_id, told in self.introductions.items():
            kindness.answer(introduction_id, told, on=self._on)
        for person in self.story.people:
            self._look_ahead(person, db.session.get_one(Candidate, self.ids[person.key]))

    # --- roles

    def _open_role(self, role: cast.Role) -> None:
        with self._on(role.opened):
            self.roles[role.key] = roles.add(
                title=role.title, team=role.team, needs=role.needs, by=self.users[role.manager],
                status="sealed" if role.status == "sealed" else "open", codename=role.codename or "",
                insiders=[self.users[key].email for key in role.insiders],
            )  # fmt: skip

    def _end_role(self, role: cast.Role) -> None:
        opening, manager = self.roles[role.key], self.users[role.manager]
        with self._on(role.ended if role.ended is not None else 0):
            if role.bench:
                benches.put(opening, [self._seat(place) for place in role.bench], by=manager)
            if role.hire is not None:
                hired = self.people[role.hire.person]
                roles.record_hire(
                    opening, by=manager, name=hired.full_name, candidate_id=hired.id,
                    starts_on=self._day(role.hire.starts), guard_days=role.hire.guard_days,
                )  # fmt: skip
                opening.filled_on = clock.today()
            elif role.status == "closed":
                roles.change(opening, by=manager, status="closed")

    def _seat(self, place: cast.BenchPlace) -> benches.Seat:
        return benches.Seat(self.people[place.person], place.reason, self._day(place.good_until))

    # --- people

    def _meet(self, person: cast.Person) -> Candidate:
        owner = self.users[person.owner]
        team = next((team for team in owner.teams if team.name == person.team), None)
        with self._on(_first_day(person)):
            candidate = candidates.add(
                _facts(person), by=owner, visibility=person.visibility, team_id=team.id if team else None
            )
            for name in person.tags:
                tags.apply(candidate, name, by=owner)
            self._hand_in(person, candidate, owner)
        for application in person.applications:
            self._apply(candidate, application, owner)
        return candidate

    def _hand_in(self, person: cast.Person, candidate: Candidate, owner: User) -> None:
        paper = papers.file(person, today=self.today)
        if paper is not None:
            resumes.add(resumes.receive(*paper), by=owner, candidate=candidate)

    def _apply(self, candidate: Candidate, application: cast.Application, owner: User) -> None:
        decided = application.decided
        with self._on(application.applied if decided is None else decided):
            put = applications.put(
                candidate, self.roles[application.role], by=owner, stage=application.stage,
                disposition=application.disposition or "", reason=application.reason,
                applied_on=self._day(application.applied),
                decided_on=None if decided is None else self._day(decided), panel=", ".join(application.panel),
            )  # fmt: skip
            if application.debrief is not None:
                applications.debrief(put, self._words(application.debrief), by=owner)

    def _words(self, debrief: cast.Debrief) -> Words:
        return Words(
            margin=debrief.margin, sentence=debrief.sentence, missing=debrief.missing,
            would_change=debrief.would_change, hire_for=list(debrief.hire_for), agreed=", ".join(debrief.agreed),
            call_again_on=None if debrief.call_again is None else self._day(debrief.call_again),
        )  # fmt: skip

    def _live(self, person: cast.Person, candidate: Candidate) -> None:
        """What was said, agreed and talked about since."""
        owner = self.users[person.owner]
        for fact in person.said:
            with self._on(fact.day):
                candidates.change(candidate, _said(fact), by=owner)
        for touch in sorted(person.touchpoints, key=lambda touch: touch.day):
            with self._on(touch.day):
                by = self.users[touch.by] if touch.by else owner
                touchpoints.log(candidate, kind=touch.kind, direction=touch.direction, text=touch.text, by=by)
        for promise in person.promises:
            self._promise(candidate, promise)
        for consent in person.consents:
            self._agree(candidate, consent, person.owner)
        for forward in person.forwards:
            self._forward(candidate, forward)
        for signal in person.signals:
            with self._on(signal.day):
                signals.log(candidate, kind=signal.kind, words=signal.words, by=owner)
        if person.draft is not None:
            drafts.save(candidate, subject=person.draft.subject, text=person.draft.text, by=owner, seen=0)
        if person.sequence is not None:
            self._keep_in_touch(candidate, person.sequence, owner)

    def _ask(self) -> None:
        """Whether they may be kept in touch with; some have answered since."""
        for person in self.story.people:
            if person.key in ASKED:
                with self._on(ASKED[person.key][0]):
                    asked = door_openers.ask(self.people[person.key], by=self.users[person.owner])
                self.asked[asked.id] = ASKED[person.key]

    def _answer_questions(self) -> None:
        for question_id, (day, said, words) in self.asked.items():
            with self._on(min(day + 2, 0)):
                if said:
                    keeping_answers.answer(keeping_answers.find_asked(question_id), said, words)

    def _keep_in_touch(self, candidate: Candidate, day: int, owner: User) -> None:
        """A sequence, and its first letter on its way."""
        with self._on(day), clock.set_to(zones.working_time(clock.now(), owner.time_zone)):
            sequencing.start([candidate], sequence_plans.STARTING[0], by=owner, intent=tokens.new_key())
            advancing.advance(clock.now())

    def _bring(self) -> None:
        for told in self.story.useful:
            kindness.send(told, self.people, by=self.users[told.by], on=self._on)
        for one in self.story.introductions:
            colleague = colleagues.by_email(self._colleague(one.colleague).email)
            assert colleague is not None
            asked = kindness.ask(one, self.people[one.person], colleague, by=self.users[one.by], on=self._on)
            self.introductions[asked] = one

    def _promise(self, candidate: Candidate, told: cast.Promise) -> None:
        by = self.users[told.by]
        with self._on(told.made):
            promise = promises.make(candidate, text=told.text, due_on=self._day(told.due), by=by)
        with self._on(min(told.due, 0)):
            if told.state == "kept":
                promises.keep(promise, by=by)
            elif told.state == "broken":
                promises.break_(promise, by=by)

    def _agree(self, candidate: Candidate, consent: cast.Consent, owner: str) -> None:
        with self._on(consent.day):
            recorded = consents.record(
                candidate, purpose=consent.purpose, evidence=consent.evidence, company=consent.company or "",
                by=self.users[owner], until=None if consent.until is None else self._day(consent.until),
            )  # fmt: skip
        if consent.withdrawn is not None:
            self.withdrawals.append((recorded.id, consent.withdrawn, owner))

    def _look_ahead(self, person: cast.Person, candidate: Candidate) -> None:
        coming = person.next
        candidates.call_again(candidate, self._day(coming.day) if coming else None, coming.reason if coming else "")
        if person.pause is not None:
            until = self._day(person.pause.until) if person.pause.until is not None else None
            with self._on(person.pause.day):
                cadences.pause(candidate, why=person.pause.why, until=until, by=self._user(person.owner))
        if person.archived is not None:
            with self._on(person.archived):
                candidates.archive(candidate, by=self._user(person.owner))

    # --- forwards

    def _forward(self, candidate: Candidate, told: cast.Forward) -> None:
        by = self.users[told.by]
        with self._on(told.day):
            colleague = colleagues.by_email(self._colleague(told.colleague).email)
            assert colleague is not None
            plan = forwards.plan(
                candidate, colleague, by=by, position=told.position, note=told.note, deliver=told.deliver,
                until=self._day(told.until),
            )  # fmt: skip
            forward = forwards.send(plan, by=by)
        if told.state == "failed":
            with self._on(told.day if told.settled is None else told.settled):
                dispatch.fail(forward.carrier, told.words)
        elif told.state == "queued":
            forward.carrier.not_before = clock.now() + STILL_WAITING
        self.forwards.append((forward.id, told))

    def _settle(self, forward: Forward, told: cast.Forward) -> None:
        with self._on(told.day if told.settled is None else told.settled):
            if told.state == "opened":
                sharing.open_by_recipient(forward)
            elif told.state == "answered":
                sharing.answer(forward, told.answer, told.words)
            elif told.state == "revoked":
                revoking.revoke(forward, by=self._user(told.by))

    # --- days and names

    @contextmanager
    def _on(self, day: int) -> Iterator[None]:
        """The hour differs from thing to thing, or everything would have happened at the same minute."""
        self._hour = (self._hour + 37) % 540
        at = datetime.combine(self._day(day), time(8), UTC) + timedelta(minutes=self._hour)
        with clock.set_to(min(at, clock.now())):
            yield
            db.session.flush()  # moments are written at the flush, so it has to come on the same day

    def _day(self, day: int) -> date:
        return self.today + timedelta(days=day)

    def _user(self, key: str) -> User:
        user = users.by_email(next(user.email for user in self.story.users if user.key == key))
        assert user is not None
        return user

    def _known_by(self, colleague: cast.Colleague) -> User:
        return self.users[colleague.known_by]

    def _colleague(self, key: str) -> cast.Colleague:
        return next(colleague for colleague in self.story.colleagues if colleague.key == key)


def _send_letters() -> None:
    """Through the worker's own step into the local mailbox, each a moment after it was allowed to leave."""
    with unit_of_work(writes=False) as session:
        queued = select(Letter.not_before).where(Letter.state == "queued", Letter.not_before < clock.now())
        moments = list(session.scalars(queued.order_by(Letter.not_before)))
    for moment in moments:
        with clock.set_to(moment + timedelta(seconds=30)):
            delivery.deliver_next(None, "demo")


def _read_resumes(app: App) -> None:
    """Each in its own child process, a few at a time."""

    def read_all() -> None:
        with app.app_context():
            while read_next():
                pass

    with ThreadPoolExecutor(READERS) as readers:
        for reader in [readers.submit(read_all) for _ in range(READERS)]:
            reader.result()


def _facts(person: cast.Person) -> Facts:
    return Facts(
        full_name=person.full_name, emails=list(person.emails), phones=[person.phone] if person.phone else [],
        location=person.location, headline=person.headline, employer=person.employer, links=list(person.links),
        source=person.source,
    )  # fmt: skip


def _said(fact: cast.Said) -> Facts:
    said: dict[str, Any] = {SAID[fact.what]: fact.text}
    return Facts(**said)


def _first_day(person: cast.Person) -> int:
    """When First Call first heard of them: the first application, contact or permission."""
    days = [application.applied for application in person.applications]
    days += [touch.day for touch in person.touchpoints] + [consent.day for consent in person.consents]
    days += [fact.day for fact in person.said]
    return min(days, default=-30)
