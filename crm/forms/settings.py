"""Settings: oneself, people, teams, the place."""

from collections.abc import Iterable
from typing import Any, Self

from wtforms import (
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from crm.domain.users import ACCESS, ACCESS_WORDS, Team, User
from crm.forms import Form

ACCESS_CHOICES = [SelectChoice(access, ACCESS_WORDS[access]) for access in reversed(ACCESS)]
SCOPES = [SelectChoice("read", "Read only"), SelectChoice("write", "Read and write")]


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NameForm(Form):
    name = StringField("Your name", validators=[DataRequired("Your name is needed.")])


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
