"""What a colleague says by link, and what a user writes to them."""

from wtforms import FileField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired

from crm.domain.outcomes import SAID
from crm.forms import Form


class NeedsForm(Form):
    looking_for = TextAreaField("Whom are you looking for?")


class ColleagueLetterForm(Form):
    text = TextAreaField("What you want to say")
    intent = HiddenField()


class OutcomeForm(Form):
    outcome = RadioField(
        "What came of it?",
        choices=[SelectChoice(word, f"{phrase[0].upper()}{phrase[1:]}") for word, phrase in SAID.items()],
        validators=[DataRequired("Choose one of them.")],
    )
    words = TextAreaField("In a few words")


class AddressFileForm(Form):
    file = FileField("The file")
    numbers = StringField("Whom to take")


class NewsForm(Form):
    subject = StringField("Subject")
    text = TextAreaField("Your words")
    intent = HiddenField()
