"""Mail by hand: what a local mail server pipes in, what its log knows, and letting the outbox go after a restore."""

import sys
from pathlib import Path

import click

from crm import config, create_app, migrations
from crm.db import unit_of_work
from crm.domain import sending
from crm.domain.errors import Refused
from crm.mail import receiving
from crm.mail.reconciling import Settled, reconcile

TRY_AGAIN = 75
"""EX_TEMPFAIL: the mail server keeps the mail and hands it over later."""
TOO_LARGE = 65
"""EX_DATAERR: the mail server tells its writer."""
LARGEST = 30_000_000


@click.command()
@click.option("--to", "came_to", default="", help="The address of the envelope, when the mail server knows it.")
def receive(came_to: str) -> None:
    """Read one mail from standard input, as a mail server's pipe hands it over. Prints what was made of it."""
    raw = sys.stdin.buffer.read(LARGEST + 1)
    if len(raw) > LARGEST:
        click.echo("This mail is larger than 30 MB.", err=True)
        sys.exit(TOO_LARGE)
    try:
        with create_app().app_context():
            click.echo(receiving.take(raw, came_to=came_to))
    except Exception as error:  # whatever it is: a mail is never sent back to its writer for a mistake of ours
        click.echo(f"Not now: {type(error).__name__}", err=True)
        sys.exit(TRY_AGAIN)


@click.command("reconcile")
@click.option("--maillog", type=click.Path(dir_okay=False, path_type=Path), help="The mail server's log (Postfix).")
def reconcile_letters(maillog: Path | None) -> None:
    """Settle letters in doubt by what the mail server's log knows of them."""
    with create_app().app_context():
        migrations.to_newest()
        click.echo(in_words(read_log(maillog)))


@click.group()
def outbox() -> None:
    """Letters on their way out."""


@outbox.command("release")
@click.option("--maillog", type=click.Path(dir_okay=False, path_type=Path), help="Settles letters by this log first.")
def release(maillog: Path | None) -> None:
    """Let letters leave again after a restore; those that may have left since the backup stay in doubt."""
    with create_app().app_context():
        if maillog is not None:
            click.echo(in_words(read_log(maillog)))
        with unit_of_work(writes=True):
            sending.release()
    click.echo("Letters leave again.")


def read_log(given: Path | None) -> Settled:
    path = given or (Path(config.current().maillog) if config.current().maillog else None)
    if path is None:
        raise Refused("Which log? Say --maillog FILE, or set CRM_MAILLOG.")
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return reconcile(lines)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error


def in_words(settled: Settled) -> str:
    return (
        f"{settled.accepted} taken by the mail server, {settled.delivered} delivered, {settled.bounced} came back, "
        f"{settled.again} wait again, {settled.unknown} still in doubt."
    )
