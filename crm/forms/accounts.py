"""Getting in: set-up, sign-in, invitation, a new password."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from crm.domain.users import LONGEST_PASSWORD
from crm.forms import Form

ADDRESS_NEEDED = "Your mail address is needed."


class SignInForm(Form):
    email = EmailField("Mail address", validators=[DataRequired(ADDRESS_NEEDED), Length(max=254)])
    password = PasswordField(
        "Password", validators=[DataRequired("Your password is needed."), Length(max=LONGEST_PASSWORD)]
    )


class SetupForm(Form):
    code = StringField("Code from the terminal", validators=[DataRequired("The terminal shows it."), Length(max=40)])
    company = StringField("Company", validators=[DataRequired("Colleagues and candidates will read it.")])
    name = StringField("Your name", validators=[DataRequired("Your name is needed.")])
    email = EmailField("Your mail address", validators=[DataRequired(ADDRESS_NEEDED)])
    password = PasswordField("Password", validators=[DataRequired("A password is needed.")])


class ChoosePasswordForm(Form):
    password = PasswordField("Your new password", validators=[DataRequired("A password is needed.")])


class AskResetForm(Form):
    email = EmailField("Your mail address", validators=[DataRequired(ADDRESS_NEEDED)])
