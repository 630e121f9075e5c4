"""The production server with its worker, and the worker alone."""

import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import click
from waitress.server import create_server

from crm import config, create_app, migrations
from crm.app import App
from crm.db import unit_of_work
from crm.domain import users, workspace
from crm.worker import Worker

THREADS = 8
M_ARENA_MAX, ARENAS = -8, 2
DRAIN_SECONDS = 30


@click.command()
def serve() -> None:
    """Serve the pages and do the work behind them, on this machine."""
    run(create_app())


@click.command()
def worker() -> None:
    """Only the work: letters, resumes, sweeping. For several machines on one PostgreSQL."""
    app = create_app()
    prepare(app)
    _settle()
    stop = threading.Event()
    _on_signals(stop.set)
    click.echo("The worker is ready.")
    Worker(app).run(stop)


def prepare(app: App) -> None:
    """The database in its newest form; a clear line when it cannot be reached."""
    with app.app_context():
        migrations.to_newest()


def run(app: App, *, greeting: str = "") -> None:
    prepare(app)
    _settle()
    server = _open(app)
    click.echo(greeting or welcome(app))
    sys.stdout.flush()
    stop = threading.Event()
    working = threading.Thread(target=Worker(app).run, args=(stop,), name="worker")
    working.start()
    _on_signals(_leave)
    try:
        server.run()
    finally:
        stop.set()
        working.join(DRAIN_SECONDS)


def welcome(app: App) -> str:
    with app.app_context(), unit_of_work(writes=False):
        url = config.current().base_url
        if not users.is_empty():
            return f"First Call is ready at {url}"
        return f"First Call is ready at {url}\nSet it up there with this one-time code: {workspace.setup_code()}"


def _settle() -> None:
    """Before the threads begin. What is loaded stays, so nobody need look through it again for what can go. And glibc
    gives each thread heaps of its own, which keep what was freed: together a third of the memory.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_ARENA_MAX, ARENAS)


def _open(app: App) -> Any:
    with app.app_context():
        settings = config.current()
    host, port = settings.listen_at
    try:
        return create_server(
            app, host=host, port=port, threads=THREADS, ident=None, connection_limit=200, channel_timeout=60,
            clear_untrusted_proxy_headers=not settings.proxy_hops,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        )  # fmt: skip
    except OSError as error:
        sentence = f"Cannot listen on {settings.listen}: {error.strerror}. Set CRM_LISTEN to a free port."
        raise config.Nonsense(sentence) from error


def _on_signals(act: Callable[[], None]) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        act()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def _leave() -> None:
    """Ends the server's loop, which then lets the requests under way finish."""
    raise SystemExit(0)
