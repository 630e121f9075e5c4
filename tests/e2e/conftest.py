"""The real program in a real browser, with a real mail server beside it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from crm.db import db
from tests.conftest import make_app
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


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    (tmp_path / "first-call.sqlite").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path / 'first-call.sqlite'}"


@pytest.fixture
def house(database_url, tmp_path, mail_server):
    """The app behind a real port, so that the links of its letters open."""
    socket = make_server("127.0.0.1", 0, lambda *_: [b""])
    url = f"http://127.0.0.1:{socket.server_port}"
    socket.server_close()
    app = make_app(tmp_path, database_url, smtp_url=mail_server.url, mail_from="crm@norrland.example.org", base_url=url)
    server = make_server("127.0.0.1", int(url.rpartition(":")[2]), app, threaded=True)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield app
    server.shutdown()
    running.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
