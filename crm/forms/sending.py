"""Forms of two steps: what is filled in is looked at as the letter that it becomes, and sent from there."""

from typing import Any

from wtforms import DateField, EmailField, HiddenField, StringField
from wtforms.validators import Optional

from crm.forms import NO_DAY, Form


class LookedAtForm(Form):
    position = StringField("For which position")
    until = DateField("Open until", validators=[Optional()], invalid_value_message=NO_DAY)
    intent = HiddenField()

    def carried(self) -> dict[str, Any]:
        """What was filled in, as hidden fields of the second step; a look at the letter records nothing."""
        return {field.name: _plain(field.data) for field in self if field.name != "csrf_token"}


class AddressedForm(LookedAtForm):
    """To one colleague: from the address book, or by name, mail address and company."""

    to = StringField("To")
    to_id = HiddenField()
    name = StringField("Name")
    email = EmailField("Mail address")
    company = StringField("Company")


def _plain(value: Any) -> Any:
    """Text; a list of it for what has several."""
    if value is True:
        return "y"
    return value.isoformat() if hasattr(value, "isoformat") else value or ""
