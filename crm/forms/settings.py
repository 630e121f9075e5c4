"""Settings: oneself, people, teams, the place."""

from calendar import day_name
from collections.abc import Iterable
from typing import Any, Self

from wtforms import (
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired

from crm.domain.users import ACCESS, ACCESS_WORDS, Team, User
from crm.forms import Form, Ticks
from crm.kit import zones

ACCESS_CHOICES = [SelectChoice(access, ACCESS_WORDS[access]) for access in reversed(ACCESS)]
SCOPES = [SelectChoice("read", "Read only"), SelectChoice("write", "Read and write")]


RHYTHMS = [
    SelectChoice("weekly", "Once a week"), SelectChoice("daily", "Monday to Friday"), SelectChoice("off", "Never"),
]  # fmt: skip
WEEKDAYS = [SelectChoice(str(number), name) for number, name in enumerate(day_name)]
HOURS = [SelectChoice(str(hour), f"{hour:02}:00") for hour in range(24)]


class NameForm(Form):
    name = StringField("Your name", validators=[DataRequired("Your name is needed.")])


class CardForm(Form):
    rhythm = RadioField("How often", choices=RHYTHMS, validators=[InputRequired("Choose how often.")])
    weekday = SelectField("On", choices=WEEKDAYS, coerce=int, validators=[InputRequired("Choose a day.")])
    hour = SelectField("At", choices=HOURS, coerce=int, validators=[InputRequired("Choose an hour.")])
    people = IntegerField("People at most", validators=[InputRequired("Say how many at most.")])
    time_zone = SelectField("Your time zone", validators=[DataRequired("Choose a time zone.")])

    @classmethod
    def of(cls, user: User) -> Self:
        form = cls(
            rhythm=user.card_rhythm, weekday=user.card_weekday, hour=user.card_hour, people=user.card_people,
            time_zone=user.time_zone,
        )  # fmt: skip
        form.time_zone.choices = zone_choices()
        return form


def zone_choices() -> dict[str, list[SelectChoice]]:
    """By region, each city under it."""
    regions: dict[str, list[SelectChoice]] = {}
    for name in zones.names():
        region, _, city = name.partition("/")
        regions.setdefault(region if city else "Everywhere", []).append(SelectChoice(name, zones.city(name)))
    return regions


class PasswordForm(Form):
    current = PasswordField("Your password now", validators=[DataRequired("Type the password that you sign in with.")])
    password = PasswordField("Your new password", validators=[DataRequired("A new password is needed.")])


class TokenForm(Form):
    label = StringField("What is it for")
    scope = RadioField("It may", choices=SCOPES, default="read", validators=[InputRequired("Choose what it may do.")])
    days = IntegerField("Days it works", default=90, validators=[InputRequired("Say for how many days.")])


class PersonForm(Form):
    name = StringField("Name", validators=[DataRequired("A name is needed.")])
    access = RadioField(
        "What they may do",
        choices=ACCESS_CHOICES,
        default="manager",
        validators=[InputRequired("Choose what they may do.")],
    )
    team_ids = Ticks("Teams")

    @classmethod
    def with_teams(cls, teams: Iterable[Team], person: User | None = None) -> Self:
        known: dict[str, Any] = {}
        if person is not None:
            known = {"name": person.name, "access": person.access, "team_ids": [team.id for team in person.teams]}
        form = cls(**known)
        form.team_ids.choices = [SelectChoice(team.id, team.name) for team in teams]
        return form


class InviteForm(PersonForm):
    email = EmailField("Mail address", validators=[DataRequired("A mail address is needed.")])


class NewTeamForm(Form):
    name = StringField("Name of the team", validators=[DataRequired("A name is needed.")])


class TeamForm(Form):
    name = StringField("Name of the team", validators=[DataRequired("A name is needed.")])
    member_ids = Ticks("Members")

    @classmethod
    def with_people(cls, people: Iterable[User], team: Team, members: Iterable[User]) -> Self:
        form = cls(name=team.name, member_ids=[member.id for member in members])
        form.member_ids.choices = [SelectChoice(person.id, person.name) for person in people]
        return form


class CompanyForm(Form):
    company = StringField("Name of the company", validators=[DataRequired("A name is needed.")])


class ReasonsForm(Form):
    reasons = TextAreaField("Reasons, one on each line")
