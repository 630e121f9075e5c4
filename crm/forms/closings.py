"""Close the search: the hire, and rows of those who nearly made it."""

import re
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    DateField,
    EmailField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)  # fmt: skip
from wtforms import Form as PartOfForm
from wtforms.validators import Optional

from crm.domain import resumes
from crm.domain.applications import DISPOSITION_WORDS, MARGIN_WORDS, Words
from crm.domain.candidates import Candidate
from crm.domain.door_openers import Own, Telling
from crm.domain.errors import Refused
from crm.domain.finalists import Finalist
from crm.domain.resumes import Upload
from crm.domain.roles import Role
from crm.domain.users import User
from crm.forms import NO_DAY, Form
from crm.forms.roles import HireFields
from crm.forms.tellings import LettersFields
from crm.kit import gentle
from crm.kit.tokens import new_link

FIRST_ROWS = 3
MOST_ROWS = 30
PASSED_OVER = [
    (word, DISPOSITION_WORDS[word]) for word in ("rejected", "withdrew", "offer_declined", "offer_withdrawn")
]
ANOTHER = ("", "One that is not here yet")


class FinalistForm(PartOfForm):
    """One row. `received` is a file that came with the form, `filename` the name of one that is here already."""

    place = HiddenField()
    full_name = StringField("Name")
    full_name_id = HiddenField()
    margin = RadioField("How close", choices=list(MARGIN_WORDS.items()), validate_choice=False)
    sentence = StringField("One sentence")
    file = FileField("Resume")
    upload_id = HiddenField()
    email = EmailField("Mail address")
    missing = StringField("The one thing missing")
    would_change = StringField("What would change my mind")
    hire_for = StringField("Would hire for", description="Roles, with commas between them.")
    agreed = StringField("Who else agrees")
    tags = StringField("Tags", description="With commas between them.")
    call_again_on = DateField("Call again on", validators=[Optional()], invalid_value_message=NO_DAY)
    disposition = SelectField("How it ended", choices=PASSED_OVER, default="rejected")
    reason = StringField("Reason on record")
    own_decision = TextAreaField("The decision, in other words for them")
    own_question = TextAreaField("The question, in other words for them")

    MORE = ("missing", "would_change", "hire_for", "agreed", "tags", "email", "call_again_on", "disposition", "reason",
            "own_decision", "own_question")  # fmt: skip
    received: Upload | None = None
    trouble = ""
    filename = ""

    @property
    def is_empty(self) -> bool:
        named = (self.full_name.data or "").strip() or self.full_name_id.data
        return not (named or self.upload_id.data or self.has_file)

    @property
    def has_file(self) -> bool:
        return bool(getattr(self.file.data, "filename", ""))

    @property
    def is_open(self) -> bool:
        """Whether the further fields are shown: something was typed in them, or is wrong with them."""
        typed = (name for name in self.MORE if name != "email" and (self[name].data or "") not in {"", "rejected"})
        return any(typed) or any(self[name].errors for name in self.MORE)

    @property
    def remarks(self) -> list[str]:
        return gentle.remarks(self.sentence.data, self.missing.data, self.would_change.data)

    def validate_file(self, _field: Field) -> None:
        if self.trouble:
            raise ValidationError(self.trouble)

    def receive(self) -> None:
        """Keeping a file waits for the disk, so it comes before the first query."""
        self.file.data.stream.seek(0)
        try:
            self.received = resumes.receive(self.file.data.filename, self.file.data.read())
        except Refused as refusal:
            self.trouble = str(refusal)

    def finalist(self) -> Finalist:
        return Finalist(
            full_name=self.full_name.data or "",
            candidate_id=self.full_name_id.data or "",
            email=self.email.data or "",
            words=self._words(),
            tags=_listed(self.tags.data),
            upload_id=self.upload_id.data or "" if self.received is None else "",
            upload=self.received,
            disposition=self.disposition.data or "rejected",
            reason=self.reason.data or "",
        )

    @property
    def own(self) -> Own:
        return Own((self.own_decision.data or "").strip(), (self.own_question.data or "").strip())

    def _words(self) -> Words:
        """What was left empty says nothing, so that words of an earlier debrief stay."""
        given = {name: self[name].data or None for name in ("margin", "sentence", "missing", "would_change", "agreed")}
        return Words(**given, hire_for=list(_listed(self.hire_for.data)) or None, call_again_on=self.call_again_on.data)


