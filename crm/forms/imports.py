"""Files of candidates: the file, what its columns hold, and what is to be done with whom one knows."""

from wtforms import FileField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired

from crm.domain.bases import BASIS_WORDS
from crm.domain.imports import ON_KNOWN
from crm.forms import Form


class CandidateFileForm(Form):
    file = FileField("The file")


class MapForm(Form):
    on_known = RadioField(
        "Who is on record already", choices=[SelectChoice(*one) for one in ON_KNOWN.items()], default="update"
    )
    day_first = RadioField(
        "03/04/2021 is", choices=[SelectChoice("yes", "3 April"), SelectChoice("no", "4 March")], default="yes"
    )
    tag = StringField("A tag for everybody in it")
    fields = StringField("What the columns hold")


class BasisForm(Form):
    basis = RadioField(
        "The basis",
        choices=[SelectChoice(*one) for one in BASIS_WORDS.items()],
        validators=[DataRequired("Choose one of them.")],
    )
    evidence = StringField("Where that is to be found")
