"""The database's form: bring it up to date, or check that it is."""

import sys

import click

from crm import create_app
from crm.migrations import upgrade


@click.group()
def db() -> None:
    """Migrations."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to the newest form."""
    with create_app().app_context():
        upgrade.to_newest()
    click.echo("The database is up to date.")


@db.command("check")
def check_database() -> None:
    """Exit 1 when the database is not what this version expects."""
    with create_app().app_context():
        differences = upgrade.differences()
    for difference in differences:
        click.echo(str(difference)[:300])
    if differences:
        click.echo("The database is not up to date. Run: python3 -m crm db upgrade")
        sys.exit(1)
    click.echo("The database is as this version expects it.")
