"""The first page: whom to write to today."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import forwards, news, today
from crm.domain.today import Today
from crm.forms.candidates import CONTACTS
from crm.kit import addresses, clock, words
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


@bp.post("/news/<news_id>/sight")
def see_news(news_id: str) -> ResponseReturnValue:
    told = news.see(news.find(news_id, seen_by=me()), by=me())
    flash(f"Put aside: {told.sentence}.")
    return redirect(url_for("today.show"), 303)


def _sentence(day: Today) -> str:
    """ "Monday, 23 November. Five people, then you are done." """
    on = clock.today()
    count = _count(day)
    people = SPELT[count] if count < len(SPELT) else words.several(count, "person", "people")
    return f"{on:%A}, {on.day} {on:%B}." + (f" {people}, then you are done." if count else "")


def _count(day: Today) -> int:
    """Each person once, whatever they stand there for; of a call list, whoever is next on it."""
    due, known = (*day.promised, *day.due), [one for one in day.replies if one.candidate_id]
    on_record = {one.candidate.id for one in due} | {one.candidate_id for one in day.keeping}
    on_record |= {told.candidate_id for told in day.news if told.candidate_id}
    on_record |= {one.candidate_id for one in known if one.candidate_id}
    theirs = {email.mailbox for one in due for email in one.candidate.emails}
    theirs |= {addresses.normal(one.from_address) for one in known}
    others = {addresses.normal(one.from_address) for one in day.replies if not one.candidate_id}
    others |= {addresses.normal(one.colleague.email) for one in day.answers} | {one.to_mailbox for one, _ in day.stuck}
    return len(on_record) + len(others - theirs) + len(day.roles.calls) + day.more_due
