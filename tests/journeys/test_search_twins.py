"""The same people on SQLite and PostgreSQL, asked the same: the same answers in the same order."""

import shutil
from random import Random

import pytest

from crm.cli import seed
from crm.db import unit_of_work
from crm.demo import synthetic
from crm.domain import candidates, finding, tags, touchpoints, users
from tests import make, people
from tests.conftest import _begin_anew, make_app
from tests.hostile_queries import HOSTILE

CROWD = 300
QUERIES = 200
ODD = (
    ("Zoë Müller", "Data engineer, event sourcing with Java; O’Brien’s “best”"),
    ("Søren Łukasik", "Engineering manager • C++/C# • sourcing-of-events"),
    ("Ada Byron", "<b>Analyst</b> for Straße GmbH, C ++ and Node JS, 3.5e7 rows, a_b, x=1&y=2"),
    ("山田太郎", "Engineers lead 東京"),
    ("Владимир Йозеф", "Инженер, ёлка"),
    ("Ελένη Παπαδοπούλου", "Μηχανικός ΑΘΉΝΑ"),
    ("محمد علي", "مهندس"),
    ("Nguyễn Thị Đào", "Kế toán"),
    ("Ærø Ðorđević", "ﬁnance ﬂow ① ² ½ ™ № Ⅳ"),
    ("Jean-Luc D'Arc", "https://example.org/a.b?c=d#e ada+b@example.org 24/7 $5M 100%"),
)
WRITTEN = (
    "soren", "SØREN ł", "lukasik", "strasse",
    "straße", "c++", "c# sourcing", '"event sourcing"', '"sourcing of events"',
    "o'brien", "obrien", '"o brien"', "b analyst", "3.5e7", "a_b",
    '"x 1 y 2"', "山田", "太郎", "東京", "владимир", "йозеф", "елка",
    "ёлка", "ΑΘΗΝΑ", "ελένη", "محمد", "nguyen", "dao", "đào",
    "ærø", "aero", "dordevic", "finance", "flow", "1 2", "iv", "no",
    "jean-luc", "jeanluc", "darc", "d'arc", '"example org a b"', "24/7",
    "$5M", "100%", "5m", "mueller", "müller", "muller",
    "engineer", "engineers -java", "engin*",
    "sourc* -event", "-engineer", "stage:finalist", "tag:kafka engineer",
    "warmth:cold -engineer", "role:head", "falconry",
    "gyrfalcon", "kafka", "manag* lead*", "tag:kafka -tag:java",
)  # fmt: skip


@pytest.fixture
def twins(sqlite_template, postgres_app, first_rows, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "first-call.sqlite")
    small = make_app(tmp_path, f"sqlite:///{tmp_path / 'first-call.sqlite'}")
    _begin_anew(postgres_app, first_rows)
    for app in (small, postgres_app):
        with app.app_context(), unit_of_work(writes=True):
            fill(users.by_email(people.address("alice")))
    return small, postgres_app


def fill(alice):
    seed.add(synthetic.people(CROWD), texts=True, with_files=False)
    for name, headline in ODD:
        person = make.candidate(alice, name, email="", headline=headline)
        tags.apply(person, "Kafka", by=alice)
        touchpoints.log(person, kind="note", direction="out", by=alice, text=f"Loves falconry, says {name}")
    make.near_miss(person, make.role(alice, "Head of Heads"), alice, sentence="Handled the gyrfalcon")
    make.role(alice, "Falconer", status="sealed", needs="engineer")
    make.colleague(alice, "Carol Müller-Engineer")
    candidates.share(person, "owner", by=alice)


def questions():
    """Words, pairs, phrases, beginnings, slips, exclusions from what the crowd's papers say."""
    draw, asked = Random(7), [*WRITTEN]
    for person in synthetic.people(CROWD):
        words = [word for word in person.resume_text.replace("\n", " ").split() if word.isalnum()]
        at, name = draw.randrange(len(words) - 4), person.full_name.split()[-1]
        asked += [
            f'"{" ".join(words[at : at + 3])}"', f"{words[at]} {name}", f"{words[at][:4]}* {words[at + 1]}", name[:3],
            f"{words[at]} -{words[at + 2]}", f"{name[0]}x{name[1:]}",
            f"{words[at]} tag:{person.tags[0] if person.tags else 'x'}",
            person.email, person.phone, person.employer, f'"{person.full_name}"', f"{words[at]} {words[at + 1][:3]}",
        ]  # fmt: skip
    return list(dict.fromkeys([*WRITTEN, *draw.sample(asked, QUERIES - len(WRITTEN))]))


def answers(app, queries, name):
    with app.app_context(), unit_of_work(writes=False):
        user = users.by_email(people.address(name))
        return {query: answer(query, user) for query in queries}


def answer(query, user):
    groups = finding.find_each(query, seen_by=user, limit=10)
    told = [[(one.kind, one.title, one.snippet, one.in_title) for one in found] for found in groups.values()]
    alike = [one.title for one in finding.alike(query, seen_by=user)] if not groups else []
    named = [one.title for one in finding.candidates_named(query, seen_by=user)]
    listed = len(finding.candidates_matching(query, seen_by=user))
    return told, finding.counted(query, groups, seen_by=user, limit=10), alike, named, listed


@pytest.mark.parametrize("name", ["alice", "charlie"])
def test_both_answer_the_same(twins, name):
    queries = [*questions(), *HOSTILE]
    small, large = (answers(app, queries, name) for app in twins)
    different = [f"{one[:60]!r}: {small[one]} | {large[one]}" for one in queries if small[one] != large[one]]
    assert not different, "\n".join(different)
    assert len(questions()) >= 190
    assert sum(bool(told) for told, *_ in small.values()) > 150, "most find somebody"
