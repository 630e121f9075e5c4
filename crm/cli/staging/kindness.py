"""What the office asks and does for others: may we keep in touch, something worth reading, two who may like to meet."""

from crm.cli.staging.stage import Stage
from crm.demo import shape as cast
from crm.domain import door_openers, introducing, introductions, keeping_answers, useful, useful_letters
from crm.kit import tokens

ASKED = {
    "henrik": (-3, "yes", "Gladly. I am well where I am until the summer, so there is no hurry at all."),
    "matthias": (-2, "", ""),
}
"""Who was asked whether we may keep in touch: on which day, and what they said."""


class Kindness:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.asked: dict[str, tuple[int, str, str]] = {}
        self.introduced: dict[str, cast.Introduction] = {}

    def begin(self) -> None:
        for person in self.stage.story.people:
            if person.key in ASKED:
                with self.stage.on(ASKED[person.key][0]):
                    asked = door_openers.ask(self.stage.people[person.key], by=self.stage.users[person.owner])
                self.asked[asked.id] = ASKED[person.key]
        for item in self.stage.story.useful:
            self._bring(item)
        for one in self.stage.story.introductions:
            self.introduced[self._introduce(one)] = one

    def hear(self) -> None:
        """Some have answered since."""
        for question_id, (day, said, words) in self.asked.items():
            with self.stage.on(min(day + 2, 0)):
                if said:
                    keeping_answers.answer(keeping_answers.find_asked(question_id), said, words)
        for introduction_id, told in self.introduced.items():
            if told.answered is not None:
                with self.stage.on(told.answered):
                    side = introductions.other_side(introduction_id)
                    introductions.answer(side, told.answer, shares=side.address)

    def _bring(self, told: cast.Useful) -> None:
        by = self.stage.users[told.by]
        with self.stage.on(told.added):
            item = useful.add(title=told.title, link=told.link, note=told.note, tag_names=list(told.tags), by=by)
        with self.stage.on(told.sent):
            useful_letters.send(item, [self.stage.people[key] for key in told.to], by=by, batch=tokens.new_id())

    def _introduce(self, told: cast.Introduction) -> str:
        with self.stage.on(told.asked):
            proposal = introducing.propose(
                self.stage.people[told.person], self.stage.colleague(told.colleague),
                told=(told.told_person, told.told_colleague), by=self.stage.users[told.by], why=told.why,
                names_colleague=True,
            )  # fmt: skip
            return introducing.ask(proposal, by=self.stage.users[told.by], intent=tokens.new_id()).id
