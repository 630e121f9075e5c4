"""A forward: to whom, with what words, on whose yes."""

from wtforms import (
    BooleanField,
    DateField,
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
from crm.forms import NO_DAY, Ticks
from crm.forms.sending import AddressedForm

DELIVER = [
    SelectChoice("link", "A link, which you can revoke"),
    SelectChoice("attachment", "The file itself, attached"),
]
SCOPE = [SelectChoice("company", "this company only"), SelectChoice("any", "any company but the one they work at")]
PARTS = [SelectChoice(part, forward_parts.PART_WORDS[part].capitalize()) for part in forward_parts.PARTS]
SAID_SO = [SelectChoice(channel, CHANNEL_WORDS[channel]) for channel in ("phone", "mail", "in_person", "form")]


def _day(label: str) -> DateField:
    return DateField(label, validators=[Optional()], invalid_value_message=NO_DAY)


class ForwardForm(AddressedForm):
    """The first step. The yes is part of it, so that it can be recorded without losing what was typed."""

    note = TextAreaField("Your note")
    deliver = RadioField("How the resume goes", choices=DELIVER, default="link", validate_choice=False)
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
    asks = HiddenField()
    """Set where the letter to the candidate was looked at, too."""
