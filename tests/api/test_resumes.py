"""Resumes by the API: the bytes that came are the bytes that are given back."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, resumes, users
from tests import documents, people
from tests.api.program import Program

REAL = Path(__file__).parents[3] / "shared" / "data" / "resumes"
TEXT = b"Ada Byron\nada@example.org\nStreaming data with Kafka\n"


def upload(program, candidate_id, content=TEXT, name="ada.txt", status=201):
    return program.post(f"/candidates/{candidate_id}/resumes", data={"file": (BytesIO(content), name)}, status=status)


def read_it(app, candidate_id, resume_id):
    """As the worker does."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        resume = resumes.find(candidates.find(candidate_id, seen_by=alice), resume_id)
        resumes.write_down(resume, *resumes.read_file(resumes.content(resume), resume.kind))


def stored(app):
    return [path for path in app.config["FIRST_CALL"].files.rglob("*") if path.is_file()]


def test_a_resume_is_kept_read_and_given_back(app, alices, ada):
    made = upload(alices, ada)
    assert (made["sha256"], made["state"], made["size"]) == (sha256(TEXT).hexdigest(), "waiting", len(TEXT))
    path = f"/candidates/{ada}/resumes/{made['id']}"
    assert (alices.get(path)["text"], set(alices.get(path)["fields"].values())) == ("", {None})
    assert alices.get(f"{path}/file") == TEXT
    read_it(app, ada, made["id"])
    told = alices.get(path)
    assert (told["state"], told["trouble"]) == ("read", "")
    assert "Kafka" in told["text"]
    assert told["fields"]["email"] == "ada@example.org"
    assert alices.get("/search?q=kafka")["items"][0]["id"] == ada
    (row,) = alices.get(f"/candidates/{ada}/resumes")["items"]
    assert row == {name: value for name, value in told.items() if name not in {"text", "fields"}}


def test_the_file_comes_as_a_file_in_which_nothing_runs(alices, ada):
    content = documents.pdf(name="Ada Byron", lines=["Kafka"])
    made = upload(alices, ada, content, "../evil;x=y/räsumé “1”.exe")
    answer = alices.ask("GET", f"/candidates/{ada}/resumes/{made['id']}/file")
    assert answer.data == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "exe" not in answer.headers["Content-Disposition"]


def test_the_same_file_once_more_is_the_same_resume(app, alices, ada):
    assert upload(alices, ada)["id"] == upload(alices, ada, name="other.txt")["id"]
    assert len(stored(app)) == 1


def test_versions_are_kept_newest_first_and_one_is_removed(alices, ada):
    first, second = upload(alices, ada), upload(alices, ada, TEXT + b"and Flink")
    assert [item["id"] for item in alices.get(f"/candidates/{ada}/resumes")["items"]] == [second["id"], first["id"]]
    alices.delete(f"/candidates/{ada}/resumes/{second['id']}")
    assert [item["id"] for item in alices.get(f"/candidates/{ada}/resumes")["items"]] == [first["id"]]
    alices.get(f"/candidates/{ada}/resumes/{second['id']}", 404)
    alices.get(f"/candidates/{ada}/resumes/{second['id']}/file", 404)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real resumes are not here")
def test_real_resumes_come_back_byte_for_byte(alices, ada):
    files = sorted(path for path in REAL.rglob("*") if path.suffix in {".pdf", ".docx", ".doc", ".odt", ".rtf", ".txt"})
    assert files
    for path in files:
        made = upload(alices, ada, path.read_bytes(), path.name)
        assert alices.get(f"/candidates/{ada}/resumes/{made['id']}/file") == path.read_bytes(), path.name


# --- what is refused


NO_RESUMES = [
    (b"", "ada.txt"),
    (b"\x00\x00", "ada.txt"),
    (b"MZ" + b"\x90" * 200, "ada.pdf"),
    (b"<script>alert(1)</script>", "ada.txt"),
    (b"\x89PNG\r\n\x1a\n" + b"\x01" * 60, "ada.png"),
    (b"PK\x03\x04" + b"\x00" * 60, "ada.docx"),
]


def test_what_is_no_resume_is_refused_and_not_kept(app, alices, ada):
    for content, name in NO_RESUMES:
        told = upload(alices, ada, content, name, 422)
        assert told["field"] == "file"
        assert stored(app) == []


def test_a_file_over_the_limit_is_refused(app, alices, ada):
    assert upload(alices, ada, b"a line of text\n" * 1_400_000, status=422)["field"] == "file"
    assert stored(app) == []


def test_one_file_in_its_field_and_nothing_else(alices, ada):
    path = f"/candidates/{ada}/resumes"
    two = {"file": [(BytesIO(TEXT), "a.txt"), (BytesIO(TEXT), "b.txt")]}
    assert alices.post(path, data=two, status=422)["field"] == "file"
    assert alices.post(path, data={"resume": (BytesIO(TEXT), "a.txt")}, status=422)["field"] == "resume"
    assert (
        alices.post(path, data={"file": "only text"}, content_type="multipart/form-data", status=422)["field"] == "file"
    )
    more = {"file": (BytesIO(TEXT), "a.txt"), "name": "x"}
    assert alices.post(path, data=more, status=422)["field"] == "name"
    alices.post(path, {"file": "text"}, 415)


def test_nothing_is_kept_for_a_candidate_who_is_not_there(app, alices, charlies):
    hidden = alices.post("/candidates", {"full_name": "Own", "visibility": "owner"})["id"]
    for one in (hidden, "0" * 20, "x", "%00"):
        upload(charlies, one, status=404)
    assert stored(app) == []


def test_a_token_to_read_brings_nothing(app, ada):
    upload(Program(app, "alice", "read"), ada, status=403)
    assert stored(app) == []


def test_a_stored_file_that_was_changed_is_not_given_out(app, alices, ada):
    made = upload(alices, ada)
    (path,) = stored(app)
    path.write_bytes(b"changed")
    assert "administrator" in alices.get(f"/candidates/{ada}/resumes/{made['id']}/file", 422)["message"]
    path.unlink()
    assert "administrator" in alices.get(f"/candidates/{ada}/resumes/{made['id']}/file", 422)["message"]


# --- what is hidden


def test_a_hidden_resume_is_missing_by_every_way(app, alices, charlies, ada):
    hidden = alices.post("/candidates", {"full_name": "Own", "visibility": "owner"})["id"]
    resume = upload(alices, hidden)["id"]
    answers = [
        charlies.ask("GET", f"/candidates/{person}/resumes/{one}{part}")
        for person in (hidden, ada)
        for one in (resume, "0" * 20, "x", "%00")
        for part in ("", "/file")
    ]
    assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}
    alices.get(f"/candidates/{ada}/resumes/{resume}", 404)


def test_an_upload_that_waits_for_its_person_belongs_to_nobody(app, alices, ada):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        waiting = resumes.add(resumes.receive("x.txt", TEXT), by=alice)
        resume_id = waiting.id
    alices.get(f"/candidates/{ada}/resumes/{resume_id}", 404)
