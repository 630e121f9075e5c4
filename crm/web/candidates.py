"""Candidates: the list, the record, its page."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, erasing, finding, listing, merges, ownership, users
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing
from crm.forms.candidates import CandidateForm, known
from crm.web import candidate_list, undo
from crm.web.access import inside, may, me
from crm.web.candidate_page import back_to, page
from crm.web.paging import here, page_of, question
from crm.web.search import plain

bp = Blueprint("candidates", __name__)


@bp.get("/candidates")
def index() -> str:
    wanted, user = candidate_list.wanted(), me()
    listed, columns = listing.look_up(wanted, seen_by=user), listing.columns_of(user)
    order = wanted.order
    found = page_of(listed.query.options(listing.SHOWN), *order.columns, newest_first=order.newest_first)
    return render_template(
        "candidates/index.html",
        wanted=wanted,
        page=found,
        rows=listing.rows(list(found.items), seen_by=user, columns=columns),
        count=listed.count(),
        most=listing.MOST_COUNTED,
        filters=candidate_list.toggles(wanted),
        chips=candidate_list.chips(listed.chips),
        troubles=[*listed.troubles, *finding.troubles(wanted.q, seen_by=user)],
        orders=candidate_list.orders(wanted),
        here=here,
        address=question(),
        tagged=candidate_list.with_tag(),
        choices=candidate_list.CHOICES,
        columns=columns,
        every_column=listing.COLUMNS,
    )


@bp.post("/candidates/columns")
def choose_columns() -> ResponseReturnValue:
    listing.choose_columns(request.form.getlist("columns"), by=me())
    return redirect(inside(request.form.get("back") or url_for(".index")), 303)


@bp.get("/candidates/suggestions")
def suggestions() -> Response:
    """People by name, for choosing one."""
    found = finding.candidates_named(request.args.get("q", ""), seen_by=me())
    return jsonify(items=[
        {"id": one.id, "title": one.title, "snippet": plain(one.snippet), "kind": "candidate",
         "url": url_for("candidates.show", candidate_id=one.id)}
        for one in found
    ])  # fmt: skip


@bp.route("/candidates/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = CandidateForm(full_name=request.args.get("name", ""))
    form.offer(me())
    if request.method == "GET":
        return _form_page(form)
    candidate = form.take(lambda: _added(form))
    return _form_page(form, status=422) if candidate is None else _saved(candidate)


@bp.get("/candidates/<candidate_id>")
def show(candidate_id: str) -> ResponseReturnValue:
    """A record that was merged leads to the one that stands for it."""
    try:
        return page(candidates.find(candidate_id, seen_by=me()))
    except Missing:
        if stays := merges.kept_instead_of(candidate_id, seen_by=me()):
            return redirect(url_for(".show", candidate_id=stays), 302)
        raise


@bp.route("/candidates/<candidate_id>/edit", methods=["GET", "POST"])
def edit(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = CandidateForm(data=known(candidate))
    if may("restrict", candidate):
        form.offer(me(), candidate, ownership.possible_owners(candidate))
    else:
        form.leave_sharing_out()
    if request.method == "GET":
        return _form_page(form, candidate)
    if form.take(lambda: _changed(candidate, form)) is None:
        return _form_page(form, candidates.find(candidate_id, seen_by=me()), 422)
    return _saved(candidate)


@bp.post("/candidates/<candidate_id>/archival")
def archive(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.archive(candidates.find(candidate_id, seen_by=me()), by=me())
    undo_url = url_for("candidates.unarchive", candidate_id=candidate_id)
    undo.offer(f"{candidate.full_name} is in the archive: off the list and off Today.", undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/archival/undo")
def unarchive(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.unarchive(candidates.find(candidate_id, seen_by=me()), by=me())
    flash(f"{candidate.full_name} is back on the list.")
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/deletion")
def delete(candidate_id: str) -> ResponseReturnValue:
    candidate = erasing.delete(candidates.find(candidate_id, seen_by=me()), by=me())
    undo_url = url_for("candidates.restore", candidate_id=candidate_id)
    days = candidates.KEPT_AFTER_DELETION.days
    undo.offer(f"{candidate.full_name} is deleted, and gone for good in {days} days.", undo_url)
    return redirect(url_for("candidates.index"), 303)


@bp.post("/candidates/<candidate_id>/deletion/undo")
def restore(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.restore(candidates.find_deleted(candidate_id, by=me()), by=me())
    flash(f"{candidate.full_name} is back.")
    return redirect(back_to(candidate), 303)


# --- parts


def _added(form: CandidateForm) -> Candidate:
    return candidates.add(
        form.facts(), by=me(), visibility=form.visibility.data, team_id=form.team, intent=form.intent.data or ""
    )


def _changed(candidate: Candidate, form: CandidateForm) -> Candidate:
    candidates.change(candidate, form.facts(), by=me())
    if "visibility" in form:
        seen = (form.visibility.data, form.team if form.visibility.data == "team" else None)
        if seen != (candidate.visibility, candidate.team_id):
            candidates.share(candidate, seen[0], team_id=seen[1], by=me())
    if "owner_id" in form and form.owner_id.data and form.owner_id.data != candidate.owner_id:
        ownership.hand_over(candidate, users.find(form.owner_id.data), by=me())
    return candidate


def _saved(candidate: Candidate) -> ResponseReturnValue:
    """Asks the page to say who may be the same person."""
    flash("Saved.")
    return redirect(url_for("candidates.show", candidate_id=candidate.id, check=1), 303)


def _form_page(form: CandidateForm, candidate: Candidate | None = None, status: int = 200) -> ResponseReturnValue:
    return render_template("candidates/form.html", form=form, candidate=candidate), status
