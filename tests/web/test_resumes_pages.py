"""Resumes on the page: uploaded, read in the meantime, shown, taken over, removed with undo."""

import io
from pathlib import Path

import pytest

from crm.db import unit_of_work
from crm.domain import candidates, resumes, users
from crm.kit import clock
from crm.worker import read_next
from tests import documents, make, people

PDF = documents.pdf()
REAL = Path(__file__).parents[3] / "shared" / "data" / "resumes"


@pytest.fixture
def prepare(app):
    def run(act):
        with app.app_context(), unit_of_work(writes=True):
            return act(users.by_email(people.address("alice")))

    return run


@pytest.fixture
def ada(prepare):
    return prepare(lambda alice: make.candidate(alice).id)


@pytest.fixture
def read(app):
    """What the worker does with one upload."""

    def run():
        with app.app_context():
            return read_next()

    return run


def upload(browser, candidate_id, name="Ada CV.pdf", content=PDF, status=200):
    page = browser.get(f"/candidates/{candidate_id}")
    return browser.submit(page, "/resumes", status, file=(io.BytesIO(content), name))


def address(page, ending):
    return next(link for link in page.links() if link.endswith(ending))


def test_an_upload_is_kept_read_and_shown(as_alice, read, ada):
    page = upload(as_alice, ada)
    assert "Being read" in page.text
    part = page.tree.get_element_by_id("resumes")
    assert (part.get("hx-trigger"), part.get("hx-select")) == ("every 1s", "#resumes")
    assert read()
    page = as_alice.get(page.path)
    assert "Being read" not in page.text
    assert page.tree.get_element_by_id("resumes").get("hx-trigger") is None
    assert "Ada CV.pdf" in page.text
    text = as_alice.get(address(page, "/text"))
    assert "Staff Engineer" in text.text


def test_the_file_comes_back_byte_for_byte_and_harmless(as_alice, ada):
    page = upload(as_alice, ada, name="עדה CV.pdf")
    answer = as_alice.get(address(page, "/file")).response
    assert answer.data == PDF
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=\"___ CV.pdf\"; filename*=UTF-8''%D7")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_first_page_is_a_picture(as_alice, read, ada):
    upload(as_alice, ada)
    read()
    page = as_alice.get(f"/candidates/{ada}")
    answer = as_alice.get(address(page, "/preview/1")).response
    assert (answer.mimetype, answer.data[:4]) == ("image/webp", b"RIFF")
    as_alice.get(address(page, "/preview/1")[:-1] + "9", status=404)


def test_proposals_are_taken_over_one_by_one_or_all(as_alice, read, ada):
    upload(as_alice, ada)
    read()
    page = as_alice.get(f"/candidates/{ada}")
    assert "The resume says something else." in page.text
    page = as_alice.submit(page, "/proposals", field="phone")
    assert "tel:+442079460958" in page.links()
    assert page.tree.findtext(".//h1") == "Ada Byron"
    page = as_alice.submit(page, "/proposals", field=["full_name", "headline", "location", "email"])
    assert page.tree.findtext(".//h1") == documents.NAME
    assert "The resume says something else." not in page.text


def test_a_file_that_cannot_be_read_says_why_and_can_be_downloaded(as_alice, read, ada):
    damaged = documents.damaged_pdf()
    upload(as_alice, ada, content=damaged)
    read()
    page = as_alice.get(f"/candidates/{ada}")
    assert "damaged" in page.text
    assert as_alice.get(address(page, "/file")).response.data == damaged


def test_the_same_file_twice_is_one_version(as_alice, ada):
    upload(as_alice, ada)
    page = upload(as_alice, ada, name="again.pdf")
    assert "versions" not in page.text
    assert len([link for link in page.links() if link.endswith("/file")]) == 1


def test_a_version_is_removed_and_brought_back(as_alice, ada):
    page = upload(as_alice, ada)
    file = address(page, "/file")
    page = as_alice.submit(page, "/removal")
    as_alice.get(file, status=404)
    page = as_alice.submit(page, "/removal/undo")
    assert as_alice.get(address(page, "/file")).response.data == PDF


