"""The shape of input. What a field may contain is the domain's word; here is what fields there are."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from crm.db import start_over
from crm.domain.errors import Refused, TooMany
from crm.language import told

T = TypeVar("T")

NO_DAY = "This is not a day that we can read; write it like 2026-12-07."


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Form(FlaskForm):
    """`take` runs a verb with what was filled in; a refusal lands as a sentence at its field."""

    def take(self, verb: Callable[[], T]) -> T | None:
        """What the verb returned, or None when the form has to be shown again (with 422)."""
        if not self.validate():
            return None
        try:
            return verb()
        except TooMany:
            raise
        except Refused as refusal:
            start_over()
            self.blame(refusal)
            return None

    def blame(self, refusal: Refused) -> None:
        field = self._field(refusal.field)
        if field is None:
            self.form_errors.append(told(str(refusal)))
        else:
            field.errors = [*field.errors, told(str(refusal))]

    def _field(self, name: str) -> Field | None:
        """`finalists-0-full_name` is found inside the list of forms."""
        found: Any = self
        for part in name.split("-"):
            found = found[int(part)] if part.isdigit() and int(part) < len(found) else _named(found, part)
            if found is None:
                return None
        return found if isinstance(found, Field) else None


def _named(within: Any, part: str) -> Any:
    inner = getattr(within, "form", within)
    return inner[part] if hasattr(inner, "_fields") and part in inner else None
