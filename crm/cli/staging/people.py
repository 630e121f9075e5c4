"""The candidates: how they came, what was said, agreed and talked about since, and when to write to them next."""

from typing import Any

from crm.cli.staging.stage import Stage
from crm.demo import resumes as papers
from crm.demo import shape as cast
from crm.domain import (
    advancing,
    applications,
    cadences,
    candidates,
    consents,
    drafts,
    promises,
    resumes,
    sequence_plans,
    sequencing,
    signals,
    tags,
    touchpoints,
)
from crm.domain.applications import Words
from crm.domain.candidates import Candidate, Facts
from crm.domain.users import User
from crm.kit import clock, tokens, zones

SAID = {"availability": "availability", "notice": "notice_period", "remote": "remote", "pay": "pay_expectation"}


class People:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.withdrawals: list[tuple[str, str, int, str]] = []

    def meet(self) -> None:
        for person in self.stage.story.people:
            self.stage.people[person.key] = self._meet(person)

    def live(self) -> None:
        for person in self.stage.story.people:
            self._live(person, self.stage.people[person.key])
        self.stage.ids = {key: candidate.id for key, candidate in self.stage.people.items()}

    def take_back(self) -> None:
        """The permissions that did not last."""
        for key, consent_id, day, owner in self.withdrawals:
            with self.stage.on(day):
                consent = consents.find(self.stage.candidate(key), consent_id)
                consents.withdraw(consent, by=self.stage.user(owner))

    def look_ahead(self) -> None:
        """Last of all, since every contact moves the next date."""
        for person in self.stage.story.people:
            self._look_ahead(person, self.stage.candidate(person.key))

    def _meet(self, person: cast.Person) -> Candidate:
        owner = self.stage.users[person.owner]
        team = next((team for team in owner.teams if team.name == person.team), None)
        with self.stage.on(_first_day(person)):
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
        paper = papers.file(person, today=self.stage.today)
        if paper is not None:
            resumes.add(resumes.receive(*paper), by=owner, candidate=candidate)

    def _apply(self, candidate: Candidate, application: cast.Application, owner: User) -> None:
        decided = application.decided
        with self.stage.on(application.applied if decided is None else decided):
            put = applications.put(
                candidate, self.stage.roles[application.role], by=owner, stage=application.stage,
                disposition=application.disposition or "", reason=application.reason,
                applied_on=self.stage.day(application.applied),
                decided_on=None if decided is None else self.stage.day(decided), panel=", ".join(application.panel),
            )  # fmt: skip
            if application.debrief is not None:
                applications.debrief(put, self._words(application.debrief), by=owner)

    def _words(self, debrief: cast.Debrief) -> Words:
        return Words(
            margin=debrief.margin, sentence=debrief.sentence, missing=debrief.missing,
            would_change=debrief.would_change, hire_for=list(debrief.hire_for), agreed=", ".join(debrief.agreed),
            call_again_on=None if debrief.call_again is None else self.stage.day(debrief.call_again),
        )  # fmt: skip

    def _live(self, person: cast.Person, candidate: Candidate) -> None:
        owner = self.stage.users[person.owner]
        for fact in person.said:
            with self.stage.on(fact.day):
                candidates.change(candidate, _said(fact), by=owner)
        for touch in sorted(person.touchpoints, key=lambda touch: touch.day):
            with self.stage.on(touch.day):
                by = self.stage.users[touch.by] if touch.by else owner
                touchpoints.log(candidate, kind=touch.kind, direction=touch.direction, text=touch.text, by=by)
        for promise in person.promises:
            self._promise(candidate, promise)
        for consent in person.consents:
            self._agree(candidate, consent, person)
        for signal in person.signals:
            with self.stage.on(signal.day):
                signals.log(candidate, kind=signal.kind, words=signal.words, by=owner)
        if person.draft is not None:
            drafts.save(candidate, subject=person.draft.subject, text=person.draft.text, by=owner, seen=0)
        if person.sequence is not None:
            self._keep_in_touch(candidate, person.sequence, owner)

    def _keep_in_touch(self, candidate: Candidate, day: int, owner: User) -> None:
        """A sequence, and its first letter on its way."""
        with self.stage.on(day), clock.set_to(zones.working_time(clock.now(), owner.time_zone)):
            sequencing.start([candidate], sequence_plans.STARTING[0], by=owner, intent=tokens.new_key())
            advancing.advance(clock.now())

    def _promise(self, candidate: Candidate, told: cast.Promise) -> None:
        by = self.stage.users[told.by]
        with self.stage.on(told.made):
            promise = promises.make(candidate, text=told.text, due_on=self.stage.day(told.due), by=by)
        with self.stage.on(min(told.due, 0)):
            if told.state == "kept":
                promises.keep(promise, by=by)
            elif told.state == "broken":
                promises.break_(promise, by=by)

    def _agree(self, candidate: Candidate, consent: cast.Consent, person: cast.Person) -> None:
        until = None if consent.until is None else self.stage.day(consent.until)
        with self.stage.on(consent.day):
            recorded = consents.record(
                candidate, purpose=consent.purpose, evidence=consent.evidence, company=consent.company or "",
                by=self.stage.users[person.owner], until=until,
            )  # fmt: skip
        if consent.withdrawn is not None:
            self.withdrawals.append((person.key, recorded.id, consent.withdrawn, person.owner))

    def _look_ahead(self, person: cast.Person, candidate: Candidate) -> None:
        coming = person.next
        candidates.call_again(
            candidate, self.stage.day(coming.day) if coming else None, coming.reason if coming else ""
        )
        if person.pause is not None:
            until = self.stage.day(person.pause.until) if person.pause.until is not None else None
            with self.stage.on(person.pause.day):
                cadences.pause(candidate, why=person.pause.why, until=until, by=self.stage.user(person.owner))
        if person.archived is not None:
            with self.stage.on(person.archived):
                candidates.archive(candidate, by=self.stage.user(person.owner))


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
