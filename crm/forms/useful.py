"""Something useful: what it is, and who is to get it."""

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField

from crm.forms import Form

SHARED = [SelectChoice("company", "Everybody here"), SelectChoice("private", "Only me")]


class UsefulForm(Form):
    title = StringField("What it is")
    link = StringField("Link")
    file = FileField("Or a file")
    note = TextAreaField("A word with it")
    tags = StringField("For people with these tags")
    visibility = RadioField("Who may send it", choices=SHARED, default="company", validate_choice=False)
    intent = HiddenField()


class ChoiceForm(Form):
    """The people are picked by boxes, which the page itself reads."""

    people = HiddenField("People")
    batch = HiddenField()
