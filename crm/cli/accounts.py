"""People and tokens from the command line. Whoever may run this machine may do it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from crm import create_app, migrations
from crm.db import unit_of_work
from crm.domain import accounts, api_tokens, users, workspace
from crm.domain.errors import Missing
from crm.domain.users import User


@click.group()
def user() -> None:
    """Add, list and disable people."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--access", type=click.Choice(users.ACCESS), required=True)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of inviting by mail."
)
def add_user(email: str, name: str, access: str, password_stdin: bool) -> None:
    """Add a person; without a password they get an invitation by mail."""
    with _office():
        password_hash = users.hash_password(sys.stdin.readline().rstrip("\r\n")) if password_stdin else None
        with unit_of_work(writes=True):
            if password_hash is None:
                person = accounts.invite(name=name, email=email, access=access, by=None)
            else:
                person = users.add(name=name, email=email, access=access, by=None, password_hash=password_hash)
            workspace.begin()
            click.echo(f"{person.name} <{person.email}> is {person.access}.")


@user.command("list")
def list_users() -> None:
    """Everybody who can or could sign in."""
    with _office(), unit_of_work(writes=False):
        for person in users.listed():
            state = "" if person.is_active else "  disabled"
            click.echo(f"{person.access:9}  {person.email}  {person.name}{state}")


@user.command("disable")
@click.argument("email")
def disable_user(email: str) -> None:
    """Somebody can no longer sign in; what they did stays."""
    with _office(), unit_of_work(writes=True):
        person = _found(email)
        accounts.disable(person, by=None)
        click.echo(f"{person.name} can no longer sign in.")


@click.group()
def token() -> None:
    """Tokens for programs that use the API."""


@token.command("add")
@click.argument("email")
@click.option("--scope", type=click.Choice(api_tokens.SCOPES), required=True)
@click.option("--days", type=int, default=90, show_default=True)
def add_token(email: str, scope: str, days: int) -> None:
    """Print a new token, once; it is the last word on standard output."""
    with _office(), unit_of_work(writes=True):
        person = _found(email)
        _, plain = api_tokens.add(person, scope=scope, days=days, by=None, name="command line")
    click.echo(f"A token for {email} to {scope}, for {days} days: {plain}")


@contextmanager
def _office() -> Iterator[None]:
    """The app with its database in the newest form."""
    with create_app().app_context():
        migrations.to_newest()
        yield


def _found(email: str) -> User:
    person = users.by_email(email)
    if person is None:
        raise Missing
    return person
