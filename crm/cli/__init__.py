"""For operators: `python3 -m crm COMMAND`."""

import os
import sys
from importlib import import_module

import click
from sqlalchemy.exc import OperationalError

from crm import __version__
from crm.config import Nonsense
from crm.db import Forgetful
from crm.domain.errors import Denied, Missing, Refused

COMMANDS = {
    "serve": "serve.serve", "worker": "serve.worker", "demo": "demo.demo", "seed": "seed.seed",
    "import": "imports.bring", "export": "imports.take_out", "user": "accounts.user", "token": "accounts.token",
    "db": "database.db", "doctor": "doctor.doctor", "backup": "backup.backup", "restore": "backup.restore",
    "receive": "mail.receive", "reconcile": "mail.reconcile_letters", "outbox": "mail.outbox",
}  # fmt: skip
"""Where each is."""


class Commands(click.Group):
    """Loads what a command needs when it is called: what the demo draws resumes with is not for the server to hold."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(".")
        found: click.Command = getattr(import_module(f"crm.cli.{module}"), name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="First Call")
def commands() -> None:
    """First Call: the CRM for the finalists you did not hire and would like to.

    Without a command it serves. `test` runs the tests, `lint` checks style and types.
    """


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
