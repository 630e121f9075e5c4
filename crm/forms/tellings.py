"""What goes out with a decision: which letters, when, in which words."""

from collections.abc import Callable
from datetime import datetime, time

from wtforms import DateField, RadioField, SelectChoice, StringField, TextAreaField, TimeField
from wtforms.validators import Optional

from crm.domain import door_openers
from crm.domain.door_openers import Own, Telling, Words, decision_words
from crm.domain.users import User
from crm.forms import NO_DAY, Form
from crm.kit import zones

NO_HOUR = "This is not an hour that we can read; write it like 09:00."
LETTERS = [
    SelectChoice("told", "Already told by our recruiting system: only ask whether we may keep in touch"),
    SelectChoice("both", "Tell them from here, and ask apart from it whether we may keep in touch"),
    SelectChoice("none", "No letter goes"),
]


class LettersFields(Form):
    letters = RadioField("Letters", choices=LETTERS, default="told")
    send_on = DateField("Leave on", validators=[Optional()], invalid_value_message=NO_DAY)
    send_at = TimeField("At", validators=[Optional()])
    decision_subject = StringField("Subject")
    decision_text = TextAreaField("The decision")
    question_subject = StringField("Subject")
    question_text = TextAreaField("The question")

    def propose(self, user: User) -> None:
        """The next working morning, in the words of the kit."""
        there = zones.local(door_openers.proposed_at(user), user.time_zone)
        self.send_on.data, self.send_at.data = there.date(), there.time()
        decision, question = decision_words(seen_by=user), door_openers.QUESTION
        self.decision_subject.data, self.decision_text.data = decision.subject, decision.text
        self.question_subject.data, self.question_text.data = question.subject, question.text

    def telling(self, user: User, own: dict[int, Own] | None = None) -> Telling:
        """Words that were emptied are ours again, subject and text each by itself."""
        return Telling(
            letters=self.letters.data or "none",
            send_at=self.moment(user) if self.letters.data != "none" else None,
            decision=_words(self.decision_subject.data, self.decision_text.data, lambda: decision_words(seen_by=user)),
            question=_words(self.question_subject.data, self.question_text.data, lambda: door_openers.QUESTION),
            own={place: words for place, words in (own or {}).items() if words != Own()},
        )

    def moment(self, user: User) -> datetime | None:
        """On the user's own clock; without a day it waits as long as every letter."""
        if self.send_on.data is None:
            return None
        return zones.moment(self.send_on.data, self.send_at.data or time(9), user.time_zone)


def _words(subject: str | None, text: str | None, ours: Callable[[], Words]) -> Words | None:
    given = Words((subject or "").strip(), (text or "").strip())
    if given == Words("", ""):
        return None
    return given if given.subject and given.text else Words(given.subject or ours().subject, given.text or ours().text)
