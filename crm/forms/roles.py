"""A role, its hire, the people on its bench, and those who applied."""

from wtforms import DateField, Field, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.domain import roles
from crm.domain.applications import DISPOSITION_WORDS, MARGIN_WORDS, Application, Words
from crm.domain.closings import Hired
from crm.domain.errors import Refused
from crm.domain.roles import GUARD_DAYS, HireSeen, Role
from crm.forms import NO_DAY, Form
from crm.forms.tellings import LettersFields

STATUS_WORDS = {"open": "Open", "sealed": "Sealed", "filled": "Filled", "closed": "Closed"}
STAGE_WORDS = {
    "applied": "applied", "screen": "first call", "interview": "interview", "onsite": "on site",
    "finalist": "finalist", "offer": "offer",
}  # fmt: skip
GUARDS = [("30", "30 days"), ("60", "60"), ("90", "90"), ("own", "Other")]


class RoleForm(Form):
    title = StringField("Title", validators=[DataRequired("A title is needed.")])
    team = StringField("Team")
    needs = TextAreaField("What it needs", description="Paste the text of the role, or a few words.")
    status = RadioField("Status", choices=list(STATUS_WORDS.items()), default="open")
    codename = StringField("Codename", description="What those who know call it. No letter may say it, nor the title.")
    marked_terms = TextAreaField(
        "Words that would give it away",
        description="One on each line: a place, a product, a name. No letter may say these either.",
    )
    opens_on = DateField(
        "Expected from",
        validators=[Optional()],
        invalid_value_message=NO_DAY,
        description="About when it opens; the first of the month will do.",
    )
    insiders = TextAreaField("Who may know", description="Beside you. Mail addresses of people here, one on each line.")

    def is_for(self, role: Role | None, *, owner: bool) -> "RoleForm":
        """Only the owner seals, opens, and says who may know."""
        if not owner:
            del self.insiders
        self.status.choices = [(word, STATUS_WORDS[word]) for word in _statuses(role, owner)]
        return self

    def insider_addresses(self) -> list[str] | None:
        """None where this is not to be changed."""
        if "insiders" not in self:
            return None
        return (self.insiders.data or "").replace(",", "\n").split("\n")

    def terms(self) -> list[str]:
        return (self.marked_terms.data or "").split("\n")


def _statuses(role: Role | None, owner: bool) -> tuple[str, ...]:
    """A new role has not ended yet; what is sealed is opened before it ends."""
    if role is None or role.is_sealed:
        return ("open", "sealed") if owner else ("sealed",)
    return roles.STATUSES if owner else ("open", "filled", "closed")


class HireFields(Form):
    hired_name = StringField("Who got it")
    hired_name_id = HiddenField()
    starts_on = DateField("Starts on", validators=[Optional()], invalid_value_message=NO_DAY)
    guard = RadioField("Hold the bench", choices=GUARDS, default=str(GUARD_DAYS))
    guard_days = IntegerField("Days", validators=[Optional()])

    def hired(self) -> Hired:
        days = self.guard_days.data if self.guard.data == "own" else int(self.guard.data)
        if days is None:
            raise Refused("Say for how many days the bench is held.", field="guard_days")
        return Hired(self.hired_name.data or "", self.hired_name_id.data or "", self.starts_on.data, days)

    def _field(self, name: str) -> Field | None:
        """What the domain calls the name of the hire is one name among several on this page."""
        return super()._field("hired_name" if name == "name" else name)


class PlaceForm(Form):
    reason = StringField("Why this place")
    good_until = DateField("Good until", validators=[Optional()], invalid_value_message=NO_DAY)


class ApplicationForm(LettersFields, Form):
    person = StringField("Who")
    person_id = HiddenField()
    stage = SelectField("Got as far as", choices=list(STAGE_WORDS.items()), default="finalist")
    applied_on = DateField("Applied on", validators=[Optional()], invalid_value_message=NO_DAY)
    disposition = SelectField("How it ended", choices=list(DISPOSITION_WORDS.items()))
    decided_on = DateField("Decided on", validators=[Optional()], invalid_value_message=NO_DAY)
    reason = StringField("Reason", description="From the list, or in your own words.")
    panel = StringField("Who met them", description="The panel, with commas between the names.")
    margin = RadioField("How close", choices=list(MARGIN_WORDS.items()), validate_choice=False)
    sentence = StringField("One sentence")
    missing = StringField("The one thing missing")
    would_change = StringField("What would change my mind")
    hire_for = StringField("Would hire for", description="Roles, with commas between them.")
    agreed = StringField("Who else agrees")
    call_again_on = DateField("Call again on", validators=[Optional()], invalid_value_message=NO_DAY)
    intent = HiddenField()

    def words(self) -> Words:
        given = {name: self[name].data or "" for name in ("margin", "sentence", "missing", "would_change", "agreed")}
        roles = [title.strip() for title in (self.hire_for.data or "").split(",")]
        return Words(**given, hire_for=roles, call_again_on=self.call_again_on.data)

    @property
    def has_words(self) -> bool:
        words = self.words()
        return any((words.margin, words.sentence, words.missing, words.would_change, words.agreed,
                    any(words.hire_for or []), words.call_again_on))  # fmt: skip


def known_of_role(role: Role) -> dict[str, object]:
    plain = {name: getattr(role, name) for name in ("title", "team", "needs", "status", "codename", "opens_on")}
    insiders = "\n".join(user.email for user in role.insiders)
    return {**plain, "insiders": insiders, "marked_terms": "\n".join(role.marked_terms)}


def known_of_hire(seen: HireSeen) -> dict[str, object]:
    days = str(seen.hire.guard_days)
    guard = {"guard": days} if days in dict(GUARDS) else {"guard": "own", "guard_days": seen.hire.guard_days}
    return {"hired_name": seen.name, "hired_name_id": seen.candidate_id, "starts_on": seen.hire.starts_on, **guard}


def known(application: Application) -> dict[str, object]:
    """What the form shows of the debrief, beside the application's own fields."""
    debrief = application.debrief
    if debrief is None:
        return {}
    plain = {name: getattr(debrief, name) for name in ("margin", "sentence", "missing", "would_change", "agreed")}
    return {**plain, "hire_for": ", ".join(debrief.hire_for), "call_again_on": debrief.call_again_on}
