"""The colleague's answer, by link."""

from wtforms import StringField, TextAreaField

from crm.forms import Form


class AnswerForm(Form):
    answer = StringField("Your answer")
    words = TextAreaField("A few words")


class CodeForm(Form):
    code = StringField("The code")
