"""What benchmarks/pages.py asks: the program's server, with the floor beside the pages. Not called by hand.

    .venv/bin/python benchmarks/served.py HOME 127.0.0.1:8123 [DATABASE_URL]

The floor is a page of the same program with a signed-in user, one query and a table of 25 rows. The worker rests: of a
workspace that was just filled it would describe resumes for an hour, and that would be counted.
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask

from crm import create_app
from crm.cli import serve
from crm.db import db
from crm.domain import candidates
from crm.domain.candidates import Candidate
from crm.web.access import me
from crm.worker import Worker

FLOOR = """<!doctype html><title>floor</title><h1>{{ user.name }}</h1><table>
{% for c in people %}<tr><td><a href="/candidates/{{ c.id }}">{{ c.full_name }}</a>
<td>{{ c.headline }}<td>{{ c.employer }}
<td>{{ c.location }}<td>{{ c.next_on }}</tr>{% endfor %}</table>"""


def made(home: Path, url: str = "", **more: object) -> Flask:
    if url:
        more["database_url"] = url
    app = create_app(instance=home, secret_key="x" * 40, argon2_memory_kib=8, **more)
    page = app.jinja_env.from_string(FLOOR)
    app.add_url_rule("/floor", "floor", lambda: page.render(user=me(), people=_first()))
    return app


def _first() -> list[Candidate]:
    return list(db.session.scalars(candidates.listed(me()).limit(25)))


class Resting(Worker):
    def run(self, stop: threading.Event) -> None:
        stop.wait()


if __name__ == "__main__":
    serve.Worker = Resting
    home, listen, *rest = sys.argv[1:]
    serve.run(made(Path(home), *rest, listen=listen))
