"""An introduction: of whom, with what words; and the answer of those who are asked."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField

from crm.forms import Form

YES_OR_NO = [SelectChoice("yes", _("Yes please")), SelectChoice("no", _("No thank you"))]


class IntroductionForm(Form):
    to = StringField("To")
    told_candidate = TextAreaField("What the first is told of the second")
    told_other = TextAreaField("What the second is told of the first")
    names_colleague = BooleanField("Say who the colleague is")
    why = TextAreaField("Why, for us")
    intent = HiddenField()

    def carried(self) -> dict[str, str]:
        """What was filled in, as hidden fields of the second step."""
        plain = {field.name: field.data or "" for field in self if field.name not in {"csrf_token", "names_colleague"}}
        return plain | ({"names_colleague": "y"} if self.names_colleague.data else {})


class IntroductionAnswerForm(Form):
    """Nothing is chosen beforehand, so that a program that presses the button has said nothing."""

    answer = RadioField(_("Would you like to be introduced?"), choices=YES_OR_NO, validate_choice=False)
    shares = EmailField(_("Your address for them"))
