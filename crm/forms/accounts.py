"""Getting in: set-up, sign-in, invitation, a new password."""

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from crm.domain.users import LONGEST_PASSWORD
from crm.forms import Form


class SignInForm(Form):
    email = EmailField("Mail address", validators=[DataRequired("Your mail address is needed."), Length(max=254)])
    password = PasswordField(
        "Password", validators=[DataRequired("Your password is needed."), Length(max=LONGEST_PASSWORD)]
    )


class SetupForm(Form):
    code = StringField("Code from the terminal", validators=[DataRequired("The terminal shows it."), Length(max=40)])
    company = StringField("Company", validators=[DataRequired("Colleagues and candidates will read it.")])
    name = StringField("Your name", validators=[DataRequired("Your name is needed.")])
    email = EmailField("Your mail address", validators=[DataRequired("Your mail address is needed.")])
    password = PasswordField("Password", validators=[DataRequired("A password is needed.")])
