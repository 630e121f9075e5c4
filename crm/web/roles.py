"""Roles: the list, one role with its hire, its bench and its applications, and what is written of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import (
    applications,
    benches,
    calls,
    closings,
    door_openers,
    duplicates,
    guards,
    matching,
    needs,
    personal_letters,
    policy,
    readiness,
    roles,
)
from crm.domain.applications import Application
from crm.domain.candidates import Candidate
from crm.domain.closings import Closing
from crm.domain.errors import Missing
from crm.domain.matching import Match
from crm.domain.roles import Hire, HireSeen, Role
from crm.forms.roles import STATUS_WORDS, HireFields, RoleForm, known_of_hire, known_of_role
from crm.kit import gentle
from crm.web import bench_page, leaving
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("roles", __name__)
MOST_KNOWN = 8


@bp.get("/roles")
def index() -> str:
    status = request.args.get("status", "")
    wanted = roles.listed(me(), status if status in roles.STATUSES else "")
    page = page_of(wanted, Role.changed_at, Role.id, newest_first=True)
    ids = [role.id for role in page.items]
    return render_template(
        "roles/index.html",
        page=page,
        hires=roles.hires(ids, seen_by=me()),
        counts=benches.counts(ids, seen_by=me()),
        filters=_filters(status),
        status=status,
    )


@bp.route("/roles/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = RoleForm().is_for(None, owner=True)
    if request.method == "GET":
        return _form_page(form)
    if request.form.get("look"):
        return _form_page(form, found=_known_for(form))
    role = form.take(lambda: roles.add(by=me(), **_words(form)))
    return _to(role) if role else (_form_page(form), 422)


@bp.get("/roles/<role_id>")
def show(role_id: str) -> str:
    role = roles.find(role_id, seen_by=me())
    places = benches.of(role, seen_by=me())
    known = applications.for_role(role, seen_by=me())
    by_person = {application.candidate_id: application for application in known}
    banked = _just_banked(role)
    ids = [by_person[row["candidate"].id].id for row in banked if row["candidate"].id in by_person]
    seen = roles.hire_of(role, seen_by=me()) if role.status == "filled" else None
    ready = readiness.of(role, [place.candidate for place in places], seen_by=me()) if places else {}
    return render_template(
        "roles/show.html",
        role=role,
        hire=seen,
        is_ending=seen is not None and guards.is_ending(seen.hire),
        longer=guards.LONGER,
        released=_released(role, seen),
        places=places,
        seen=benches.mark(place.candidate_id for place in places),
        ready=ready,
        drill=bench_page.drill(ready),
        suggestion=bench_page.suggestion(places, by_person),
        evenness=bench_page.evenness(known),
        call_list=calls.of(role),
        on_bench={place.candidate_id for place in places},
        applications=known,
        by_person=by_person,
        banked=banked,
        letters=door_openers.letters_of(ids) if ids else {},
        leaves=lambda at: leaving.at_words(at, me()),
        remarks=_remarks([by_person[row["candidate"].id] for row in banked if row["candidate"].id in by_person]),
    )


@bp.route("/roles/<role_id>/edit", methods=["GET", "POST"])
def edit(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    form = RoleForm(data=known_of_role(role)).is_for(role, owner=role.owner_id == me().id)
    if request.method == "GET":
        return _form_page(form, role)
    changed = form.take(lambda: roles.change(role, by=me(), **_words(form)))
    return _to(changed) if changed else (_form_page(form, role), 422)


@bp.route("/roles/<role_id>/hire", methods=["GET", "POST"])
def hire(role_id: str) -> ResponseReturnValue:
    role = roles.find(role_id, seen_by=me())
    policy.require("close", role, by=me())
    there = roles.hire_of(role, seen_by=me()) if role.status == "filled" else None
    form = HireFields(data=known_of_hire(there) if there else {})
    if request.method == "GET":
        return _hire_page(form, role)
    recorded = form.take(lambda: _corrected(form, role) if there else _hired(form, role))
    if recorded is None:
        return _hire_page(form, role), 422
    flash("The hire is changed." if there else "The hire is on record.")
    return _to(role)


# --- parts


def _hired(form: HireFields, role: Role) -> Hire:
    return closings.hire(role, form.hired(), by=me())


def _corrected(form: HireFields, role: Role) -> Hire:
    """Without what else a new hire brings: a next date that they were given since stays."""
    hired = form.hired()
    return roles.record_hire(
        role, by=me(), name=hired.name, candidate_id=hired.candidate_id or None, starts_on=hired.starts_on,
        guard_days=hired.guard_days,
    )  # fmt: skip


def _released(role: Role, seen: HireSeen | None) -> list[tuple[Candidate, bool]]:
    """Who was released and may be thanked by whoever decides here, with whether they were written to."""
    if seen is None or not policy.may("close", role, by=me()):
        return []
    people = guards.released(role, seen.hire, seen_by=me())
    thanked = guards.thanked(role) if people else set()
    return [(person, person.id in thanked) for person in people]


def _words(form: RoleForm) -> dict[str, Any]:
    lines = {name: form[name].data or "" for name in ("title", "team", "needs", "codename")}
    sealed = {"opens_on": form.opens_on.data, "insiders": form.insider_addresses(), "marked_terms": form.terms()}
    return {**lines, **sealed, "status": form.status.data}


def _just_banked(role: Role) -> list[dict[str, Any]]:
    """Those of the closing that was just made, with the records that may be of the same person."""
    closing = _closing(request.args.get("closing", ""), role)
    rows = closings.banked(closing, seen_by=me()) if closing else []
    fits = needs.who_looks_for(needs.facts_of([row.candidate for row in rows], seen_by=me())) if rows else {}
    return [
        {
            "candidate": row.candidate,
            "is_new": row.is_new,
            "fits": fits.get(row.candidate_id, []),
            "same": duplicates.of(row.candidate, seen_by=me()) if row.is_new else [],
            "against": personal_letters.stands_against(row.candidate) if closing and closing.letters != "none" else "",
        }
        for row in rows
    ]


def _remarks(applications: list[Application]) -> str:
    debriefs = [application.debrief for application in applications if application.debrief]
    found = gentle.remarks(*(words for d in debriefs for words in (d.sentence, d.missing, d.would_change)))
    return gentle.sentence(found) if found else ""


def _closing(closing_id: str, role: Role) -> Closing | None:
    try:
        closing = closings.find(closing_id, by=me()) if closing_id else None
    except Missing:
        return None
    return closing if closing and closing.role_id == role.id and closing.can_be_undone else None


def _to(role: Role) -> ResponseReturnValue:
    return redirect(url_for("roles.show", role_id=role.id), 303)


def _known_for(form: RoleForm) -> list[Match]:
    """Before anything is saved."""
    title, needs = form.title.data or "", form.needs.data or ""
    return matching.for_text(title or needs.strip().split("\n")[0][:200], needs, seen_by=me(), limit=MOST_KNOWN)


def _form_page(form: RoleForm, role: Role | None = None, found: list[Match] | None = None) -> str:
    met = matching.met(found or [])
    return render_template(
        "roles/form.html", form=form, role=role, teams=roles.team_names(me()), found=found, met=met,
        others=[match for match in found or [] if match not in met],
    )  # fmt: skip


def _hire_page(form: HireFields, role: Role) -> str:
    return render_template("roles/hire.html", form=form, role=role)


def _filters(status: str) -> list[dict[str, object]]:
    """Only those that would show something, beside "all"."""
    there = roles.statuses_of(me())
    items: list[dict[str, object]] = [{"label": "All", "url": url_for("roles.index"), "on": status not in there}]
    for word in (word for word in roles.STATUSES if word in there):
        url = url_for("roles.index", status=word)
        items.append({"label": STATUS_WORDS[word], "url": url, "on": word == status})
    return items