class RowsForm(LettersFields, Form):
    """Rows that can be moved and added, with or without a script. Subclasses have `finalists`, FinalistForms."""

    intent = HiddenField()

    def begin(self) -> None:
        self.intent.data = new_link()

    @property
    def rows(self) -> list[FinalistForm]:
        """In the order that the page shows: a script renumbers the places, and leaves the names of the fields alone."""
        entries = [entry.form for entry in self.finalists]
        return sorted(entries, key=lambda row: _number(row.place.data, entries.index(row) + 1))

    @property
    def filled(self) -> list[FinalistForm]:
        return [row for row in self.rows if not row.is_empty]

    def receive(self) -> None:
        for row in self.rows:
            if row.has_file:
                row.receive()

    def rearrange(self, pressed: Any) -> bool:
        """Does what a button of the list asks for; False when none of them was pressed."""
        rows = self.rows
        if "add" in pressed and len(rows) < MOST_ROWS:
            rows.append(self.finalists.append_entry().form)
        for name, step in (("up", -1), ("down", 1)):
            _swap(rows, _number(pressed.get(name), -1), step)
        for place, row in enumerate(rows, 1):
            row.place.data = str(place)
        return not {"add", "up", "down"}.isdisjoint(pressed)

    def told(self, user: User) -> Telling:
        """What goes out, with the words of single rows."""
        return self.telling(user, {place: row.own for place, row in enumerate(self.filled)})

    def finalists_given(self) -> list[Finalist]:
        return [row.finalist() for row in self.filled]

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """Every field that has to be mended, by id, with its sentence; those of the whole have no id."""
        whole = [("", said) for said in (*self.form_errors, *self.finalists.errors) if isinstance(said, str)]
        fields = [field for field in self if field is not self.finalists]
        fields += [field for row in self.rows for field in row]
        return whole + [(field.id, str(said)) for field in fields for said in field.errors]

    def _field(self, name: str) -> Field | None:
        """The domain counts the rows that were filled in; `finalists-1-email` may be the third on the page."""
        found = re.fullmatch(r"finalists-(\d+)-(\w+)", name)
        if found is None:
            return super()._field(name)
        row = self.filled[int(found[1])]
        return row[found[2]] if found[2] in row else row["full_name"]


class ClosingForm(HireFields, RowsForm):
    finalists = FieldList(FormField(FinalistForm), "Nearly hired", min_entries=FIRST_ROWS, max_entries=MOST_ROWS)


class WithRole(Form):
    """Which role it is about: one of those offered, or a new one by its title."""

    role_id = SelectField("Role")
    title = StringField("Its title")
    team = StringField("Team")

    def offer(self, known: list[Role]) -> None:
        self.role_id.choices = [ANOTHER, *((role.id, f"{role.title}, {role.team}".strip(", ")) for role in known)]

    def new_title(self) -> str:
        return self.title.data or ""


class StartForm(WithRole, ClosingForm):
    pass


class BankForm(WithRole, RowsForm):
    finalists = FieldList(FormField(FinalistForm), "Who nearly got it", min_entries=1, max_entries=1)

    def fill_in(self, candidate: Candidate | None, role_id: str) -> None:
        self.role_id.data = role_id or self.role_id.data
        if candidate is not None:
            self.rows[0].full_name.data, self.rows[0].full_name_id.data = candidate.full_name, candidate.id


def _listed(words: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (words or "").split(",") if word.strip())


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 5 else otherwise


def _swap(rows: list[FinalistForm], at: int, step: int) -> None:
    if 0 <= at < len(rows) and 0 <= at + step < len(rows):
        rows[at], rows[at + step] = rows[at + step], rows[at]
