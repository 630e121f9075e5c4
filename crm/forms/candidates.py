"""A candidate's record, and what is done with it."""

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
from wtforms.validators import DataRequired, Optional

from crm.domain.candidates import LINES, SAID, Candidate, Facts
from crm.domain.consents import CHANNEL_WORDS, PURPOSE_WORDS
from crm.domain.users import User
from crm.forms import NO_DAY, Form
from crm.kit.languages import LANGUAGES
from crm.kit.tokens import new_link

VISIBILITIES = {"company": "Everybody here", "team": "One team", "owner": "Only the owner"}
CONTACTS = {
    "mail": "Mail",
    "call": "Call",
    "meeting": "Meeting",
    "thank_you": "Thank-you",
    "useful": "Something useful",
    "introduction": "Introduction",
    "note": "Note, no contact",
}
BEGAN = {"out": "We did", "in": "They did"}
CONSENTS = {purpose: PURPOSE_WORDS[purpose].capitalize() for purpose in ("forward", "introduce", "contact", "keep")}
SAID_SO = {channel: CHANNEL_WORDS[channel] for channel in ("phone", "mail", "in_person", "form")}
RULES = {
    "never": "Never to this company", "blind_only": "Only without their name",
    "inside": "Always inside our own company, as a link",
}  # fmt: skip
"""The last is a yes; those before are limits to any."""


def _choices(words: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(word, label) for word, label in words.items()]


class CandidateForm(Form):
    intent = HiddenField()
    full_name = StringField("Full name", validators=[DataRequired("A name is needed.")])
    headline = StringField("Headline", description="What they do, in a few words.")
    employer = StringField("Employer", description="Nothing is ever forwarded there.")
    location = StringField("Location")
    emails = TextAreaField("Mail addresses", description="One on each line, the best one first.")
    phones = TextAreaField("Phones", description="One on each line.")
    links = TextAreaField("Links", description="One on each line.")
    source = StringField("Source", description="Where they come from: who knew them, which site.")
    availability = StringField("Availability")
    notice_period = StringField("Notice period")
    remote = StringField("Remote", description="Remote, hybrid, on site; in their words.")
    pay_expectation = StringField("Pay expectation", description="What they ask for. Never what they earned.")
    language = SelectField(
        "Language",
        description="That their page and the letters of First Call speak to them.",
        choices=[SelectChoice("", "Not known: English"), *_choices(LANGUAGES)],
        default="",
    )
    visibility = RadioField("Who may see the record", choices=_choices(VISIBILITIES), default="company")
    team_id = SelectField("Team", validators=[Optional()])
    owner_id = SelectField("Owner", description="Whose Today shows this person.", validators=[Optional()])

    def offer(self, user: User, candidate: Candidate | None = None, owners: list[User] | None = None) -> None:
        """Fills in what there is to choose from. `owners` is None where nobody else is to be chosen."""
        teams = {team.id: team.name for team in user.teams}
        if candidate is not None and candidate.team is not None:
            teams.setdefault(candidate.team.id, candidate.team.name)
        self.team_id.choices = _choices(teams)
        if not teams:
            del self.team_id
            self.visibility.choices = _choices({word: VISIBILITIES[word] for word in ("company", "owner")})
        self.owner_id.choices = _choices({owner.id: owner.name for owner in owners or []})
        if owners is None:
            del self.owner_id
        self.intent.data = self.intent.data or new_link()

    def leave_sharing_out(self) -> None:
        """For somebody who may change the record and not who sees it."""
        del self.visibility, self.team_id, self.owner_id

    def facts(self) -> Facts:
        lines = {field: self[field].data or "" for field in ("full_name", "language", *LINES, *SAID)}
        return Facts(
            **lines,
            emails=_lines(self.emails.data),
            phones=_lines(self.phones.data),
            links=_lines(self.links.data),
        )

    @property
    def team(self) -> str | None:
        return self.team_id.data or None if "team_id" in self else None


def known(candidate: Candidate) -> dict[str, object]:
    """What the form shows of a record."""
    plain = ("full_name", "language", *LINES, *SAID, "visibility", "team_id", "owner_id")
    return {field: getattr(candidate, field) for field in plain} | {
        "emails": "\n".join(email.address for email in candidate.emails),
        "phones": "\n".join(phone.number for phone in candidate.phones),
        "links": "\n".join(candidate.links),
    }


class PromiseFields:
    """Mixed into every form in which somebody tells what was said. templates/promises/_parts.html shows them."""

    promised = BooleanField("I promised something")
    promise_text = StringField("What I promised")
    promise_on = DateField("By when", validators=[Optional()], invalid_value_message=NO_DAY)


class TouchpointForm(PromiseFields, Form):
    kind = SelectField("What", choices=_choices(CONTACTS), default="call")
    direction = RadioField("Who began", choices=_choices(BEGAN), default="out")
    on = DateField("When", id="touched-on", validators=[Optional()], invalid_value_message=NO_DAY)
    text = TextAreaField("What was said", description="They may read this one day.")


class NextForm(Form):
    on = DateField(
        "Be in touch on", id="next-on", validators=[DataRequired("Choose a day.")], invalid_value_message=NO_DAY
    )
    why = StringField("Why then")


class ConsentForm(Form):
    purpose = SelectField("They agree to", choices=_choices(CONSENTS), default="forward")
    company = StringField("To which company", description="For a forward. Leave it empty if any company is fine.")
    evidence = StringField(
        "Where the yes is",
        description="“Mail of 3 November”, “said so on the phone”.",
        validators=[DataRequired("Say where the yes is to be found.")],
    )
    channel = SelectField("They said so", choices=_choices(SAID_SO), default="phone")
    given_on = DateField("Given on", validators=[Optional()], invalid_value_message=NO_DAY)
    until = DateField("Until", validators=[Optional()], invalid_value_message=NO_DAY)
    attachment = BooleanField("The file itself may go, too, which nobody can recall")


class RuleForm(Form):
    kind = SelectField("Forwards go", choices=_choices(RULES), default="never")
    company = StringField("Which company", description="Empty, with “only without their name”, is every company.")
    channel = SelectField("They said so", choices=_choices(SAID_SO), default="phone")
    evidence = StringField("Where that is to be found", description="“Mail of 3 November”. Needed for a yes.")


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
