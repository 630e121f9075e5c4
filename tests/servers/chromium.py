"""A real Chromium for the tests, which watches every page: what goes wrong in the browser fails the test.

Import the fixtures where browser tests live, beside a `live_server` fixture with a `url`; `page` opens its addresses.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.servers import Unavailable, needed

USUAL = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing leaves this machine
)
WIDTHS = {390: 844, 1280: 800}  # a phone and a desk: width and height in pixels
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE = 10_000  # milliseconds
GIVEN_UP = "net::ERR_ABORTED"  # by the browser itself, for a download or the next page


class Complaints(list[str]):
    """What went wrong in the browser during a test, as sentences."""

    def expect(self, words: str) -> None:
        """Takes out the complaints that the test meant to cause, such as "status of 404". There must be one."""
        others = [complaint for complaint in self if words not in complaint]
        assert len(others) < len(self), f"nothing complained of {words!r}: {list(self)}"
        self[:] = others

    def watch(self, context: BrowserContext, origin: str) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.append(f"page error: {error.error}"))
        context.on("requestfailed", self._lose)
        context.on("request", lambda request: self._leave(request, origin))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def _lose(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self.append(f"failed request: {request.method} {request.url} {request.failure}")

    def _leave(self, request: Request, origin: str) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and f"{address.scheme}://{address.netloc}" != origin:
            self.append(f"request to another host: {request.method} {request.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with needed():
        program = find()
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=ARGUMENTS) as browser,
    ):
        yield browser


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(chromium: Browser, live_server: Any, complaints: Complaints) -> Iterator[Page]:
    with visit(chromium, live_server.url, complaints) as opened:
        yield opened


def find() -> str:
    given = os.environ.get("CRM_CHROMIUM")
    found = shutil.which(given or USUAL)
    if found:
        return found
    missing = f"CRM_CHROMIUM names {given}, which cannot be run." if given else f"There is no Chromium at {USUAL}."
    raise Unavailable(f"{missing} Install Debian's chromium, or let CRM_CHROMIUM name one.")


@contextmanager
def visit(browser: Browser, url: str, complaints: Complaints, **options: Any) -> Iterator[Page]:
    """A visitor of their own: no cookies, a page on `url`. Fails at the end when there was anything to complain of."""
    context = browser.new_context(base_url=url, locale="en-GB", reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    complaints.watch(context, url)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not complaints, "\n".join(complaints)


def audit(page: Page) -> list[str]:
    """What axe finds on the page as it is now, a line for each element."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(map(str, node['target']))} {node['html']}"
        for rule in found
        for node in rule["nodes"]
    ]


def looks(page: Page) -> Iterator[str]:
    """Shows the page on a phone and a desk, light and dark, and names each look; afterwards it is as it was."""
    before = page.viewport_size
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            yield f"{width}-{scheme}"
    page.emulate_media(color_scheme="null")
    if before:
        page.set_viewport_size(before)


def shots(page: Page, name: str) -> None:
    """Pictures of the whole page in all its looks, in the folder named by CRM_SHOTS; none where that is not set."""
    folder = os.environ.get("CRM_SHOTS")
    if not folder:
        return
    for look in looks(page):
        page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True, animations="disabled")
