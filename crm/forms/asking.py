"""A candidate's answer to the question whether their resume may go to one person."""

from flask_babel import gettext as _
from wtforms import IntegerField, RadioField, SelectChoice
from wtforms.validators import Optional

from crm import language
from crm.domain.errors import Refused
from crm.domain.forward_questions import ForwardQuestion
from crm.forms import Form


class QuestionForm(Form):
    """Without a token against forgery, and so without a cookie: the link itself is the secret. Nothing is ticked."""

    class Meta:
        csrf = False

    answer = RadioField(validate_choice=False)
    months = IntegerField(validators=[Optional()])

    def blame(self, refusal: Refused) -> None:
        """In their language: what the domain refuses them is among language.TOLD."""
        super().blame(Refused(language.told(str(refusal)), field=refusal.field))

    def about(self, question: ForwardQuestion) -> "QuestionForm":
        company, blind = question.forward.company, question.forward.blind
        left_out = {"blind"} if blind and question.answer != "blind" else set()
        choices = {
            "yes": _("Yes, send it"),
            "blind": _("Only without my name"),
            "no": _("No, thank you"),
            "never": _("Never to %(company)s", company=company),
            "later": _("Not now, ask me later"),
        }
        self.answer.choices = [SelectChoice(said, label) for said, label in choices.items() if said not in left_out]
        return self
