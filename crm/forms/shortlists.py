"""Several forwards in one act: who, to whom, with what words."""

from typing import Any

from wtforms import DateField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.forms import Form

NO_DAY = "This is not a day that we can read; write it like 2026-12-07."


class ShortlistForm(Form):
    people = SelectMultipleField("Who", validate_choice=False)
    to = SelectMultipleField("To", validate_choice=False)
    who = StringField("Somebody else")
    whom = StringField("Another colleague")
    position = StringField("For which position")
    note = TextAreaField("Your note")
    until = DateField("Open until", validators=[Optional()], invalid_value_message=NO_DAY)
    intent = HiddenField()

    def carried(self) -> dict[str, Any]:
        """What was filled in, as hidden fields of the second step."""
        return {field.name: _plain(field.data) for field in self if field.name != "csrf_token"}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value or ""
