"""Many resumes at once, in the browser."""

import io

from crm.worker import Worker
from tests import documents

ADA = documents.txt("Ada Byron", ["Analyst", "ada@example.org", "+44 20 7946 0958"])
BEN = documents.txt("Ben Okafor", ["Engineer", "ben@example.org"])


def drop(browser, *files, page=None):
    sent = [(io.BytesIO(content), name) for name, content in files]
    return browser.submit(page or browser.get("/intake"), "/intake", file=sent)


def test_files_are_dropped_read_decided_on_and_taken_back(app, as_alice):
    start = as_alice.get("/intake")
    page = drop(as_alice, ("ada.txt", ADA), ("ben.txt", BEN), ("empty.txt", b""), page=start)
    assert "2 are still being read" in page.text
    assert "This file is empty." in page.text
    assert drop(as_alice, ("ada.txt", ADA), page=start).path == page.path
    Worker(app).drain()
    page = as_alice.get(page.path)
    assert "Analyst" in page.text
    page = as_alice.submit(page, page.path)
    assert "2 new candidates." in page.text
    assert "Ada Byron is a new candidate" in page.text
    assert "Ben Okafor" in as_alice.get("/candidates").text
    page = as_alice.submit(page, "/undo")
    assert "2 files wait for you again." in page.text
    assert "Ben Okafor" not in as_alice.get("/candidates").text
    assert "2 resumes" in as_alice.get("/intake").text


def test_without_a_file_it_says_so(as_alice):
    assert "Choose a file first." in as_alice.submit(as_alice.get("/intake"), "/intake", 422).text
