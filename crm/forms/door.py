"""What a candidate fills in on their own page. Without tokens against forgery: the link itself is the secret."""

from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, DateField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.domain.candidates import Candidate, Facts
from crm.domain.door_rooms import SHOWN_HERE
from crm.domain.door_sayings import LESS
from crm.forms import Form
from crm.kit.languages import LANGUAGES, known

SPANS = (2, 3, 6, 12, 18)


class DoorForm(Form):
    class Meta:
        csrf = False


class InterestedForm(DoorForm):
    sure = BooleanField()
    words = TextAreaField()


class LaterForm(DoorForm):
    months = RadioField(validate_choice=False)
    words = TextAreaField()

    def offer(self) -> None:
        self.months.choices = [SelectChoice(str(count), _("In %(count)s months", count=count)) for count in SPANS]

    @property
    def span(self) -> int:
        return int(self.months.data) if (self.months.data or "").isdecimal() and len(self.months.data) < 3 else 0


class JobForm(DoorForm):
    sure = BooleanField()
    until = DateField(validators=[Optional()])
    words = TextAreaField()


class ThanksForm(DoorForm):
    words = TextAreaField()


class UsefulForm(DoorForm):
    link = StringField()
    words = TextAreaField()


class LessForm(DoorForm):
    what = RadioField(validate_choice=False)
    company = StringField()

    def offer(self) -> None:
        said = {
            "nobody_else": _(
                "My resume goes to nobody else until I say yes again. Every permission to pass it on ends."
            ),
            "never": _("My resume never goes to one company, which I name below."),
            "blind_only": _("I am only introduced without my name."),
            "no_mail": _("Write to me no more. My record stays, and this page stays open."),
        }
        self.what.choices = [SelectChoice(word, said[word]) for word in LESS]

    @property
    def names_a_company(self) -> bool:
        return any(letter.isalnum() for letter in self.company.data or "")


class LeaveForm(DoorForm):
    sure = BooleanField()


class CodeForm(DoorForm):
    code = StringField()


class DetailsForm(DoorForm):
    full_name = StringField()
    headline = StringField()
    location = StringField()
    employer = StringField()
    availability = StringField()
    notice_period = StringField()
    phones = TextAreaField()
    links = TextAreaField()
    language = SelectField(choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()])

    @property
    def facts(self) -> Facts:
        lines: dict[str, Any] = {name: self[name].data or "" for name in SHOWN_HERE}
        return Facts(**lines, phones=_lines(self.phones.data), links=_lines(self.links.data))


def details(candidate: Candidate) -> dict[str, str]:
    return {name: getattr(candidate, name) for name in SHOWN_HERE} | {
        "phones": "\n".join(phone.number for phone in candidate.phones),
        "links": "\n".join(candidate.links),
        "language": known(candidate.language),
    }


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]
