"""Twenty files that mean harm are uploaded at once: nobody dies of it, each has its reason, pages answer meanwhile."""

import json
import re
import statistics
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from lxml import html

from tests import hostile_files, people
from tests.faults.house import wait_until
from tests.servers import program

AT_ONCE = 20
SLOWEST = 5
"""Seconds that a page may take while they are uploaded and read, on whatever machine."""
WITHIN = 3
"""Times the idle page, in the middle of them."""


class Visitor:
    """A signed-in browser as far as a server sees one; several threads may ask by it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.send("/sign-in", self.form("/sign-in") | {"email": people.address("alice"), "password": people.PASSWORD})

    def page(self, path: str) -> html.HtmlElement:
        with self.opener.open(self.url + path, timeout=60) as answer:
            return html.fromstring(answer.read())

    def form(self, path: str) -> dict[str, str]:
        """The fields of the page's own form that carry something."""
        fields = self.page(path).xpath("//main//input[@type='hidden'][@name]")
        return {field.get("name"): field.get("value") or "" for field in fields}

    def send(self, path: str, fields: dict[str, str]) -> str:
        with self.opener.open(self.url + path, urllib.parse.urlencode(fields).encode(), timeout=60) as answer:
            return answer.url

    def upload(self, fields: dict[str, str], name: str, content: bytes) -> str:
        parts = [
            f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()
        ]
        head = "\r\n".join(
            [*parts, f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n']
        )
        body = head.encode() + content + b"\r\n--edge--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        with self.opener.open(urllib.request.Request(f"{self.url}/intake", body, kind), timeout=60) as answer:
            return answer.url.removeprefix(self.url)

    def seconds(self, path: str) -> float:
        began = time.perf_counter()
        self.page(path)
        return time.perf_counter() - began


class Reader(threading.Thread):
    """Somebody else, who looks at a page again and again."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(daemon=True)
        self.visitor, self.stopped, self.took, self.troubles = visitor, threading.Event(), [], []

    def run(self) -> None:
        while not self.stopped.wait(0.1):
            try:
                self.took.append(self.visitor.seconds("/"))
            except OSError as trouble:
                self.troubles.append(trouble)


def processes(pid: int) -> set[int]:
    """Of the program: itself, and what it has started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(words[1])
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def said_of(page: html.HtmlElement) -> dict[str, str]:
    """By file: what its uploader reads."""
    open_ones = {one.findtext("legend").strip(): " ".join(one.text_content().split()) for one in page.iter("fieldset")}
    refused = (" ".join(one.text_content().split()) for one in page.xpath("//main//li"))
    return open_ones | {name: line for line in refused for name in NAMES if line.startswith(name)}


NAMES = [name for name, _, _ in hostile_files.every()]


def torture(live: program.Program, files: list[tuple[str, bytes, str]]) -> dict[str, float]:
    visitor, other = Visitor(live.url), Visitor(live.url)
    idle = statistics.median(visitor.seconds("/") for _ in range(9))
    before = processes(live.pid)
    reader = Reader(other)
    reader.start()
    fields = visitor.form("/intake")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        paths = set(pool.map(lambda one: visitor.upload(fields, one[0], one[1]), files))
    assert len(paths) == 1, paths
    path = paths.pop()
    wait_until(lambda: not visitor.page(path).xpath("//*[@id='reading']"), live.output, 400)
    reader.stopped.set()
    reader.join(30)
    said = said_of(visitor.page(path))
    for name, _, reason in files:
        assert re.search(reason, said[name]), (name, said[name])
    assert not reader.troubles
    assert before <= processes(live.pid), "a process died"
    assert max(reader.took) < SLOWEST
    return {
        "idle": idle,
        "busy": statistics.median(reader.took),
        "slowest": max(reader.took),
        "asked": len(reader.took),
    }


@pytest.fixture
def live(app, database_url, tmp_path):
    with program.serve(tmp_path / "instance", CRM_DATABASE_URL=database_url) as running:
        yield running


@pytest.mark.timeout(120)
def test_twenty_at_once(live):
    files = list(hostile_files.every(quick=True))
    assert len(files) == AT_ONCE
    torture(live, files)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_at_once_again_and_again(live):
    for number in range(3):
        files = [
            (name, content + b"\n" * number if content else b"", reason)
            for name, content, reason in hostile_files.every()
        ]
        told = torture(live, files)
        print(json.dumps({"what": "pages while hostile files are read", **told}))
        assert told["busy"] <= WITHIN * told["idle"]
