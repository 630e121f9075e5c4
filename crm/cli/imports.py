"""Candidates in and out by files. Whoever may run this machine may do it, in the name of one of the people."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import select

from crm import create_app
from crm.cli import serve
from crm.db import db, unit_of_work
from crm.domain import candidate_tables, import_maps, importing, imports, taking_out, users
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.imports import FileImport
from crm.domain.users import User
from crm.kit.tables import headers

NOBODY = "Nobody here has this address. Name somebody who can sign in: --as EMAIL"
NO_ADMIN = "There is no administrator yet. Make one: python3 -m crm user add EMAIL --name NAME --access admin"


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "chosen", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help='JSON: {"Column": "field"}, for columns that are not to be guessed.')  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would happen, row by row, and change nothing.")
@click.option("--on-known", type=click.Choice(tuple(imports.ON_KNOWN)), default="update", show_default=True,
              help="What becomes of people who are on record already.")  # fmt: skip
@click.option("--tag", default="", help="For everybody in the file.")
@click.option("--as", "email", default="", help="In whose name; else the first administrator's.")
def bring(file: Path, chosen: Path | None, dry_run: bool, on_known: str, tag: str, email: str) -> None:
    """Take in candidates from a CSV, XLSX, JSON, vCard or ZIP file. Nobody is written to.

    The same file again changes nothing. On its page, /imports, all of it can be taken out again for seven days.
    """
    app = create_app()
    serve.prepare(app)
    with app.app_context():
        import_id = _brought(file, _map(chosen), email, on_known=on_known, tag=tag)
        importing.work(import_id)
        with unit_of_work(writes=False):
            _say(db.session.get_one(FileImport, import_id), dry=True)
        _finish(import_id, dry_run, email)


def _finish(import_id: str, dry_run: bool, email: str) -> None:
    with unit_of_work(writes=True):
        brought = db.session.get_one(FileImport, import_id)
        if dry_run or brought.state != "checked" or not brought.count("made") + brought.count("updated"):
            broken = brought.trouble
            imports.drop(brought, by=_user(email))
            if broken:
                raise Refused(broken)
            return
        imports.start(brought, by=_user(email))
    importing.work(import_id)
    with unit_of_work(writes=False):
        _say(db.session.get_one(FileImport, import_id), dry=False)


def _brought(file: Path, chosen: dict[str, str], email: str, *, on_known: str, tag: str) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror or error}.") from error
    told = imports.receive(file.name, content, most=len(content))
    with unit_of_work(writes=True):
        by = _user(email)
        brought = imports.bring(told, by=by)
        fields = import_maps.by_heads(brought.columns, chosen, brought.fields)
        for column, field in zip(brought.columns, fields, strict=True):
            click.echo(f"{column}: {headers.FIELDS[field]}")
        imports.check(brought, by=by, fields=fields, day_first=brought.day_first, on_known=on_known, tag=tag)
        return brought.id


def _map(chosen: Path | None) -> dict[str, str]:
    if chosen is None:
        return {}
    try:
        told = json.loads(chosen.read_text())
    except OSError as error:
        raise Refused(f"{chosen} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"{chosen} is no JSON.") from error
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise Refused(f'{chosen} has to say {{"Column": "field"}}.')
    return told


def _say(brought: FileImport, *, dry: bool) -> None:
    for one in imports.problems(brought, limit=imports.MOST_PROBLEMS) if dry else ():
        click.echo(f"Row {one.number}{', left out' if one.leaves_out else ''}: {one.text}")
    counts = {name: brought.count(name) for name in ("made", "updated", "known", "same", "left")}
    said = {"made": "made anew", "updated": "added to a record", "known": "left as they are", "same": "taken in before",
            "left": "left out"}  # fmt: skip
    words = ", ".join(f"{count:,} {said[name]}" for name, count in counts.items() if count) or "nobody"
    click.echo(f"{'Would be' if dry else 'Done'}: {words}.")


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--as", "email", default="", help="Whose eyes to see with; else the first administrator's.")
def take_out(folder: Path, email: str) -> None:
    """Write candidates.csv, candidates.xlsx, and candidates.json with everything on record, into a folder.

    What that person may not see is not in it, and nothing of a sealed role.
    """
    app = create_app()
    serve.prepare(app)
    with app.app_context(), _said_where(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with unit_of_work(writes=True):
            taking_out.note_whole(_user(email))
        for name in ("candidates.csv", "candidates.xlsx", "candidates.json"):
            with unit_of_work(writes=False):
                _write(folder / name, _content(name, _user(email)))
            click.echo(folder / name)


def _content(name: str, user: User) -> Iterator[bytes]:
    kind = name.rpartition(".")[2]
    everybody = select(Candidate)
    return (
        candidate_tables.whole(seen_by=user)
        if kind == "json"
        else candidate_tables.table(everybody, kind, seen_by=user)
    )


@contextmanager
def _said_where(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"Nothing more can be written into {folder}: {error.strerror or error}.") from error


def _write(path: Path, content: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        path.chmod(0o600)
        for chunk in content:
            file.write(chunk)


def _user(email: str) -> User:
    found = users.by_email(email) if email else db.session.scalars(
        select(User).where(User.access == "admin", User.disabled_at.is_(None)).order_by(User.id).limit(1)
    ).first()  # fmt: skip
    if found is None or not found.is_active:
        raise Refused(NOBODY if email else NO_ADMIN)
    return found
