"""The colleagues elsewhere: who is introduced to them without a name, several at once, and whom they look for."""

from crm.cli.staging.stage import Stage
from crm.demo import shape as cast
from crm.domain import asking, circle, sharing, shortlisting, teasers, teasing
from crm.domain.circle import Holder
from crm.kit import tokens


class Circle:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.teasers: list[tuple[str, cast.Teaser]] = []
        self.shortlists: list[tuple[str, cast.Shortlist]] = []

    def write(self) -> None:
        for teaser in self.stage.story.teasers:
            self.teasers.append((self._introduce(teaser), teaser))
        for shortlist in self.stage.story.shortlists:
            self.shortlists.append((self._put_together(shortlist), shortlist))
        for need in self.stage.story.needs:
            with self.stage.on(need.asked):
                colleague = self.stage.colleague(need.colleague)
                circle.ask(
                    colleague, text=circle.question(colleague), by=self.stage.users[need.by], intent=tokens.new_id()
                )

    def hear(self) -> None:
        """When the letters have left."""
        for teaser_id, told in self.teasers:
            if told.answered is not None:
                with self.stage.on(told.answered):
                    candidate = self.stage.candidate(told.person)  # with their addresses, since they may be asked
                    teaser = teasers.find(teaser_id, seen_by=self.stage.user(told.by))
                    assert teaser.candidate is candidate
                    teasing.answer(teaser, told.answer, told.said)
        for _, shortlist in self.shortlists:
            for person, day in shortlist.yes:
                with self.stage.on(int(day)):
                    [question] = asking.open_of(self.stage.ids[str(person)])
                    asking.answer(question, "yes")
        for need in self.stage.story.needs:
            self._say(need)

    def settle(self) -> None:
        """When the shortlists have left, too."""
        for shortlist_id, told in self.shortlists:
            by = self.stage.user(told.by)
            within = shortlisting.people(shortlisting.find(shortlist_id, seen_by=by), seen_by=by)
            for person, day, said, words in told.answers:
                with self.stage.on(int(day)):
                    forward = next(one for one in within if one.candidate_id == self.stage.ids[str(person)])
                    sharing.open_by_recipient(forward)
                    sharing.answer(forward, str(said), str(words))

    def _introduce(self, told: cast.Teaser) -> str:
        by, candidate = self.stage.users[told.by], self.stage.candidate(told.person)
        with self.stage.on(told.sent):
            proposal = teasing.propose(
                candidate, self.stage.colleague(told.colleague), by=by, headline=told.headline,
                strengths=told.strengths, words=told.words, position=told.position, until=self.stage.day(told.until),
            )  # fmt: skip
            return teasing.send(proposal, by=by).id

    def _put_together(self, told: cast.Shortlist) -> str:
        by = self.stage.users[told.by]
        people = [self.stage.candidate(key) for key in told.people]
        with self.stage.on(told.sent):
            notes = {self.stage.ids[key]: words for key, words in told.notes}
            planned = shortlisting.plan(
                people, [self.stage.colleague(told.colleague)], by=by, position=told.position, note=told.note,
                until=self.stage.day(told.until), notes=notes,
            )  # fmt: skip
            made = shortlisting.send(planned, by=by)
        assert made[0].shortlist_id is not None
        return made[0].shortlist_id

    def _say(self, told: cast.Need) -> None:
        """By the colleague, on their own page."""
        if told.answered is None:
            return
        holder = Holder(self.stage.colleague(told.colleague), self.stage.user(told.by))
        with self.stage.on(told.answered):
            if told.looking_for:
                circle.say(holder, told.looking_for)
            else:
                circle.end_forwards(holder)
