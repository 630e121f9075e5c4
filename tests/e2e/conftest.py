"""The real program in a real browser, with a real mail server beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import program
from tests.servers.chromium import chromium, complaints, page
from tests.servers.program import Program
from tests.servers.smtp import SmtpSink

__all__ = ["chromium", "complaints", "page"]


@pytest.fixture
def mail_server() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def live_server(tmp_path: Path, mail_server: SmtpSink) -> Iterator[Program]:
    """An empty First Call, as on the first day."""
    settings = {
        "CRM_SMTP_URL": mail_server.url,
        "CRM_MAIL_FROM": "crm@norrland.example.org",
        "CRM_UNDO_SECONDS": "1",
        "CRM_RETRY_SECONDS": "1",
        "CRM_ARGON2_MEMORY_KIB": "64",
    }
    with program.serve(tmp_path / "instance", **settings) as running:
        yield running
