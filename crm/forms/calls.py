"""The hire that fell through, what a call came to, and the words of a letter."""

from wtforms import DateField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.forms import NO_DAY, Form

WHY = [
    SelectChoice("declined", "They declined after all"),
    SelectChoice("no_show", "They did not start"),
    SelectChoice("left", "They left"),
    SelectChoice("let_go", "They were let go"),
]


class FallThroughForm(Form):
    why = RadioField("What happened", choices=WHY, validators=[DataRequired("Choose what happened.")])
    on = DateField("On", validators=[Optional()], invalid_value_message=NO_DAY)


class OutcomeForm(Form):
    outcome = HiddenField()
    was = HiddenField()
    thinking_until = DateField("Until", validators=[Optional()], invalid_value_message=NO_DAY)
    note = TextAreaField("Note")


class CallLetterForm(Form):
    purpose = HiddenField()
    intent = HiddenField()
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Letter", validators=[DataRequired("A letter needs words.")])
