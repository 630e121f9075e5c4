"""The browser under the browser tests: it shows pages, and it notices what is wrong with them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from tests.servers import Unavailable
from tests.servers.chromium import Complaints, audit, find, looks, shots, visit

pytestmark = pytest.mark.e2e

HEAD = '<!doctype html><html lang="en"><head><title>Stand-in</title><link rel="icon" href="data:,">'
STYLE = "<link rel=stylesheet href=/look.css></head>"
PAGES = {
    "/": f"{HEAD}{STYLE}<body><main><h1>Stand-in</h1><p>All is well.</p><a href=/file>file</a></main></body></html>",
    "/look.css": "html{color-scheme:light dark;background:light-dark(#fff,#222)} a{color:light-dark(#00c,#9cf)}",
    "/dim": f"{HEAD}</head><body><main><h1>Dim</h1><p style='color:#ddd'>pale</p><img src=data:,></main></body></html>",
    "/broken": f"{HEAD}<script src=/broken.js></script></head><body><h1>Broken</h1></body></html>",
    "/broken.js": "undefined.call()",
    "/lost": f"{HEAD}</head><body><h1>Lost</h1><img alt='' src=/gone.png></body></html>",
    "/abroad": f"{HEAD}</head><body><h1>Abroad</h1><img alt='' src=https://elsewhere.example/dot.png></body></html>",
    "/file": "a file",
}
TYPES = {"css": "text/css", "js": "text/javascript", "file": "application/octet-stream"}
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'"


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self):
        text = PAGES.get(self.path)
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", TYPES.get(self.path.strip("/").split(".")[-1], "text/html"))
        if self.path == "/":
            self.send_header("Content-Security-Policy", POLICY + "; img-src 'self' data:")
        self.end_headers()
        self.wfile.write((text or "not here").encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def live_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def test_a_sound_page_is_shown_and_nothing_is_found(page):
    page.goto("/")
    assert page.get_by_role("heading").text_content() == "Stand-in"
    for look in looks(page):
        assert audit(page) == [], look


def test_a_download_is_no_failure(page):
    page.goto("/")
    with page.expect_download() as download:
        page.get_by_text("file").click()
    assert download.value.path().read_text() == "a file"


def test_an_audit_names_rule_and_element(page):
    page.goto("/dim")
    pale, nameless = sorted(audit(page))
    assert "color-contrast (serious)" in pale
    assert "<p style" in pale
    assert "image-alt (critical)" in nameless


def test_pictures_are_taken_in_all_looks_where_a_folder_is_named(page, tmp_path, monkeypatch):
    page.goto("/")
    monkeypatch.delenv("CRM_SHOTS", raising=False)
    shots(page, "none")
    monkeypatch.setenv("CRM_SHOTS", str(tmp_path))
    before = page.viewport_size
    shots(page, "stand-in")
    names = [f"stand-in-{look}.png" for look in ("1280-dark", "1280-light", "390-dark", "390-light")]
    assert sorted(picture.name for picture in tmp_path.iterdir()) == names
    assert page.viewport_size == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/broken", "page error: "),
        ("/lost", "console error: Failed to load resource: the server responded with a status of 404"),
        ("/nowhere", "status of 404"),
        ("/abroad", "request to another host: GET https://elsewhere.example/dot.png"),
        ("/abroad", "failed request: GET https://elsewhere.example/dot.png net::ERR_NAME_NOT_RESOLVED"),
    ],
)
def test_what_goes_wrong_fails_the_test(chromium, live_server, path, said):
    found = Complaints()
    with pytest.raises(AssertionError, match=said.split()[0]), visit(chromium, live_server.url, found) as opened:
        opened.goto(path)
    assert any(said in complaint for complaint in found), found


def test_an_expected_complaint_is_forgiven_and_a_missing_one_is_not(page, complaints):
    page.goto("/lost")
    complaints.expect("status of 404")
    with pytest.raises(AssertionError, match="nothing complained"):
        complaints.expect("status of 404")


def test_visitors_do_not_share_cookies(chromium, live_server):
    with (
        visit(chromium, live_server.url, Complaints()) as alice,
        visit(chromium, live_server.url, Complaints()) as bob,
    ):
        alice.goto("/")
        bob.goto("/")
        alice.evaluate("document.cookie = 'seen=1'")
        assert (alice.evaluate("document.cookie"), bob.evaluate("document.cookie")) == ("seen=1", "")


def test_a_missing_browser_is_named(monkeypatch):
    monkeypatch.setenv("CRM_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(Unavailable, match="/nowhere/chromium"):
        find()
