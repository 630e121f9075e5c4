"""Taking in a CSV file, with validation, duplicate check and index, against writing the same rows bare.

    .venv/bin/python benchmarks/importing.py --people 20000
    .venv/bin/python benchmarks/importing.py --people 20000 --url postgresql://...

Bare is sqlite3's executemany of the very rows that the import wrote, into the same tables with the same indexes, by one
transaction for as many; on PostgreSQL it is COPY. Both start from the same filled database. Prints a JSON line for each
figure: the ratio of their speeds and the least that is promised, and the memory of the process.
"""

import argparse
import csv
import io
import json
import resource
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from sqlalchemy import select

from crm import create_app
from crm.db import db, unit_of_work
from crm.demo import synthetic
from crm.domain import importing, imports, users, workspace
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.events import Event
from crm.domain.imports import ImportRow
from crm.domain.search import Entry
from crm.domain.tags import CandidateTag, Tag
from crm.migrations import upgrade

PROMISED = {"sqlite": 0.35, "postgresql": 0.2}
TABLES = (Candidate, Email, Phone, CandidateTag, Event, ImportRow, Entry)
HEAD = ("Name", "Email", "Phone", "Title", "Company", "City", "Source", "Tags")
BATCH = importing.BATCH


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/bench.sqlite"
        app = create_app(instance=Path(folder), database_url=url, secret_key="x" * 40, argon2_memory_kib=8)
        with app.app_context():
            upgrade.to_newest()
            import_id = _brought(given.people)
            dry, before = _dry(import_id), _memory()
            if not given.url:
                _checkpoint()
                shutil.copy(f"{folder}/bench.sqlite", f"{folder}/bare.sqlite")
            took = _timed(importing.step)
            after = _memory()
            rows = {table.__tablename__: _rows(table, import_id) for table in TABLES}
            bare = _copied(url, rows) if given.url else _bare(f"{folder}/bare.sqlite", rows)
            _say(given.people, dry, took, bare, (before, after))


def _brought(count: int) -> str:
    told = io.StringIO()
    lines = csv.writer(told)
    lines.writerow(HEAD)
    for one in synthetic.people(count, since=0):
        lines.writerow((one.full_name, one.email, one.phone, one.headline, one.employer, one.location, one.source,
                        ", ".join(one.tags)))  # fmt: skip
    content = told.getvalue().encode()
    with unit_of_work(writes=True):
        by = users.by_email("bench@example.org") or users.add(
            name="Bench",
            email="bench@example.org",
            access="admin",
            by=None,
            password_hash="x",  # noqa: S106
        )
        workspace.begin()
    brought = imports.receive("people.csv", content)
    with unit_of_work(writes=True):
        by = users.by_email("bench@example.org")
        found = imports.bring(brought, by=by)
        imports.check(found, by=by, fields=found.fields)
        return found.id


def _dry(import_id: str) -> float:
    took = _timed(importing.step)
    with unit_of_work(writes=True):
        found = db.session.get(imports.FileImport, import_id)
        assert found.state == "checked", found.trouble
        imports.start(found, by=users.by_email("bench@example.org"))
    return took


def _timed(act) -> float:
    """Seconds of CPU, with those of the reader's process: where a machine does other things as well, they say more than
    the clock on the wall.
    """
    began = _cpu()
    act()
    return _cpu() - began


def _cpu() -> float:
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _checkpoint() -> None:
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(model, import_id: str) -> list[dict]:
    """As the database holds them."""
    table = model.__table__
    ours = select(ImportRow.candidate_id).where(ImportRow.import_id == import_id)
    column = next(table.c[name] for name in ("candidate_id", "subject_id", "id") if name in table.c)
    with unit_of_work(writes=False):
        statement = str(
            table.select().where(column.in_(ours)).compile(db.engine, compile_kwargs={"literal_binds": True})
        )
        found = db.session.connection().exec_driver_sql(statement)
        names = [name for name in list(found.keys()) if name not in {"document"}]
        places = [list(found.keys()).index(name) for name in names]
        return [dict(zip(names, [row[place] for place in places], strict=True)) for row in found]


def _bare(path: str, rows: dict[str, list[dict]]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-16000"):
        connection.execute(f"PRAGMA {setting}")

    with unit_of_work(writes=False):
        known = [tuple(row) for row in db.session.execute(select(Tag.id, Tag.name, Tag.key))]
    connection.executemany("INSERT OR IGNORE INTO tag (id, name, key) VALUES (?, ?, ?)", known)

    def write() -> None:
        people = rows["import_row"]
        for start in range(0, len(people), BATCH):
            some = {one["candidate_id"] for one in people[start : start + BATCH]}
            connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                _many(connection, table.__tablename__, grouped[table.__tablename__], some)
            connection.execute("COMMIT")

    grouped = {name: _by_person(several) for name, several in rows.items()}
    return _timed(write)


def _by_person(rows: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row.get("candidate_id") or row.get("subject_id") or row["id"], []).append(row)
    return found


def _many(connection, name: str, rows: dict[str, list[dict]], some: set[str]) -> None:
    wanted = [tuple(row.values()) for one in some for row in rows.get(one, ())]
    if wanted:
        columns = list(next(iter(rows.values()))[0])
        marks = ", ".join("?" * len(columns))
        connection.executemany(f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({marks})', wanted)


def _copied(url: str, rows: dict[str, list[dict]]) -> float:
    """Into the same database, under other ids, after what the import wrote is gone again."""
    with unit_of_work(writes=True) as session:
        for model in (Entry, Event):
            ids = [row["subject_id"] for row in rows[model.__tablename__]]
            session.execute(model.__table__.delete().where(model.subject_id.in_(ids)))
        session.execute(ImportRow.__table__.delete())
        session.execute(Candidate.__table__.delete())
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:

        def write() -> None:
            for table in TABLES:
                several = rows[table.__tablename__]
                if several:
                    with cursor.copy(f'COPY "{table.__tablename__}" ({", ".join(several[0])}) FROM STDIN') as copy:
                        for row in several:
                            copy.write_row([json.dumps(v) if isinstance(v, list | dict) else v for v in row.values()])
            connection.commit()

        return _timed(write)


def _memory() -> int:
    """Megabytes at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _say(people: int, dry: float, took: float, bare: float, memory: tuple[int, int]) -> None:
    kind = db.engine.dialect.name
    ratio, least = bare / took, PROMISED[kind]
    figure = {"figure": f"import, {kind}", "people": people, "cpu seconds": round(took, 2), "bare": round(bare, 2),
              "ratio": round(ratio, 2), "least": least, "ok": ratio >= least}  # fmt: skip
    print(json.dumps(figure))
    print(json.dumps({"figure": f"dry run, {kind}", "people": people, "cpu seconds": round(dry, 2)}))
    print(json.dumps({"figure": "memory, MB", "after the dry run": memory[0], "after the import": memory[1]}))
    sys.exit(ratio < least)


if __name__ == "__main__":
    main()
