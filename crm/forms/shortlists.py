"""Several forwards in one act: who, to whom, with what words."""

from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField

from crm.forms.sending import LookedAtForm


class ShortlistForm(LookedAtForm):
    people = SelectMultipleField("Who", validate_choice=False)
    to = SelectMultipleField("To", validate_choice=False)
    who = StringField("Somebody else")
    whom = StringField("Another colleague")
    note = TextAreaField("Your note")
    blind = BooleanField("Without their names")
