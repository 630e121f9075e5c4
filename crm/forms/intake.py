"""Many resumes at once, and what becomes of each."""

from wtforms import HiddenField, MultipleFileField

from crm.forms import Form


class IntakeForm(Form):
    file = MultipleFileField("Resumes")
    intent = HiddenField()


class TakingForm(Form):
    """The choices have the ids of the files in their names; the page reads them itself."""
