"""For operators: `python3 -m crm COMMAND`."""

import os
import sys

import click
from sqlalchemy.exc import OperationalError

from crm import __version__
from crm.cli import accounts, backup, database, demo, doctor, imports, mail, seed, serve
from crm.config import Nonsense
from crm.db import Forgetful
from crm.domain.errors import Denied, Missing, Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="First Call")
def commands() -> None:
    """First Call: the CRM for the finalists you did not hire and would like to.

    Without a command it serves. `test` runs the tests, `lint` checks style and types.
    """


for command in (
    serve.serve, serve.worker, demo.demo, seed.seed, imports.bring, imports.take_out, accounts.user, accounts.token,
    database.db, doctor.doctor, backup.backup, backup.restore, mail.receive, mail.reconcile_letters, mail.outbox,
):  # fmt: skip
    commands.add_command(command)


def main() -> None:
    """Runs a command; what goes wrong is one sentence, not a stack of lines."""
    os.umask(0o077)  # the database, its log and the files are for this account alone
    try:
        commands(prog_name="python3 -m crm")
    except (Nonsense, Forgetful, Refused) as refusal:
        _leave(str(refusal))
    except Missing:
        _leave("There is nobody, or nothing, of that name.")
    except Denied:
        _leave("That is not allowed.")
    except OperationalError as error:
        _leave(f"The database cannot be used: {str(error.orig).strip().splitlines()[0]}")


def _leave(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)
