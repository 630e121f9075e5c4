"""A candidate's answer to the question whether their resume may go to one person."""

from wtforms import IntegerField, RadioField, SelectChoice
from wtforms.validators import Optional

from crm.domain.forward_questions import ForwardQuestion
from crm.forms import Form

CHOICES = {
    "yes": "Yes, send it",
    "blind": "Only without my name",
    "no": "No, thank you",
    "never": "Never to {company}",
    "later": "Not now, ask me later",
}


class QuestionForm(Form):
    """Without a token against forgery, and so without a cookie: the link itself is the secret. Nothing is ticked."""

    class Meta:
        csrf = False

    answer = RadioField("Your answer", validate_choice=False)
    months = IntegerField("Ask me again in how many months", validators=[Optional()])

    def about(self, question: ForwardQuestion) -> "QuestionForm":
        company, blind = question.forward.company, question.forward.blind
        left_out = {"blind"} if blind and question.answer != "blind" else set()
        self.answer.choices = [
            SelectChoice(said, label.format(company=company)) for said, label in CHOICES.items() if said not in left_out
        ]
        return self
