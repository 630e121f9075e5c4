"""Resumes: kept as they came; their text follows when the worker has read them."""

from flask import Response

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, MOMENT, Given, maybe, named, number, shown, word
from crm.domain import candidates, resumes
from crm.domain.errors import Refused
from crm.domain.resumes import Resume, Upload
from crm.headers import SANDBOX
from crm.kit import files, sniff

STATES = ("waiting", "read", "unread")
FACTS = {
    "id": FREE,
    "candidate_id": FREE,
    "filename": FREE,
    "kind": word(sniff.MEDIA_TYPES),
    "media_type": FREE,
    "size": number(),
    "sha256": FREE,
    "state": {**word(STATES), "description": "`unread`: it is kept, and `trouble` says why it has no text."},
    "trouble": FREE,
    "pages": number(),
    "uploaded_at": MOMENT,
}
FIELDS = ("full_name", "email", "phone", "location", "headline")
PROPOSED = shown(**dict.fromkeys(FIELDS, maybe(FREE)))
ROW = named("Resume", shown(**FACTS))
WHOLE = named("ResumeRecord", shown(**FACTS, text=FREE, fields=PROPOSED))
PATH = "/candidates/{candidate_id}/resumes"
LOST = "The stored file is missing. Please tell your administrator."


@call("GET", PATH, "The resumes of a candidate, newest first", query=lists.asked(), answer=lists.of(ROW))
def index(asked: Given, candidate_id: str) -> Json:
    query = resumes.of(candidates.find(candidate_id, seen_by=me()))
    return lists.page(query, asked, Resume.uploaded_at, Resume.id, show=lists.each(_row), newest_first=True)


@call("POST", PATH, "Add a resume", upload=True, answer=ROW, status=201)
def add(upload: Upload, candidate_id: str) -> Json:
    """The same file once more is the version that is there already."""
    candidate = candidates.find(candidate_id, seen_by=me())
    return _row(resumes.add(upload, by=me(), candidate=candidate))


@call("GET", PATH + "/{resume_id}", "A resume with its text, and what was found in it", answer=WHOLE)
def show(candidate_id: str, resume_id: str) -> Json:
    resume = _find(candidate_id, resume_id)
    fields = {name: resume.proposed.get(name) for name in FIELDS}
    return _row(resume) | {"text": resume.text, "fields": fields}


@call("GET", PATH + "/{resume_id}/file", "The file as it came", media="application/octet-stream")
def file(candidate_id: str, resume_id: str) -> Response:
    resume = _find(candidate_id, resume_id)
    try:
        response = Response(resumes.content(resume), content_type=resume.media_type)
    except files.Missing as error:
        raise Refused(LOST) from error
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers.set("Content-Disposition", "attachment", filename=resume.filename)
    return response


@call("DELETE", PATH + "/{resume_id}", "Remove a resume; in the browser it can be undone for a day")
def remove(candidate_id: str, resume_id: str) -> None:
    candidate = candidates.find(candidate_id, seen_by=me())
    resumes.remove(resumes.find(candidate, resume_id), candidate, by=me())


def _find(candidate_id: str, resume_id: str) -> Resume:
    return resumes.find(candidates.find(candidate_id, seen_by=me()), resume_id)


def _row(resume: Resume) -> Json:
    return {
        "id": resume.id,
        "candidate_id": resume.candidate_id,
        "filename": resume.filename,
        "kind": resume.kind,
        "media_type": resume.media_type,
        "size": resume.size,
        "sha256": resume.sha256,
        "state": resume.state,
        "trouble": resume.trouble,
        "pages": resume.pages,
        "uploaded_at": resume.uploaded_at,
    }
