"""Plans of a few letters, and one letter of a sequence that runs."""

from typing import Any

from wtforms import (
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PartOfForm
from wtforms.validators import DataRequired, Optional

from crm.domain.sequence_plans import MOST_STEPS, QUIET_DAYS, Plan, Step
from crm.domain.starting_letters import STARTERS
from crm.forms import NO_DAY, Form

TEMPLATES = ("checking_in", "thanks")
OWN_WORDS = SelectChoice("", "My own words, below")
WORDS = [OWN_WORDS, *(SelectChoice(key, f"The template “{STARTERS[key].name}”") for key in TEMPLATES)]
NO_NUMBER = "This is not a number of days."


class StartForm(Form):
    plan = HiddenField()
    intent = HiddenField()


class SequenceStepForm(Form):
    subject = StringField("Subject", validators=[DataRequired("A subject is needed.")])
    text = TextAreaField("Your words", validators=[DataRequired("Write a sentence or two.")])
    on = DateField("Goes on", validators=[Optional()], invalid_value_message=NO_DAY)


class PlanStepForm(PartOfForm):
    wait_days = IntegerField("Days to wait", validators=[Optional()], invalid_value_message=NO_NUMBER)
    template = SelectField("Words", choices=WORDS, default="")
    subject = StringField("Subject")
    text = TextAreaField("Your words")

    @property
    def is_empty(self) -> bool:
        return not (self.template.data or (self.subject.data or "").strip() or (self.text.data or "").strip())

    def step(self, number: int) -> Step:
        usual = QUIET_DAYS if number else 0
        wait_days = usual if self.wait_days.data is None else self.wait_days.data
        return Step(wait_days, self.template.data or "", self.subject.data or "", self.text.data or "")


class PlanForm(Form):
    name = StringField("Name", validators=[DataRequired("A name is needed.")])
    steps = FieldList(FormField(PlanStepForm), min_entries=MOST_STEPS, max_entries=MOST_STEPS)

    def given(self) -> list[Step]:
        """The rows that were filled in, in their order."""
        filled = [row.form for row in self.steps if not row.form.is_empty]
        return [row.step(number) for number, row in enumerate(filled)]


def shown(plan: Plan) -> dict[str, Any]:
    """What the form shows of a plan."""
    return {"name": plan.name, "steps": [vars(step) for step in plan.steps]}
