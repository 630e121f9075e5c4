"""CPU of pages against the floor: a Flask page with a signed-in user, one query and a table of 25 rows.

    .venv/bin/python benchmarks/pages.py --candidates 100000
    .venv/bin/python benchmarks/pages.py --candidates 100000 --url postgresql://... --keep /tmp/filled

Prints one JSON line for each figure: the ratio to the floor measured in the same run with its SQL statements, and the
limit promised for it. With --keep a filled workspace is used again. The CPU is that of this process: SQLite's included,
PostgreSQL's not, so its own time is printed for it. Where the floor differs much from the floor at the end, somebody
else was using the machine: the ratios tell little.
"""

import argparse
import json
import logging
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask
from sqlalchemy import event, select

from crm import create_app
from crm.cli import seed
from crm.db import db, unit_of_work
from crm.demo import synthetic
from crm.domain import applications, benches, candidates, paging, roles, users, workspace
from crm.domain.candidates import Candidate
from crm.kit import clock
from crm.migrations import upgrade
from crm.web.access import me

ROUNDS = 40
PASSWORD = "a long and easy sentence"
FLOOR = """<!doctype html><title>floor</title><h1>{{ user.name }}</h1><table>
{% for c in people %}<tr><td><a href="/candidates/{{ c.id }}">{{ c.full_name }}</a>
<td>{{ c.headline }}<td>{{ c.employer }}
<td>{{ c.location }}<td>{{ c.next_on }}</tr>{% endfor %}</table>"""


def main() -> None:
    given = _arguments()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(given.keep or folder)
        home.mkdir(exist_ok=True)
        more = {"database_url": given.url} if given.url else {}
        app = create_app(instance=home, secret_key="x" * 40, argon2_memory_kib=8, **more)
        with app.app_context():
            upgrade.to_newest()
            is_new = users.is_empty()
        if is_new:
            _fill(app, given.candidates)
        _measure(app, given.candidates)


def _measure(app: Flask, count: int) -> None:
    floor_page = app.jinja_env.from_string(FLOOR)
    app.add_url_rule("/floor", "floor", lambda: floor_page.render(user=me(), people=_first()))
    client = _signed_in(app)
    floor = _cpu(client, "/floor")
    _say("floor", floor * 1000, None, "ms")
    by_name = (Candidate.name_key, Candidate.id)
    with app.app_context(), unit_of_work(writes=True):
        somebody = db.session.scalars(select(Candidate).order_by(*by_name).offset(count // 2)).first()
        last = db.session.scalars(select(Candidate).order_by(*(key.desc() for key in by_name)).offset(25)).first()
        after = paging.mark(last, by_name)
        db.session.expunge(somebody)
        role_id = _role_with_bench()
    for name, path, limit in (
        *_pages(somebody),
        ("candidates by name, the last page", f"/candidates?sort=name&after={after}", 2),
        ("a role with 50 on its bench", f"/roles/{role_id}", 2),
    ):
        cpu = _cpu(client, path)
        _say(name, cpu / floor, limit, statements=_statements(app, client, path), ms=round(cpu * 1000, 1))
    _say("floor, again", _cpu(client, "/floor") * 1000, None, "ms")


def _pages(somebody: Candidate):
    word = somebody.full_name.split()[-1]
    yield "today", "/", 2
    yield "candidates by name", "/candidates?sort=name", 2
    yield "candidates by change", "/candidates?sort=recent", 2
    yield "candidates by due date", "/candidates?sort=due", 2
    yield "candidates with a tag", "/candidates?warmth=cold", 2
    yield "a candidate", f"/candidates/{somebody.id}", 2
    yield "search, a name", f"/search?q={word}", 2
    yield "search, a word in every resume", "/search?q=experience", 4
    yield "search, a phrase", f"/search?q=%22{somebody.full_name.replace(' ', '+')}%22", 2
    yield "search, one of a kind", f"/search?q={somebody.id[:9]}+{word}", 2
    yield "search, a common word less another", "/search?q=experience+-kafka", 4
    yield "search, common words that nowhere stand together", "/search?q=%22of+experience+years%22", 10
    yield "search, a filter", "/search?q=experience+warmth:cold", 4
    yield "search, a slip in a name", f"/search?q={word[0]}q{word[1:]}", 4
    yield "the list by a common word", "/candidates?q=experience", 4
    yield "suggestions", f"/search/suggestions?q={word[:3]}", 2
    yield "suggestions, the beginning of a common word", "/search/suggestions?q=exper", 4


def _role_with_bench() -> str:
    """Filled, with everybody on its bench an application and a debrief."""
    alice = users.by_email("alice@example.org")
    role = roles.add(title="Head of Data", by=alice)
    people = db.session.scalars(select(Candidate).order_by(Candidate.id).limit(benches.MOST_PLACES)).all()
    for number, person in enumerate(people):
        made = applications.put(person, role, by=alice, stage="finalist", disposition="rejected")
        margin = applications.MARGINS[number % 3]
        applications.debrief(made, applications.Words(margin=margin, sentence="Ran the better case."), by=alice)
    benches.put(role, [benches.Seat(person, "Ran the better case.") for person in people], by=alice)
    roles.record_hire(role, by=alice, name="Nadia Brandt", starts_on=clock.today())
    return role.id


def _first() -> list[Candidate]:
    return list(db.session.scalars(candidates.listed(me()).limit(25)))


def _fill(app: Flask, count: int) -> None:
    with app.app_context():
        with unit_of_work(writes=True):
            workspace.set_up(
                company="Bench", name="Alice", email="alice@example.org", password_hash=users.hash_password(PASSWORD)
            )
        for batch in seed.batches(synthetic.people(count), seed.BATCH):
            with unit_of_work(writes=True):
                seed.add(batch, texts=True, with_files=False)


def _signed_in(app: Flask):
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    facts = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post("/sign-in", data=facts)
    assert answer.status_code == 303, answer.status_code
    return client


def _cpu(client, path: str) -> float:
    """The best of several rounds, in seconds of this process."""
    assert client.get(path).status_code == 200, path
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        client.get(path)
        rounds.append(time.process_time() - began)
    return sorted(rounds)[len(rounds) // 4]


def _statements(app: Flask, client, path: str) -> int:
    seen = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", tell := lambda *given: seen.append(given[2]))
        client.get(path)
        event.remove(db.engine, "before_cursor_execute", tell)
    return sum(not one.startswith(("BEGIN", "PRAGMA", "SET ")) for one in seen)


def _say(what: str, figure: float, limit: float | None, unit: str = "x floor", **more: float) -> None:
    told = {"what": what, "unit": unit, "figure": round(figure, 2), **more}
    if limit is not None:
        told |= {"limit": limit, "kept": figure <= limit}
    print(json.dumps(told), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--url", default="", help="an empty PostgreSQL database; SQLite without it")
    parser.add_argument("--keep", default="", help="a folder in which the filled workspace stays")
    return parser.parse_args()


if __name__ == "__main__":
    main()
