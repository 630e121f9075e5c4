"""The first page: whom to write to today."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import forwards, today
from crm.domain.today import Today
from crm.forms.candidates import CONTACTS
from crm.kit import clock, words
from crm.web.access import me

bp = Blueprint("today", __name__)
SPELT = ("", "One person", "Two people", "Three people", "Four people", "Five people", "Six people", "Seven people",
         "Eight people", "Nine people", "Ten people")  # fmt: skip


@bp.get("/")
def show() -> str:
    day = today.of(me())
    return render_template(
        "today/show.html",
        day=day,
        sentence=_sentence(day),
        kinds=list(CONTACTS.items()),
        tomorrow=clock.today() + timedelta(days=1),
        most_counted=today.MOST_COUNTED - today.MOST_DUE,
    )


@bp.post("/answers/<forward_id>/sight")
def see(forward_id: str) -> ResponseReturnValue:
    forward = forwards.see_answer(forwards.find(forward_id, seen_by=me()), by=me())
    flash(f"The answer of {forward.colleague.name} stays with the forward.")
    return redirect(url_for("today.show"), 303)


def _sentence(day: Today) -> str:
    """ "Monday, 23 November. Five people, then you are done." """
    on = clock.today()
    count = len(day.promised) + len(day.answers) + len(day.keeping) + len(day.stuck) + len(day.due) + day.more_due
    people = SPELT[count] if count < len(SPELT) else words.several(count, "person", "people")
    return f"{on:%A}, {on.day} {on:%B}." + (f" {people}, then you are done." if count else "")
