"""A letter to a candidate."""

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from crm.forms import Form
from crm.forms.candidates import PromiseFields


class PersonalLetterForm(PromiseFields, Form):
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Your words", validators=[DataRequired("Write a sentence or two.")])
    purpose = HiddenField()
    promise = HiddenField()
    role = HiddenField()
    intent = HiddenField()
