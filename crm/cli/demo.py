"""The sample workspace: built through the verbs of the domain, each on the day it is said to have happened."""

import shutil
from pathlib import Path

import click

from crm import config, create_app
from crm.app import App
from crm.cli import serve, staging
from crm.db import unit_of_work
from crm.domain import sign_ins, users

LINK_MINUTES = 12 * 60
SIGN_IN_AS = (("alice", "a hiring manager"), ("anders", "an administrator"))


@click.command()
@click.option("--fresh", is_flag=True, help="Begin anew, even if there is a sample workspace already.")
@click.option("--build-only", is_flag=True, help="Build it and leave; do not serve.")
def demo(fresh: bool, build_only: bool) -> None:
    """Serve a sample workspace with invented people, on this machine only."""
    instance = config.instance_folder() / "demo"
    if fresh:
        shutil.rmtree(instance, ignore_errors=True)
    is_new = not (instance / "built").exists()
    if is_new:
        shutil.rmtree(instance, ignore_errors=True)
    app = create_app(
        instance=instance,
        smtp_url="",
        database_url=f"sqlite:///{instance / 'demo.sqlite'}",
        files_url=str(instance / "files"),
    )
    serve.prepare(app)
    if is_new:
        _build(app, instance)
    if not build_only:
        serve.run(app, greeting=_greeting(app))


def _build(app: App, instance: Path) -> None:
    click.echo("Building the sample workspace: sixty people and a few from elsewhere, thirteen roles, their letters.")
    staging.build(app)
    (instance / "built").write_text("delete this folder, or use --fresh, to begin anew\n")


def _greeting(app: App) -> str:
    """A new link each time: they work once, and only on this machine."""
    lines = ["", "The sample workspace of Norrland is ready. Nobody in it exists, and no mail leaves."]
    with app.app_context(), unit_of_work(writes=True):
        base = config.current().base_url
        for key, words in SIGN_IN_AS:
            user = users.by_email(staging.address_of(key))
            if user is not None:
                token = sign_ins.offer_link(user, minutes=LINK_MINUTES)
                lines.append(f"Sign in as {user.name}, {words}: {base}/sign-in/link/{token}")
    return "\n".join(lines)
