"""Real resumes, where they are at hand: up through the page and through the API, and back byte for byte."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crm.db import unit_of_work
from crm.domain import users
from crm.worker import Worker
from tests import make, people
from tests.api.program import Program

SHARED = Path(__file__).parents[3] / "shared"
RESUMES = SHARED / "data" / "resumes"
SCORER = SHARED / "tools" / "field_score.py"
UNREAD = {".doc"}
FLOOR = {"name": 0.95, "email": 0.99, "phone": 0.95}

pytestmark = [
    pytest.mark.skipif(not RESUMES.exists(), reason="the real resumes are not here"),
    pytest.mark.timeout(240),
]


def files() -> list[Path]:
    return sorted(path for path in RESUMES.iterdir() if path.suffix != ".json")


def person(app, name: str) -> str:
    with app.app_context(), unit_of_work(writes=True):
        return make.candidate(users.by_email(people.address("alice")), name, email="").id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_through_the_api(app, tmp_path):
    alices = Program(app, "alice")
    kept = {}
    for path in files():
        owner = person(app, path.stem)
        answer = alices.post(f"/candidates/{owner}/resumes", data={"file": (path.open("rb"), path.name)})
        kept[path] = f"/candidates/{owner}/resumes/{answer['id']}"
    Worker(app).drain()
    answers = {}
    for path, where in kept.items():
        assert alices.get(f"{where}/file") == path.read_bytes(), path.name
        told = alices.get(where)
        assert told["state"] == ("unread" if path.suffix in UNREAD else "read"), (path.name, told["trouble"])
        assert bool(told["text"]) == (path.suffix not in UNREAD), path.name
        fields = told["fields"]
        answers[path.name] = {"name": fields["full_name"], "email": fields["email"], "phone": fields["phone"]}
    for field, share in score(answers, tmp_path).items():
        assert share >= FLOOR[field], (field, share)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_through_the_page(as_alice, app):
    kept = {}
    for path in files():
        owner = person(app, path.stem)
        page = as_alice.get(f"/candidates/{owner}")
        as_alice.submit(page, f"/candidates/{owner}/resumes", file=(path.open("rb"), path.name))
        kept[path] = owner
    Worker(app).drain()
    for path, owner in kept.items():
        page = as_alice.get(f"/candidates/{owner}")
        pictures = [image.get("src") for image in page.tree.iter("img") if "/preview/" in image.get("src", "")]
        assert bool(pictures) == (path.suffix == ".pdf"), path.name
        for picture in pictures:
            assert as_alice.get(picture).response.mimetype == "image/webp"
        [file] = {link for link in page.links() if link.endswith("/file")}
        assert as_alice.get(file).response.data == path.read_bytes(), path.name


def score(answers, tmp_path) -> dict[str, float]:
    """The share of right answers for each field, by the scorer that comes with the resumes."""
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    command = [sys.executable, str(SCORER), str(tmp_path / "answers.json")]
    told = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    rows = (line.split(":")[0:2] for line in told.splitlines())
    return {field: _share(words.split()[0]) for field, words in rows}


def _share(words: str) -> float:
    right, _, all_of_them = words.partition("/")
    return int(right) / int(all_of_them)
