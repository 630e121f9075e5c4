"""The question whether we may keep in touch: the candidate's answer, and the office's words for one person."""

from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired

from crm import language
from crm.domain import keeping_answers
from crm.forms import Form

ANSWERS = [SelectChoice("yes", _("Yes, keep in touch")), SelectChoice("no", _("No, thank you"))]


class KeepingAnswerForm(Form):
    """Without a token against forgery, and so without a cookie: the link itself is the secret."""

    class Meta:
        csrf = False

    answer = RadioField(_("Your answer"), choices=ANSWERS, validate_choice=False)
    words = TextAreaField(_("A few words"))
    not_before = SelectField(_("With a yes: not before"), validate_choice=False)

    def offer(self, is_open: bool = True) -> "KeepingAnswerForm":
        """What can be said; once the question is closed, a yes can only be taken back."""
        self.answer.choices = ANSWERS if is_open else ANSWERS[1:]
        months = [(month.isoformat(), language.month(month)) for month in keeping_answers.months()]
        self.not_before.choices = [("", _("Any time")), *months]
        return self

    @property
    def month(self) -> date | None:
        """One of those offered; anything else is any time."""
        offered = {month.isoformat(): month for month in keeping_answers.months()}
        return offered.get(self.not_before.data or "")


class AskForm(Form):
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Your words", validators=[DataRequired("Write a sentence or two.")])
    intent = HiddenField()
