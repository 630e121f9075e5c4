"""A pool of real resumes comes in by the API: phrases are found where a plain look at the texts finds them.

Some are printed the way browsers print, without a space between words: what is glued there has to come apart.
"""

import gzip
import json
import re
import shutil
import textwrap
import unicodedata
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from crm.db import db, unit_of_work
from crm.domain import candidates, finding, resumes, search, users
from crm.domain.search import Entry
from crm.kit import query_words
from tests import documents, people
from tests.api.program import Program
from tests.conftest import make_app

POOL = Path(__file__).parents[3] / "shared" / "data" / "matching" / "resumes.jsonl.gz"
PHRASES = 300
OFF = 0.02
PRINTED = 25
"""Each so many-th is a PDF."""
SIZE, LINES, WIDTH = 7, 90, 100
pytestmark = pytest.mark.skipif(not POOL.exists(), reason="the resumes lie beside the project")


@pytest.fixture
def house(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "first-call.sqlite")
    return make_app(tmp_path, f"sqlite:///{tmp_path / 'first-call.sqlite'}")


def test_a_part_of_the_pool_is_found(house):
    check(house, every=25)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_whole_pool_is_found(house):
    check(house, every=1)


def check(house, every):
    texts = bring_in(house, every)
    asked = phrases(list(texts.values()))
    scanned = {phrase: {one for one, text in texts.items() if f" {phrase} " in text} for phrase in asked}
    with house.app_context(), unit_of_work(writes=False):
        alice = users.by_email(people.address("alice"))
        found = {phrase: in_the_index(phrase) for phrase in asked}
        listed = {phrase: finding.candidates_matching(f'"{phrase}"', seen_by=alice) for phrase in asked}
    right = sum(len(scanned[phrase]) for phrase in asked)
    wrong = sum(len(scanned[phrase] ^ found[phrase]) for phrase in asked)
    print(f"{len(texts)} resumes, {len(asked)} phrases, {right} hits, {wrong} off")
    assert wrong <= OFF * right
    for phrase in asked:  # the list ends at the newest, and says so
        assert listed[phrase] <= found[phrase]
        assert len(listed[phrase]) == min(len(found[phrase]), finding.NEWEST), phrase


def in_the_index(phrase):
    asked = search.hits(query_words.parse(f'"{phrase}"'), kinds=("candidate",))
    return set(db.session.scalars(asked.with_only_columns(Entry.subject_id)))


def bring_in(house, every):
    """Id -> the text as a plain look has it."""
    alice, texts = Program(house, "alice"), {}
    rows = [json.loads(line) for line in gzip.decompress(POOL.read_bytes()).splitlines()][::every]
    for number, row in enumerate(rows):
        candidate_id = alice.post("/candidates", {"full_name": f"Person {number}"})["id"]
        said, content, name = as_a_file(row["text"], number)
        made = alice.post(f"/candidates/{candidate_id}/resumes", data={"file": (BytesIO(content), name)})
        read(house, candidate_id, made["id"])
        texts[candidate_id] = plain(said)
    return texts


def as_a_file(text, number):
    if number % PRINTED:
        return text, text.encode(), "resume.txt"
    lines = textwrap.wrap(" ".join(text.encode("latin-1", "ignore").decode("latin-1").split()), WIDTH)[:LINES]
    return " ".join(lines), documents.placed(printed(lines)), "resume.pdf"


def printed(lines):
    """Word by word, as browsers do."""
    for row, line in enumerate(lines):
        x = 40.0
        for word in line.split():
            yield x, 40 + row * (SIZE + 1.5), SIZE, word
            x += stringWidth(word, "Helvetica", SIZE) + SIZE * 0.28


def read(house, candidate_id, resume_id):
    """As the worker does."""
    with house.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        resume = resumes.find(candidates.find(candidate_id, seen_by=alice), resume_id)
        resumes.write_down(resume, *resumes.read_file(resumes.content(resume), resume.kind))


def plain(text):
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return f" {re.sub(r'[^a-z0-9]+', ' ', letters)} "


def phrases(texts):
    """Two or three words in a row, of which one is no little word."""
    draw, found = Random(3), set()
    while len(found) < PHRASES:
        words = draw.choice(texts).split()
        at, length = draw.randrange(max(1, len(words) - 3)), draw.choice((2, 2, 3))
        some = words[at : at + length]
        if len(some) == length and any(len(word) > 4 for word in some):
            found.add(" ".join(some))
    return sorted(found)
