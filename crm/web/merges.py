"""The same person twice: who that may be, two records beside each other, and the merge with its way back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, duplicates, finding, merges
from crm.domain.candidates import Candidate
from crm.domain.duplicates import DuplicatePair
from crm.domain.errors import Refused
from crm.forms import Form
from crm.web import undo
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("merges", __name__)
TAKEN = "take-"
"""Before the name of a field."""


@bp.get("/duplicates")
def index() -> str:
    columns = (DuplicatePair.score, DuplicatePair.found_at, DuplicatePair.older_id, DuplicatePair.newer_id)
    page = page_of(duplicates.waiting(seen_by=me()), *columns, newest_first=True)
    return render_template("merges/index.html", page=page, pairs=duplicates.shown(page.items))


@bp.get("/candidates/<candidate_id>/same")
def same(candidate_id: str) -> str:
    """Who may be the same person, anybody else by name, and what was merged into this record."""
    candidate = candidates.find(candidate_id, seen_by=me())
    query = request.args.get("q", "").strip()[:200]
    named = finding.candidates_named(query, seen_by=me()) if query else []
    return render_template(
        "merges/same.html", candidate=candidate, likely=duplicates.of(candidate, seen_by=me()), query=query,
        named=[one for one in named if one.id != candidate.id], merged=merges.of(candidate, seen_by=me()),
        why=duplicates.why,
    )  # fmt: skip


@bp.route("/candidates/<candidate_id>/same/<other_id>", methods=["GET", "POST"])
def compare(candidate_id: str, other_id: str) -> ResponseReturnValue:
    """The first is the record that stays."""
    kept = candidates.find(candidate_id, seen_by=me())
    if merges.kept_instead_of(other_id, seen_by=me()) == kept.id:  # pressed twice
        return redirect(url_for("candidates.show", candidate_id=kept.id), 303)
    gone, form = candidates.find(other_id, seen_by=me()), Form()
    if request.method == "GET":
        return _compared(kept, gone, form)
    take = [field for field in merges.FIELDS if request.form.get(f"{TAKEN}{field}") == "gone"]
    done = form.take(lambda: merges.merge(kept, gone, by=me(), take=take))
    if done is None:
        kept, gone = (candidates.find(one, seen_by=me()) for one in (candidate_id, other_id))
        return _compared(kept, gone, form, 422)
    undo.offer(f"{done.gone_name} is merged into this record.", url_for(".take_back", merge_id=done.id))
    return redirect(url_for("candidates.show", candidate_id=kept.id), 303)


@bp.post("/merges/<merge_id>/undo")
def take_back(merge_id: str) -> ResponseReturnValue:
    gone = merges.undo(done := merges.find(merge_id, seen_by=me()), by=me())
    flash(f"There are two records again. What came since stays with the one that stayed: {gone.full_name} is this one.")
    return redirect(url_for("candidates.show", candidate_id=done.gone_id), 303)


@bp.post("/candidates/<candidate_id>/same/<other_id>/apart")
def keep_apart(candidate_id: str, other_id: str) -> ResponseReturnValue:
    one, other = (candidates.find(each, seen_by=me()) for each in (candidate_id, other_id))
    duplicates.keep_apart(one, other, by=me())
    said = f"{one.full_name} and {other.full_name} are two people. That is not asked again."
    undo.offer(said, url_for(".ask_again", candidate_id=one.id, other_id=other.id))
    return redirect(url_for(".index"), 303)


@bp.post("/candidates/<candidate_id>/same/<other_id>/apart/undo")
def ask_again(candidate_id: str, other_id: str) -> ResponseReturnValue:
    one, other = (candidates.find(each, seen_by=me()) for each in (candidate_id, other_id))
    duplicates.ask_again(one, other)
    return redirect(url_for(".compare", candidate_id=one.id, other_id=other.id), 303)


def _compared(kept: Candidate, gone: Candidate, form: Form, status: int = 200) -> tuple[str, int]:
    if kept.id == gone.id:
        raise Refused("That is the same record. Choose two.")
    page = render_template(
        "merges/compare.html", kept=kept, gone=gone, form=form, lines=merges.compare(kept, gone),
        hang=[merges.what_hangs(one, seen_by=me()) for one in (kept, gone)], why=duplicates.why(kept, gone),
        days=merges.UNDO_WITHIN.days, allowed=merges.may_merge(kept, gone, by=me()), taken=TAKEN,
    )  # fmt: skip
    return page, status
