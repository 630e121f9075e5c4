"""A forward: to whom, with what words, on whose yes."""

from typing import Any

from wtforms import (
    BooleanField,
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

from crm.domain import forward_parts
from crm.domain.consents import CHANNEL_WORDS
from crm.forms import Form, Ticks

DELIVER = [
    SelectChoice("link", "A link, which you can revoke"),
    SelectChoice("attachment", "The file itself, attached"),
]
SCOPE = [SelectChoice("company", "this company only"), SelectChoice("any", "any company but the one they work at")]
PARTS = [SelectChoice(part, forward_parts.PART_WORDS[part].capitalize()) for part in forward_parts.PARTS]
SAID_SO = [SelectChoice(channel, CHANNEL_WORDS[channel]) for channel in ("phone", "mail", "in_person", "form")]
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
    parts = Ticks("What they may see", choices=PARTS, default=list(forward_parts.USUAL), validate_choice=False)
    sensitive = BooleanField("Ask for a code first")
    blind = BooleanField("Without their name")
    resume_id = SelectField("Which resume", validate_choice=False)
    evidence = StringField("Where the yes is to be found")
    channel = SelectField("They said so", choices=SAID_SO, default="phone", validate_choice=False)
    given_on = _day("Said on")
    scope = RadioField("It covers", choices=SCOPE, default="company", validate_choice=False)
    yes_attachment = BooleanField("It covers the file itself, too, which nobody can recall")
    yes_until = _day("Valid until")
    intent = HiddenField()
    asks = HiddenField()
    """Set where the letter to the candidate was looked at, too."""

    def carried(self) -> dict[str, Any]:
        """What was filled in, as hidden fields of the second step; a look at the letter records nothing."""
        return {field.name: _plain(field.data) for field in self if field.name != "csrf_token"}


def _plain(value: Any) -> Any:
    """Text; a list of it for what has several."""
    if value is True:
        return "y"
    return value.isoformat() if hasattr(value, "isoformat") else value or ""
