"""Somebody in the address book."""

from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import DataRequired

from crm.forms import Form


class ColleagueForm(Form):
    name = StringField("Name", validators=[DataRequired("A name is needed.")])
    email = EmailField("Mail address", validators=[DataRequired("A mail address is needed.")])
    company = StringField("Company", validators=[DataRequired("Say at which company they are.")])
    relation = StringField("How you know them")
    looking_for = TextAreaField("What they are looking for")
