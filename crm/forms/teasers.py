"""Somebody without a name: what is told of them; and the colleague's answer."""

from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms import SelectMultipleField as Several

from crm.forms import Form
from crm.forms.sending import AddressedForm

ANSWERS = [
    SelectChoice("interested", "I am interested: ask them whether I may see their resume"),
    SelectChoice("not_now", "Not now"),
    SelectChoice("not_a_fit", "Not a fit"),
]


class TeaserForm(AddressedForm):
    headline = StringField("Headline")
    strengths = Several("Strengths", validate_choice=False)
    words = TextAreaField("In your own words")


class TeaserAnswerForm(Form):
    """Nothing is chosen beforehand, so that a program that presses the button has said nothing."""

    answer = RadioField("Would you like to know who it is?", choices=ANSWERS, validate_choice=False)
    words = TextAreaField("A few words")
