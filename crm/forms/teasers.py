"""Somebody without a name: what is told of them; and the colleague's answer."""

from typing import Any

from wtforms import DateField, EmailField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms import SelectMultipleField as Several
from wtforms.validators import Optional

from crm.forms import Form

ANSWERS = [
    SelectChoice("interested", "I am interested: ask them whether I may see their resume"),
    SelectChoice("not_now", "Not now"),
    SelectChoice("not_a_fit", "Not a fit"),
]
NO_DAY = "This is not a day that we can read; write it like 2026-12-07."


class TeaserForm(Form):
    to = StringField("To")
    to_id = HiddenField()
    name = StringField("Name")
    email = EmailField("Mail address")
    company = StringField("Company")
    position = StringField("For which position")
    headline = StringField("Headline")
    strengths = Several("Strengths", validate_choice=False)
    words = TextAreaField("In your own words")
    until = DateField("Open until", validators=[Optional()], invalid_value_message=NO_DAY)
    intent = HiddenField()

    def carried(self) -> dict[str, Any]:
        """What was filled in, as hidden fields of the second step."""
        return {field.name: _plain(field.data) for field in self if field.name != "csrf_token"}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value or ""


class TeaserAnswerForm(Form):
    """Nothing is chosen beforehand, so that a program that presses the button has said nothing."""

    answer = RadioField("Would you like to know who it is?", choices=ANSWERS, validate_choice=False)
    words = TextAreaField("A few words")
