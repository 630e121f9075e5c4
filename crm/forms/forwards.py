"""A forward: to whom, with what words, on whose yes."""

from typing import Any

from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from crm.forms import Form

DELIVER = [
    SelectChoice("link", "A link, which you can revoke"),
    SelectChoice("attachment", "The file itself, attached"),
]
SCOPE = [SelectChoice("company", "this company only"), SelectChoice("any", "any company but the one they work at")]
NO_DAY = "This is not a day that we can read; write it like 2026-12-07."


def _day(label: str) -> DateField:
    return DateField(label, validators=[Optional()], invalid_value_message=NO_DAY)


class ForwardForm(Form):
    """The first step. The yes is part of it, so that it can be recorded without losing what was typed."""

    to = StringField("To")
    to_id = HiddenField()
    name = StringField("Name")
    email = EmailField("Mail address")
    company = StringField("Company")
    position = StringField("For which position")
    note = TextAreaField("Your note")
    deliver = RadioField("How the resume goes", choices=DELIVER, default="link", validate_choice=False)
    until = _day("Open until")
    resume_id = SelectField("Which resume", validate_choice=False)
    evidence = StringField("Where the yes is to be found")
    given_on = _day("Said on")
    scope = RadioField("It covers", choices=SCOPE, default="company", validate_choice=False)
    yes_until = _day("Valid until")
    intent = HiddenField()

    def carried(self) -> dict[str, str]:
        """What was filled in, as hidden fields of the second step; a look at the letter records nothing."""
        return {field.name: _plain(field.data) for field in self if field.name != "csrf_token"}


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else value or ""
