"""Resumes: uploaded, shown as they came, read in the meantime, taken off and brought back."""

from urllib.parse import quote

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, proposals, resumes
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.resumes import Resume, Upload
from crm.headers import SANDBOX
from crm.kit import files, reading
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to, page

bp = Blueprint("resumes", __name__)


@bp.post("/resumes")
def upload() -> ResponseReturnValue:
    """A file whose person is not known yet, for pages that fill themselves from it."""
    try:
        kept = resumes.add(_received(), by=me())
    except Refused as refusal:
        return jsonify(error="refused", message=str(refusal), field=refusal.field), 422
    return jsonify(id=kept.id, name=kept.filename, state=kept.state), 201


@bp.get("/resumes/<resume_id>")
def state(resume_id: str) -> Response:
    """How far the reading of such a file is; only who brought it may ask."""
    waiting = resumes.find_upload(resume_id, by=me())
    return jsonify(
        id=waiting.id, name=waiting.filename, state=waiting.state, trouble=waiting.trouble, proposed=waiting.proposed
    )


@bp.post("/candidates/<candidate_id>/resumes")
def add(candidate_id: str) -> ResponseReturnValue:
    """Keeping the file waits for the disk, so it comes before the first query, which takes the write lock."""
    try:
        received = _received()
    except Refused as refusal:
        found = candidates.find(candidate_id, seen_by=me())
        return page(found, upload_error=str(refusal), status=422)
    candidate = candidates.find(candidate_id, seen_by=me())
    resumes.add(received, by=me(), candidate=candidate)
    return redirect(_place(candidate), 303)


@bp.post("/candidates/<candidate_id>/resumes/<resume_id>/removal")
def remove(candidate_id: str, resume_id: str) -> ResponseReturnValue:
    candidate, resume = _found(candidate_id, resume_id)
    resumes.remove(resume, candidate, by=me())
    undo_url = url_for("resumes.restore", candidate_id=candidate_id, resume_id=resume_id)
    undo.offer(f"{resume.filename} is off the record, and gone for good in a day.", undo_url)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/resumes/<resume_id>/removal/undo")
def restore(candidate_id: str, resume_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    resume = resumes.restore(resumes.find(candidate, resume_id, removed=True), candidate, by=me())
    flash(f"{resume.filename} is back.")
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/resumes/<resume_id>/proposals")
def take_over(candidate_id: str, resume_id: str) -> ResponseReturnValue:
    candidate, resume = _found(candidate_id, resume_id)
    proposals.take_over(candidate, resume, request.form.getlist("field"), by=me())
    flash("Taken over from the resume.")
    return redirect(url_for("candidates.show", candidate_id=candidate_id, check=1), 303)


@bp.get("/candidates/<candidate_id>/resumes/<resume_id>/file")
def file(candidate_id: str, resume_id: str) -> Response:
    _, resume = _found(candidate_id, resume_id)
    try:
        content = resumes.content(resume)
    except files.Missing as error:
        raise Missing from error
    return _of_others(content, resume.media_type, attachment(resume.filename))


@bp.get("/candidates/<candidate_id>/resumes/<resume_id>/preview/<int:number>")
def preview(candidate_id: str, resume_id: str, number: int) -> Response:
    _, resume = _found(candidate_id, resume_id)
    return _of_others(resumes.preview(resume, number), reading.PREVIEW_TYPE, "inline")


@bp.get("/candidates/<candidate_id>/resumes/<resume_id>/text")
def text(candidate_id: str, resume_id: str) -> str:
    candidate, resume = _found(candidate_id, resume_id)
    return render_template("resumes/text.html", candidate=candidate, resume=resume)


def attachment(filename: str) -> str:
    """RFC 6266: the plain name for old programs, the true one for all others."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _of_others(content: bytes, media_type: str, disposition: str) -> Response:
    """Bytes that somebody else made: shown or saved, never run, never kept by anything on the way."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


def _received() -> Upload:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused("Choose a file first.", field="file")
    return resumes.receive(sent.filename, sent.read())


def _found(candidate_id: str, resume_id: str) -> tuple[Candidate, Resume]:
    candidate = candidates.find(candidate_id, seen_by=me())
    return candidate, resumes.find(candidate, resume_id)


def _place(candidate: Candidate) -> str:
    return url_for("candidates.show", candidate_id=candidate.id)
