"""The server is killed while programs write to it; what it acknowledged is there afterwards, and nothing half of it."""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import documents
from tests.servers import program

ROOT = Path(__file__).parents[2]
KILLS = 3
WRITERS = 3
OWNER = "alice@norrland.example.org"

pytestmark = pytest.mark.timeout(240)


def command(instance, *words, text="") -> str:
    """One of the program's own commands, on the instance of the test."""
    environment = {"CRM_INSTANCE": str(instance), "PATH": "/usr/bin:/bin", "CRM_ARGON2_MEMORY_KIB": "64"}
    told = subprocess.run(
        [sys.executable, "-m", "crm", *words],
        cwd=ROOT, env=environment, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


class Writer(threading.Thread):
    """Adds candidates with a resume each, one after another, until told to stop; remembers what was acknowledged."""

    def __init__(self, number: int, token: str) -> None:
        super().__init__(daemon=True)
        self.number, self.token, self.url = number, token, ""
        self.candidates: list[str] = []
        self.resumes: dict[str, bytes] = {}
        self.stopped = threading.Event()

    def run(self) -> None:
        count = 0
        while not self.stopped.is_set():
            count += 1
            try:
                self._write(count)
            except (OSError, urllib.error.URLError, json.JSONDecodeError):
                time.sleep(0.05)

    def _write(self, count: int) -> None:
        name = f"Writer {self.number} Candidate {count}"
        made = self._post("/candidates", json.dumps({"full_name": name}).encode(), "application/json")
        self.candidates.append(made["id"])
        content = documents.pdf(name, [f"resume {count}"])
        body, kind = _multipart(content)
        kept = self._post(f"/candidates/{made['id']}/resumes", body, kind)
        self.resumes[f"/candidates/{made['id']}/resumes/{kept['id']}/file"] = content

    def _post(self, path: str, body: bytes, kind: str) -> dict:
        return json.loads(ask(self.url, self.token, path, body, kind))


def ask(url: str, token: str, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    request = urllib.request.Request(f"{url}/api/v1{path}", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def _multipart(content: bytes) -> tuple[bytes, str]:
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="resume.pdf"\r\n\r\n'
    return head + content + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def test_what_was_acknowledged_is_there_afterwards(tmp_path):
    instance = tmp_path / "instance"
    command(instance, "user", "add", OWNER, "--name", "Alice Okafor", "--access", "admin", "--password-stdin",
            text="four words are enough\n")  # fmt: skip
    token = command(instance, "token", "add", OWNER, "--scope", "write").split()[-1]
    writers = [Writer(number, token) for number in range(WRITERS)]
    for kill in range(KILLS):
        running = program.serve(instance)
        for writer in writers:
            writer.url = running.url
            if kill == 0:
                writer.start()
        time.sleep(1.5)
        running.kill()
    for writer in writers:
        writer.stopped.set()
    for writer in writers:
        writer.join(15)

    with program.serve(instance) as running:
        acknowledged = [candidate for writer in writers for candidate in writer.candidates]
        assert acknowledged, "nothing was written at all"
        for candidate in acknowledged:
            assert json.loads(ask(running.url, token, f"/candidates/{candidate}"))["id"] == candidate
        for path, content in (item for writer in writers for item in writer.resumes.items()):
            assert ask(running.url, token, path) == content
    doctor = subprocess.run(
        [sys.executable, "-m", "crm", "doctor"],
        cwd=ROOT, env={"CRM_INSTANCE": str(instance)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = doctor.stdout.splitlines()
    troubles = [line for line in said if line.startswith("wrong") and "belong to nothing" not in line]
    assert troubles == []
