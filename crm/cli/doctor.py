"""Looks at everything that has to be right, and says what is not."""

import shutil
import sys
from collections.abc import Iterator

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crm import config, create_app
from crm.db import db, is_sqlite, unit_of_work
from crm.domain import erasing, outbox, resumes
from crm.mail.delivery import open_connection
from crm.mail.dkim import Signer
from crm.mail.imap import MailAccount, Mailbox, MailboxTrouble
from crm.migrations import upgrade

LEAST_FREE = 512_000_000


@click.command()
def doctor() -> None:
    """Check configuration, database, mail, disk, and files against rows. Exit 1 when something is wrong."""
    app = create_app()
    with app.app_context(), unit_of_work(writes=False):
        troubles = [*_database(), *_disk()]
        if not troubles:
            troubles = [*_files(), *_proxy(), *_mail(), *_mailbox()]
        notices = list(_signing())
    for trouble in troubles:
        click.echo(f"wrong: {trouble}")
    for notice in notices:
        click.echo(f"note: {notice}")
    if troubles:
        sys.exit(1)
    click.echo("Everything is as it should be.")


def _database() -> Iterator[str]:
    try:
        if is_sqlite():
            yield from _sqlite()
        if differences := upgrade.differences():
            yield f"the database differs from this version in {len(differences)} places; run: python3 -m crm db upgrade"
    except SQLAlchemyError as error:
        yield f"the database does not answer: {str(error).splitlines()[0]}"


def _sqlite() -> Iterator[str]:
    for setting, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        found = db.session.execute(text(f"PRAGMA {setting}")).scalar()
        if found != wanted:
            yield f"the database runs with {setting}={found}"
    if (said := db.session.execute(text("PRAGMA quick_check")).scalar()) != "ok":
        yield f"the database file is damaged: {said}"


def _disk() -> Iterator[str]:
    settings = config.current()
    for name, folder in (("instance", settings.instance), ("files", settings.files)):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE:
            yield f"the {name} folder has only {free // 1_000_000} MB left"


def _files() -> Iterator[str]:
    kept, named = set(resumes.store().all_keys()), erasing.file_keys()
    if missing := named - kept:
        yield f"{len(missing)} stored files are missing"
    if damaged := [key for key in resumes.damaged() if key not in missing]:
        yield f"{len(damaged)} stored files are not what was uploaded"
    if orphans := kept - named:
        yield f"{len(orphans)} files belong to nothing; the worker removes them after an hour"


def _mailbox() -> Iterator[str]:
    if url := config.current().imap_url:
        try:
            with Mailbox(MailAccount.parse(url)) as mailbox:
                assert mailbox.validity
        except MailboxTrouble as trouble:
            yield f"answers cannot be read: {trouble}"


def _signing() -> Iterator[str]:
    """What has to stand in the DNS for signatures to be believed."""
    settings = config.current()
    if settings.dkim_key:
        signer = Signer.load(settings.dkim_key, selector=settings.dkim_selector, domain=settings.signing_domain)
        yield f"letters are signed; the DNS needs: {signer.record_name} TXT {signer.record}"


def _proxy() -> Iterator[str]:
    settings = config.current()
    if settings.is_https and not settings.proxy_hops:
        yield "CRM_BASE_URL is https, but CRM_PROXY_HOPS is 0: behind a proxy everybody seems to come from one address"


def _mail() -> Iterator[str]:
    connection = open_connection()
    if connection is None:
        return
    if said := connection.probe():
        yield f"the mail server cannot be used: {said}"
    connection.close()
    if doubtful := outbox.in_doubt():
        yield f"{doubtful} letters are in doubt; look at /letters"
