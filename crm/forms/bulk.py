"""What is done to many at once, pools, and searches under a name."""

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from crm.domain import templates
from crm.domain.users import User, everybody_active
from crm.forms import Form

TOUCHES = [
    SelectChoice("note", "A note"), SelectChoice("mail", "A mail"), SelectChoice("call", "A call"),
    SelectChoice("meeting", "A meeting"), SelectChoice("thank_you", "A thank-you"),
]  # fmt: skip
WHOSE = [SelectChoice("out", "From us"), SelectChoice("in", "From them")]
VISIBLE = [SelectChoice("company", "Everybody here"), SelectChoice("team", "My team"), SelectChoice("owner", "Only me")]


class BulkForm(Form):
    """A page shows the fields of one kind of act; the people come beside it, by boxes."""

    name = StringField("Tag")
    pool = StringField("Pool")
    reason = StringField("Why they belong there")
    owner_id = SelectField("Who is to look after them", validate_choice=False)
    target_days = StringField("Be in touch every (days)")
    latest_days = StringField("At the latest after (days)")
    touch = SelectField("What it was", choices=TOUCHES, validate_choice=False)
    direction = RadioField("Whose it was", choices=WHOSE, default="out", validate_choice=False)
    text = TextAreaField("What was said")
    template_id = SelectField("Words", validate_choice=False)
    subject = StringField("Subject")
    people = HiddenField("People")
    intent = HiddenField()

    def offer(self, by: User) -> None:
        self.owner_id.choices = [SelectChoice(one.id, one.name) for one in everybody_active()]
        known = [SelectChoice(one.id, f"The template “{one.name}”") for one in templates.listed(by)]
        self.template_id.choices = [SelectChoice("", "My own, below"), *known]

    def given(self) -> dict[str, str]:
        return {field.name: field.data or "" for field in self if field.name not in ("people", "intent", "csrf_token")}


class PoolForm(Form):
    name = StringField("What it is called")
    about = TextAreaField("What it is for")
    visibility = RadioField("Who sees it", choices=VISIBLE, default="company", validate_choice=False)

    def team_of(self, user: User) -> str | None:
        """The first of their teams, where it is for a team."""
        return user.teams[0].id if self.visibility.data == "team" and user.teams else None


class SearchForm(Form):
    name = StringField("Name")
    search = HiddenField()
    alert = BooleanField("Tell me when somebody new fits")
    shared = BooleanField("For everybody here")
