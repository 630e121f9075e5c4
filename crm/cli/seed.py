"""A synthetic workspace of any size, in bulk: for benchmarks, and to see how First Call feels when it is full."""

import time as stopwatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click
from sqlalchemy import Table, func, insert, select

from crm import create_app
from crm.cli import serve
from crm.db import db, unit_of_work
from crm.demo import resumes as papers
from crm.demo import synthetic
from crm.demo.synthetic import SyntheticPerson
from crm.domain import search, shape, tags, users
from crm.domain.candidates import Candidate, Email, Phone
from crm.domain.errors import Refused
from crm.domain.resumes import Resume, store
from crm.domain.search import Entry
from crm.domain.tags import CandidateTag, Tag
from crm.domain.touchpoints import Touchpoint
from crm.domain.users import User
from crm.kit import clock, files, tokens

BATCH = 2_000
NO_OWNER = "Somebody has to own the candidates. Set First Call up first, or: python3 -m crm user add EMAIL ..."


@click.command()
@click.option("--candidates", "count", type=click.IntRange(1, 5_000_000), required=True, help="How many to add.")
@click.option("--resumes", is_flag=True, help="With the texts of resumes in the index, but no files.")
@click.option("--files", "with_files", is_flag=True, help="With the resumes as PDF files (slow, much disk).")
def seed(count: int, resumes: bool, with_files: bool) -> None:
    """Add synthetic candidates beside the people who are there."""
    app = create_app()
    serve.prepare(app)
    began = stopwatch.monotonic()
    with app.app_context():
        first = _next_number()
        for batch in batches(synthetic.people(count, since=first), BATCH):
            with unit_of_work(writes=True):
                add(batch, texts=resumes or with_files, with_files=with_files)
    took = stopwatch.monotonic() - began
    click.echo(f"{count:,} candidates in {took:.1f} s, {count / took:,.0f} a second.")


@dataclass
class Rows:
    """Plain dictionaries by table, in the order in which references allow them to be inserted."""

    by_table: dict[Any, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            table: [] for table in (Candidate, Email, Phone, CandidateTag, Touchpoint, Resume, Entry)
        }
    )

    def add(self, table: Any, **values: Any) -> None:
        self.by_table[table].append(values)

    def write(self) -> None:
        for table, rows in self.by_table.items():
            if rows:
                mapped: Table = table.__table__
                db.session.execute(insert(mapped), rows)


def add(batch: Iterable[SyntheticPerson], *, texts: bool, with_files: bool) -> None:
    owners = list(db.session.scalars(select(User.id).where(User.disabled_at.is_(None)).order_by(User.id)))
    if not owners:
        raise Refused(NO_OWNER)
    people = list(batch)
    known = _tags({name for person in people for name in person.tags})
    now, rows = clock.now(), Rows()
    for person in people:
        _put(rows, person, owners[person.number % len(owners)], known, now, texts, with_files)
    rows.write()


def _put(
    rows: Rows, person: SyntheticPerson, owner: str, known: dict[str, str], now: datetime, texts: bool, with_files: bool
) -> None:
    candidate_id = tokens.new_id()
    rows.add(Candidate, **_candidate(person, candidate_id, owner, now))
    rows.add(Email, id=tokens.new_id(), candidate_id=candidate_id, address=person.email, position=0)
    digits = "".join(c for c in person.phone if c.isdigit())[-9:]
    rows.add(Phone, id=tokens.new_id(), candidate_id=candidate_id, number=person.phone, digits=digits, position=0)
    for name in person.tags:
        rows.add(CandidateTag, candidate_id=candidate_id, tag_id=known[name], by_id=owner, at=now)
    if person.last_contact is not None:
        at = now + timedelta(days=person.last_contact)
        rows.add(Touchpoint, id=tokens.new_id(), candidate_id=candidate_id, kind="mail", at=at,
                 direction="in" if _answered(person) else "out",
                 text="", by_id=owner, created_at=at, before={}, moved_to=None)  # fmt: skip
    if with_files:
        rows.add(Resume, **_resume(person, candidate_id, owner, now))
    about = " · ".join((person.headline, person.employer, person.location, person.email, person.phone))
    rows.add(Entry, **search.row("candidate", candidate_id, title=person.full_name, person=about,
             tags=" · ".join(person.tags), resume=person.resume_text if texts else ""))  # fmt: skip


def _candidate(person: SyntheticPerson, candidate_id: str, owner: str, now: datetime) -> dict[str, Any]:
    """Changed at different moments, so that lists by change have an order."""
    at = now - timedelta(minutes=person.number % 500_000)
    spoke = None if person.last_contact is None else now + timedelta(days=person.last_contact)
    theirs = spoke if _answered(person) else None
    coming = None if person.next_contact is None else now.date() + timedelta(days=person.next_contact)
    return {
        "id": candidate_id, "full_name": person.full_name, "name_key": shape.key(person.full_name),
        "location": person.location, "headline": person.headline, "employer": person.employer, "links": [],
        "source": person.source, "availability": "", "notice_period": person.notice, "remote": "",
        "language": "", "pay_expectation": "", "said_on": None, "compared_at": now,
        "owner_id": owner, "visibility": "company", "team_id": None,
        "created_at": at, "changed_at": at, "archived_at": None, "deleted_at": None, "next_on": coming,
        "next_why": "a few months since you were in touch" if coming else "", "let_go_at": None,
        "next_chosen_at": now if coming else None, "next_by_cadence": False, "awaits_reply_since": None,
        "last_contact_at": spoke, "last_contact_kind": "mail" if spoke else "", "closing_id": None,
        "last_in_at": theirs, "last_out_at": None if theirs else spoke, "last_two_way_at": theirs, "target_days": None,
        "latest_days": None, "paused_at": None, "paused_until": None, "pause_why": "", "before_pause": {},
    }  # fmt: skip


def _answered(person: SyntheticPerson) -> bool:
    return person.number % 3 > 0


def _resume(person: SyntheticPerson, candidate_id: str, owner: str, now: datetime) -> dict[str, Any]:
    content = papers.plain(person.full_name, person.resume_text)
    return {
        "id": tokens.new_id(), "candidate_id": candidate_id, "file_key": store().keep(content),
        "sha256": files.sha256(content), "kind": "pdf", "filename": "resume.pdf", "size": len(content),
        "uploaded_at": now, "by_id": owner, "state": "read", "trouble": "", "text": person.resume_text, "pages": 1,
        "previews": [], "proposed": {}, "tries": 1, "claimed_until": None, "removed_at": None,
    }  # fmt: skip


def _tags(names: set[str]) -> dict[str, str]:
    known = {tag.name: tag.id for tag in db.session.scalars(select(Tag).where(Tag.name.in_(names)))}
    for name in sorted(names - set(known)):
        known[name] = tags.named(name).id
    return known


def _next_number() -> int:
    """Seeding again goes on where it stopped, so that nobody comes twice."""
    with unit_of_work(writes=False):
        if users.is_empty():
            raise Refused(NO_OWNER)
        return db.session.scalar(select(func.count()).select_from(Candidate)) or 0


def batches(people: Iterator[SyntheticPerson], size: int) -> Iterator[tuple[SyntheticPerson, ...]]:
    while batch := tuple(islice(people, size)):
        yield batch
