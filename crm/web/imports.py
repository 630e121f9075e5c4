"""Candidates from a file: choose it, say what its columns hold, look at what would happen, take it in, take it back."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import bases, candidates, imports, policy
from crm.domain.imports import FileImport
from crm.forms.imports import BasisForm, CandidateFileForm, MapForm
from crm.kit import cells, words
from crm.kit.tables import headers
from crm.web import paging
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("imports", __name__)


@bp.get("/imports")
def index() -> str:
    policy.require("import", by=me())
    page = paging.page_of(imports.listed(me()), imports.FileImport.read_at, imports.FileImport.id, newest_first=True)
    return render_template("imports/index.html", page=page)


@bp.route("/imports/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Keeping and reading the file waits for the disk and a process, so it comes before the first query."""
    form = CandidateFileForm()
    if request.method == "GET":
        policy.require("import", by=me())
        return render_template("imports/new.html", form=form)
    sent = request.files.get("file")
    name, content = (sent.filename or "", sent.read(imports.LARGEST + 1)) if sent else ("", b"")
    brought = form.take(lambda: imports.bring(imports.receive(name, content), by=me()))
    if brought is None:
        return render_template("imports/new.html", form=form), 422
    return redirect(url_for(".show", file_id=brought.id), 303)


@bp.get("/imports/<file_id>")
def show(file_id: str) -> ResponseReturnValue:
    return _page(_found(file_id))


@bp.post("/imports/<file_id>/check")
def check(file_id: str) -> ResponseReturnValue:
    brought, form = _found(file_id), MapForm()
    checked = form.take(
        lambda: imports.check(
            brought, by=me(), fields=request.form.getlist("field"), day_first=form.day_first.data != "no",
            on_known=form.on_known.data, tag=form.tag.data or "",
        )
    )  # fmt: skip
    if checked is None:
        return _page(_found(file_id), form=form, chosen=request.form.getlist("field"), status=422)
    return _back(file_id)


@bp.post("/imports/<file_id>/map")
def change_map(file_id: str) -> ResponseReturnValue:
    imports.change_map(_found(file_id), by=me())
    return _back(file_id)


@bp.post("/imports/<file_id>/start")
def start(file_id: str) -> ResponseReturnValue:
    imports.start(_found(file_id), by=me())
    return _back(file_id)


@bp.post("/imports/<file_id>/undo")
def undo(file_id: str) -> ResponseReturnValue:
    imports.undo(_found(file_id), by=me())
    return _back(file_id)


@bp.post("/imports/<file_id>/removal")
def drop(file_id: str) -> ResponseReturnValue:
    imports.drop(_found(file_id), by=me())
    flash("The file is gone again. Nobody was taken in.")
    return redirect(url_for(".index"), 303)


@bp.post("/imports/<file_id>/basis")
def record_bases(file_id: str) -> ResponseReturnValue:
    brought, form = _found(file_id), BasisForm()
    done = form.take(
        lambda: bases.record_for_all(brought, evidence=form.evidence.data or "", basis=form.basis.data, by=me())
    )
    if done is None:
        return _page(_found(file_id), basis=form, status=422)
    flash(f"On record for {words.several(done, 'person', 'people')}.")
    return _back(file_id)


@bp.get("/imports/<file_id>/problems.csv")
def problems(file_id: str) -> Response:
    brought = _found(file_id)
    told = imports.problems(brought, limit=imports.MOST_PROBLEMS)
    rows = ((one.number, "left out" if one.leaves_out else "taken in without it", one.text) for one in told)
    lines = cells.csv_lines(("Row", "What becomes of it", "Why"), rows)
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="problems.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/candidates/<candidate_id>/basis", methods=["GET", "POST"])
def basis(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), BasisForm()
    if request.method == "GET":
        return render_template("imports/basis.html", form=form, candidate=candidate)
    given = form.take(
        lambda: bases.record(candidate, evidence=form.evidence.data or "", basis=form.basis.data, by=me())
    )
    if given is None:
        candidate = candidates.find(candidate_id, seen_by=me())
        return render_template("imports/basis.html", form=form, candidate=candidate), 422
    flash("The basis is on record.")
    return redirect(back_to(candidate), 303)


def _found(file_id: str) -> FileImport:
    policy.require("import", by=me())
    return imports.find(file_id, by=me())


def _back(file_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show", file_id=file_id), 303)


def _page(
    brought: FileImport, *, form: MapForm | None = None, chosen: list[str] | None = None,
    basis: BasisForm | None = None, status: int = 200,
) -> tuple[str, int]:  # fmt: skip
    filled = form or MapForm(
        formdata=None, on_known=brought.on_known, day_first="yes" if brought.day_first else "no", tag=brought.tag
    )
    told = imports.problems(brought) if brought.state in {"checked", "running", "done", "failed"} else []
    return render_template(
        "imports/show.html", brought=brought, form=filled, basis=basis or BasisForm(formdata=None),
        columns=_columns(brought, chosen or brought.fields), choices=headers.FIELDS, problems=told,
        earlier=imports.before_this(brought) if brought.state in {"mapping", "checked"} else None,
        without_basis=bases.missing_in(brought) if brought.state == "done" else 0,
    ), status  # fmt: skip


def _columns(brought: FileImport, fields: list[str]) -> list[dict[str, Any]]:
    """Each with what it may hold, and the first values that stand in it."""
    if brought.state != "mapping":
        return []
    told = []
    for at, (name, field) in enumerate(zip(brought.columns, fields, strict=False)):
        values = [row[at] for row in brought.examples if isinstance(row, list) and at < len(row) and row[at].strip()]
        shown = [value[:60] for value in dict.fromkeys(values)][: imports.EXAMPLES]
        told.append({"name": name, "field": field, "examples": shown, "is_protected": headers.is_protected(name)})
    return told
