"""What a colleague says by link, and what a user writes to them."""

from wtforms import HiddenField, StringField, TextAreaField

from crm.forms import Form


class NeedsForm(Form):
    looking_for = TextAreaField("Whom are you looking for?")


class ColleagueLetterForm(Form):
    text = TextAreaField("What you want to say")
    intent = HiddenField()


class OutcomeForm(Form):
    said = StringField("What came of it?")
    words = TextAreaField("In a few words")
