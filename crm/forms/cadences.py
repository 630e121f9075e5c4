"""How often to be in touch, and until when not."""

from wtforms import DateField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional

from crm.domain.warmth import PAUSE_WORDS
from crm.forms import NO_DAY, Form

NO_NUMBER = "Write a number of days."


class PauseForm(Form):
    why = SelectField(
        "Because they", id="pause-why", choices=[SelectChoice(why, words) for why, words in PAUSE_WORDS.items()]
    )
    until = DateField("Until", id="paused-until", validators=[Optional()], invalid_value_message=NO_DAY)


class CadenceForm(Form):
    """Of one person; an empty field is as everybody else."""

    target_days = IntegerField("Be in touch every (days)", validators=[Optional()], invalid_value_message=NO_NUMBER)
    latest_days = IntegerField("At the latest after (days)", validators=[Optional()], invalid_value_message=NO_NUMBER)


class DefaultForm(Form):
    target_days = IntegerField("Every (days)", validators=[InputRequired(NO_NUMBER)], invalid_value_message=NO_NUMBER)
    latest_days = IntegerField(
        "At the latest after (days)", validators=[InputRequired(NO_NUMBER)], invalid_value_message=NO_NUMBER
    )


class TagDefaultForm(DefaultForm):
    tag = StringField("Tag", validators=[DataRequired("Name a tag that somebody carries.")])
