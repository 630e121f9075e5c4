"""Close the search, bank one person, and take it back."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over, unit_of_work
from crm.domain import applications, candidates, closings, door_openers, finalists, resumes, roles, takebacks, users
from crm.domain.closings import Closing
from crm.domain.door_openers import Draft
from crm.domain.errors import Refused
from crm.domain.roles import Role
from crm.forms.closings import BankForm, ClosingForm, FinalistForm, RowsForm, StartForm, WithRole
from crm.web import access, undo
from crm.web.access import me

bp = Blueprint("closings", __name__)
NUMBERS = ("nobody", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
F = TypeVar("F", bound=RowsForm)
Preview = tuple[str, list[Draft]]
"""A name, and what they would read."""


@bp.route("/close", methods=["GET", "POST"])
def start() -> ResponseReturnValue:
    """Where everything begins: a role and three names."""
    form = _received(StartForm())
    known = roles.closable(me(), "open")
    form.offer(known)
    about = {"title": "Who nearly got your last role?", "role": None, "candidate": None, "known": known}
    return _answer(form, about, lambda: _close(form, _role_of(form), team=form.team.data or ""))


@bp.route("/roles/<role_id>/closing", methods=["GET", "POST"])
def show(role_id: str) -> ResponseReturnValue:
    form = _received(ClosingForm())
    role = roles.find(role_id, seen_by=me())
    if (
        request.method == "GET"
    ):  # the second half of a double click finds the search closed, and is answered all the same
        closings.require_open(role, by=me())
    about = {"title": f"Close the search: {role.title}", "role": role, "candidate": None, "known": []}
    return _answer(form, about, lambda: _close(form, role))


@bp.route("/bank", methods=["GET", "POST"], defaults={"candidate_id": ""})
@bp.route("/candidates/<candidate_id>/bank", methods=["GET", "POST"])
def bank(candidate_id: str) -> ResponseReturnValue:
    """The same form for one person, from anywhere."""
    form = _received(BankForm())
    candidate = candidates.find(candidate_id, seen_by=me()) if candidate_id else None
    known = roles.closable(me(), *roles.STATUSES)
    form.offer(known)
    if request.method == "GET":
        form.fill_in(candidate, request.args.get("role", ""))
    title = f"Bank {candidate.full_name}" if candidate else "Bank one person"
    about = {"title": title, "role": None, "candidate": candidate, "known": known}
    return _answer(form, about, lambda: _bank(form))


@bp.post("/closings/<closing_id>/undo")
def take_back(closing_id: str) -> ResponseReturnValue:
    closing = closings.find(closing_id, by=me())
    stay = [candidate.full_name for candidate in takebacks.undo(closing, by=me())]
    kept = f" What was banked of {_and(stay)} stays, since something was added to it." if stay else ""
    flash(f"Taken back.{kept}")
    return redirect(_result(closing), 303)


# --- one form, three pages


def _received(form: F) -> F:
    """Files are kept before the first query, so that nobody waits for the disk with the write lock in hand."""
    if request.method == "POST":
        form.receive()
    else:
        form.begin()
        form.propose(me())
    return form


def _answer(form: RowsForm, about: dict[str, Any], verb: Callable[[], Closing]) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(form, about)
    if form.rearrange(request.form):
        return _page(_with_files_held(form), about)
    if "preview" in request.form:
        seen = form.take(lambda: _previews(form, about["role"])) or []
        return _page(_with_files_held(form), about, seen), 200 if seen or not form.errors else 422
    closing = form.take(verb)
    if closing is None:
        return _page(_with_files_held(form), about), 422
    return _to_result(closing)


def _page(form: RowsForm, about: dict[str, Any], previews: list[Preview] | None = None) -> str:
    waiting = finalists.uploads([row.upload_id.data for row in form.rows if row.upload_id.data], by=me())
    for row in form.rows:
        kept = waiting.get(row.upload_id.data)
        row.upload_id.data, row.filename = (kept.id, kept.filename) if kept else ("", "")
    return render_template(
        "closings/form.html",
        form=form,
        reasons=applications.reasons(),
        teams=roles.team_names(me()),
        numbers=NUMBERS,
        call_again_on=finalists.call_again_by_default(),
        previews=previews,
        **about,
    )


def _to_result(closing: Closing) -> ResponseReturnValue:
    if closing.undone_at is None:
        count = closings.count(closing)
        people = f"{NUMBERS[count] if count < len(NUMBERS) else count} {'person is' if count == 1 else 'people are'}"
        undo.offer(f"{people.capitalize()} banked.", url_for("closings.take_back", closing_id=closing.id))
    return redirect(_result(closing), 303)


def _result(closing: Closing) -> str:
    if closing.role_id is None:
        return url_for("roles.index")
    shown = closing.id if closing.undone_at is None else None
    return url_for("roles.show", role_id=closing.role_id, closing=shown)


# --- what the form asks of the domain


def _close(form: ClosingForm, role: Role | str, team: str = "") -> Closing:
    intent = form.intent.data or ""
    return closings.close(
        role, form.finalists_given(), by=me(), intent=intent, hired=form.hired(), team=team, telling=form.told(me())
    )


def _bank(form: BankForm) -> Closing:
    row, intent = form.rows[0].finalist(), form.intent.data or ""
    team, telling = form.team.data or "", form.told(me())
    return closings.bank(_role_of(form), row, by=me(), intent=intent, team=team, telling=telling)


def _previews(form: RowsForm, role: Role | None) -> list[Preview]:
    """The letters of each row that was filled in, as they would be read; nothing is saved."""
    about = role or (_role_of(form) if isinstance(form, WithRole) else "")
    named = Role(title=about, status="open") if isinstance(about, str) else about
    telling, found = form.told(me()), []
    for row in form.filled:
        finalist = row.finalist()
        person, decides = finalists.previewed(finalist, by=me()), finalist.disposition == "rejected"
        found.append((person.full_name, door_openers.drafts(person, named, telling, row.own, by=me(), decides=decides)))
    return found


def _role_of(form: WithRole) -> Role | str:
    if not form.role_id.data:
        return form.new_title()
    return roles.find(form.role_id.data, seen_by=me())


def _with_files_held(form: F) -> F:
    """A form that is shown again is rolled back with all that came with it; its files are kept for the next try."""
    carrying = [row for row in form.rows if row.received is not None]
    if carrying:
        user_id = access.my_id()
        start_over()  # the write lock is given back first, or this would wait for itself
        with current_app.app_context(), unit_of_work(writes=True):
            for row in carrying:
                _hold(row, user_id)
    return form


def _hold(row: FinalistForm, user_id: str) -> None:
    row.receive()
    if row.received is None:
        raise Refused("This file could not be kept. Choose it again.", field="file")
    row.upload_id.data = resumes.add(row.received, by=users.find(user_id)).id


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