# --- refused


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.pdf", b"", "empty"),
        ("program.pdf", b"MZ\x90\x00" + b"\x00" * 300, "none of them"),
        ("page.html", documents.html(), "none of them"),
        ("", PDF, "Choose a file"),
    ],
)
def test_what_is_no_resume_gets_a_sentence_and_leaves_no_file(app, as_alice, ada, name, content, said):
    page = upload(as_alice, ada, name=name, content=content, status=422)
    assert said in page.tree.get_element_by_id("upload-error").text_content()
    with app.app_context():
        assert resumes.store().all_keys() == []


def test_nothing_stays_on_the_disk_of_an_upload_to_nobody(app, as_alice):
    token = as_alice.get("/candidates/new").tree.xpath("//input[@name='csrf_token']/@value")[0]
    data = {"csrf_token": token, "file": (io.BytesIO(PDF), "a.pdf")}
    as_alice.post("/candidates/0000000000000000000a/resumes", data, status=404)
    with app.app_context():
        assert resumes.store().all_keys() == []


# --- an upload that waits for its person


def test_an_upload_without_a_person_answers_in_json(as_alice, read):
    token = as_alice.get("/candidates/new").tree.xpath("//input[@name='csrf_token']/@value")[0]
    sent = {"csrf_token": token, "file": (io.BytesIO(PDF), "Ada.pdf")}
    answer = as_alice.client.post("/resumes", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 201
    kept = answer.get_json()
    assert (kept["name"], kept["state"]) == ("Ada.pdf", "waiting")
    read()
    state = as_alice.client.get(f"/resumes/{kept['id']}").get_json()
    assert (state["state"], state["proposed"]["full_name"]) == ("read", documents.NAME)


def test_an_upload_that_is_no_resume_is_refused_in_json(as_alice):
    token = as_alice.get("/candidates/new").tree.xpath("//input[@name='csrf_token']/@value")[0]
    sent = {"csrf_token": token, "file": (io.BytesIO(b"MZ\x90"), "Ada.pdf")}
    answer = as_alice.client.post("/resumes", data=sent, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "file")


# --- hidden


def test_only_who_brought_an_upload_may_ask_for_it(as_charlie, prepare):
    waiting = prepare(lambda alice: resumes.add(resumes.receive("a.pdf", PDF), by=alice).id)
    as_charlie.get(f"/resumes/{waiting}", status=404)


def test_a_resume_is_reached_through_its_own_candidate_only(as_alice, as_charlie, prepare):
    def two(alice):
        hidden = make.candidate(alice, visibility="owner")
        shown = make.candidate(alice, "Somebody Else", email="")
        return hidden.id, shown.id, make.resume(hidden, alice).id

    hidden, shown, resume = prepare(two)
    as_alice.get(f"/candidates/{hidden}/resumes/{resume}/file")
    for path in ("file", "text", "preview/1"):
        as_charlie.get(f"/candidates/{hidden}/resumes/{resume}/{path}", status=404)
        as_charlie.get(f"/candidates/{shown}/resumes/{resume}/{path}", status=404)
        as_alice.get(f"/candidates/{shown}/resumes/{resume}/{path}", status=404)


def test_a_file_missing_on_the_disk_is_missing(app, as_alice, prepare, ada):
    page = upload(as_alice, ada)
    with app.app_context():
        for key in resumes.store().all_keys():
            resumes.store().remove(key)
    as_alice.get(address(page, "/file"), status=404)
    assert prepare(lambda alice: candidates.find(ada, seen_by=alice).changed_at) <= clock.now()


# --- real files


@pytest.mark.skipif(not REAL.is_dir(), reason="the real resumes are not beside this checkout")
def test_every_real_resume_comes_back_byte_for_byte(as_alice, ada):
    files = sorted(path for path in REAL.iterdir() if path.suffix in {".pdf", ".docx", ".odt", ".rtf", ".txt", ".doc"})
    for path in files:
        page = upload(as_alice, ada, name=path.name, content=path.read_bytes())
        assert as_alice.get(address(page, "/file")).response.data == path.read_bytes(), path.name
