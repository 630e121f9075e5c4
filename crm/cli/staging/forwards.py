"""Forwards: those that a permission covers, those that the candidate is asked for first, and what came of them."""

from datetime import timedelta

from crm.cli.staging.stage import Stage
from crm.demo import shape as cast
from crm.domain import asking, dispatch, forwards, outcomes, revoking, sharing
from crm.domain.candidates import Candidate
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwards import Forward
from crm.kit import clock

STILL_WAITING = timedelta(hours=20)


class Forwards:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sent: list[tuple[str, cast.Forward]] = []
        self.asked: list[tuple[str, cast.Question]] = []
        self.ids: dict[tuple[str, str], str] = {}
        """By person and colleague."""

    def send(self) -> None:
        for person in self.stage.story.people:
            for told in person.forwards:
                self.ids[person.key, told.colleague] = self._send(self.stage.people[person.key], told)
        for question in self.stage.story.questions:
            self.ids[question.person, question.colleague] = self._ask(self.stage.candidate(question.person), question)

    def settle(self) -> None:
        """When the letters have left: what colleagues made of them, and what the candidates answered."""
        for forward_id, told in self.sent:
            self._settle(self.stage.forward(forward_id, by=told.by), told)
        for forward_id, question in self.asked:
            if question.answered is not None:
                with self.stage.on(question.answered):
                    asked = self._question(forward_id, question)
                    asking.answer(asked, question.answer, question.months)

    def hear(self) -> None:
        """When what had to be asked for has left, too."""
        for forward_id, question in self.asked:
            if question.heard is not None:
                with self.stage.on(question.heard):
                    forward = self.stage.forward(forward_id, by=question.by)
                    sharing.open_by_recipient(forward)
                    sharing.answer(forward, question.said, question.words)
        for outcome in self.stage.story.outcomes:
            self._note(outcome)

    def _send(self, candidate: Candidate, told: cast.Forward) -> str:
        with self.stage.on(told.day):
            plan = forwards.plan(
                candidate, self.stage.colleague(told.colleague), by=self.stage.users[told.by], position=told.position,
                note=told.note, deliver=told.deliver, until=self.stage.day(told.until),
            )  # fmt: skip
            forward = forwards.send(plan, by=self.stage.users[told.by])
        if told.state == "failed":
            with self.stage.on(told.day if told.settled is None else told.settled):
                dispatch.fail(forward.carrier, told.words)
        elif told.state == "queued":
            forward.carrier.not_before = clock.now() + STILL_WAITING
        self.sent.append((forward.id, told))
        return forward.id

    def _settle(self, forward: Forward, told: cast.Forward) -> None:
        with self.stage.on(told.day if told.settled is None else told.settled):
            if told.state == "opened":
                sharing.open_by_recipient(forward)
            elif told.state == "answered":
                sharing.answer(forward, told.answer, told.words)
            elif told.state == "revoked":
                revoking.revoke(forward, by=self.stage.user(told.by))

    def _ask(self, candidate: Candidate, told: cast.Question) -> str:
        by = self.stage.users[told.by]
        with self.stage.on(told.asked):
            plan = forwards.plan(
                candidate, self.stage.colleague(told.colleague), by=by, position=told.position, note=told.note,
                until=self.stage.day(told.asked + told.open_days),
            )  # fmt: skip
            forward = forwards.send(plan, by=by)
        self.asked.append((forward.id, told))
        return forward.id

    def _question(self, forward_id: str, told: cast.Question) -> ForwardQuestion:
        theirs = asking.open_of(self.stage.ids[told.person])
        return next(one for one in theirs if one.forward_id == forward_id)

    def _note(self, told: cast.Outcome) -> None:
        with self.stage.on(told.day):
            forward = self.stage.forward(self.ids[told.person, told.colleague], by=told.by)
            outcomes.record(forward, told.said, by=self.stage.user(told.by), words=told.words)
