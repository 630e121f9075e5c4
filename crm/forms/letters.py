"""A letter to a candidate, and the templates that letters are made of."""

from datetime import time

from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Optional

from crm.domain.users import User
from crm.forms import NO_DAY, Form
from crm.forms.candidates import PromiseFields

NO_HOUR = "This is not a time that we can read; write it like 09:30."
SHARED = {"private": "Only me", "team": "One team", "company": "Everybody here"}
PURPOSES = {
    "note": "A mail", "thanks": "A thank-you", "useful": "Something useful", "intro": "An introduction",
}  # fmt: skip


class PersonalLetterForm(PromiseFields, Form):
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Your words", validators=[DataRequired("Write a sentence or two.")])
    purpose = HiddenField()
    promise = HiddenField()
    role = HiddenField()
    intent = HiddenField()
    number = HiddenField(default="0")
    at_day = DateField("On", validators=[Optional()], invalid_value_message=NO_DAY)
    at_time = TimeField("At", validators=[Optional()], default=time(9), invalid_value_message=NO_HOUR)

    @property
    def seen(self) -> int:
        """The number of the draft that this window knows."""
        given = self.number.data or ""
        return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0


class TemplateForm(Form):
    intent = HiddenField()
    seen = HiddenField()
    name = StringField("Name", validators=[DataRequired("A name is needed.")])
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Text", validators=[DataRequired("The text is needed.")])
    purpose = SelectField(
        "A letter of it counts as", choices=[SelectChoice(word, label) for word, label in PURPOSES.items()],
        default="note",
    )  # fmt: skip
    shared = RadioField(
        "Who may use it", choices=[SelectChoice(word, label) for word, label in SHARED.items()], default="private"
    )
    team_id = SelectField("Team", validators=[Optional()])

    def offer(self, user: User, team: tuple[str, str] | None = None) -> None:
        """Fills in the teams to choose from. `team`: the one it has, which need not be one of the user's."""
        teams = {**({team[0]: team[1]} if team else {}), **{each.id: each.name for each in user.teams}}
        self.team_id.choices = [SelectChoice(team_id, name) for team_id, name in teams.items()]
        if not teams:
            self.shared.choices = [choice for choice in self.shared.choices if choice.value != "team"]
