"""How good and how fast matches are, by the way of the product: resumes on file, and a role's text is asked.

    .venv/bin/python benchmarks/matching.py --pool ../shared/data/matching [--rankings FILE]
    .venv/bin/python benchmarks/matching.py --candidates 100000

Of a labelled pool it prints P@10 and nDCG@10: of all roles, of the half by which weights were chosen, and of the other
half; and of a second set, where the first words of resumes ask for other resumes with the same label.
"""

import argparse
import gzip
import hashlib
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1]))


from crm import create_app
from crm.cli import seed
from crm.db import unit_of_work
from crm.demo import synthetic
from crm.domain import candidates, matching, profiles, search, users, workspace
from crm.domain.candidates import Facts
from crm.kit import clock
from crm.migrations import upgrade

ROLES = (
    ("Data Engineer", "Streaming with Kafka and Spark, Python, SQL, a warehouse that analysts trust."),
    ("Head of Sales", "Leads a team of eight, enterprise software, negotiations, forecasts and a pipeline."),
    ("Nurse", "Night shifts on a surgical ward, medication, care plans, talking with families."),
)
LIMIT = 0.2


def main() -> None:
    told = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(instance=Path(folder), secret_key="x" * 40, argon2_memory_kib=8)
        with app.app_context():
            upgrade.to_newest()
            with unit_of_work(writes=True):
                workspace.set_up(
                    company="Bench",
                    name="Alice",
                    email="alice@example.org",
                    password_hash=users.hash_password("long enough to be one"),
                )
            if told.candidates:
                _fast(told.candidates)
            else:
                _good(told.pool, told.rankings)


# --- how good


def _good(folder: Path, rankings: Path | None) -> None:
    with gzip.open(folder / "resumes.jsonl.gz", "rt") as lines:
        resumes = {one["id"]: one for one in map(json.loads, lines)}
    roles = [json.loads(line) for line in (folder / "roles.jsonl").open()]
    known = _bring_in(resumes)
    labels = {one: set(resume["labels"]) for one, resume in resumes.items()}
    found = {role["id"]: _asked(role["title"], role["text"], known) for role in roles}
    if rankings:
        rankings.write_text(json.dumps(found))
    wanted = {role["id"]: set(role["labels"]) for role in roles}
    for half, name in ((None, "all roles"), (0, "roles used for choosing weights"), (1, "roles held out")):
        for kind in ("onet", "esco"):
            chosen = [one for one in found if one.startswith(kind) and half in (None, _half(one))]
            _say(f"{name}, {kind}", [_score(found[one], wanted[one], labels, "") for one in chosen])
    second = [one for one in resumes if _half(one) and _first(resumes[one]["text"])][:150]
    rows = [_score(_asked(_first(resumes[one]["text"]), "", known), labels[one], labels, one) for one in second]
    _say("first words of resumes (never used for choosing)", rows)


def _bring_in(resumes: dict[str, dict]) -> dict[str, str]:
    """By candidate, the resume's id."""
    known = {}
    with unit_of_work(writes=True):
        alice = users.by_email("alice@example.org")
        for number, (one, resume) in enumerate(resumes.items()):
            candidate = candidates.add(Facts(full_name=f"Zzq Xwv{number}"), by=alice)
            search.put("candidate", candidate.id, resume=resume["text"])
            known[candidate.id] = one
    with unit_of_work(writes=True):
        profiles.write_missing(clock.now())
        profiles.count_words(clock.now())
    return known


def _asked(title: str, text: str, known: dict[str, str]) -> list[str]:
    with unit_of_work(writes=False):
        alice = users.by_email("alice@example.org")
        return [known[match.candidate.id] for match in matching.for_text(title, text, seen_by=alice, limit=100)]


def _score(found: list[str], wanted: set[str], labels: dict[str, set[str]], itself: str) -> tuple[float, float] | None:
    relevant = {one for one, own in labels.items() if own & wanted and one != itself}
    if not relevant:
        return None
    hits = [one in relevant for one in [one for one in found if one != itself][:10]]
    ideal = sum(1 / math.log2(n + 2) for n in range(min(10, len(relevant))))
    return sum(hits) / 10, sum(hit / math.log2(n + 2) for n, hit in enumerate(hits)) / ideal


def _half(one: str) -> int:
    return int(hashlib.sha256(one.encode()).hexdigest(), 16) % 2


def _first(text: str) -> str:
    line = text.strip().split("\n")[0].strip()
    return line if 4 <= len(line) <= 80 else ""


def _say(what: str, rows: Iterable[tuple[float, float] | None]) -> None:
    counted = [row for row in rows if row is not None]
    figures = [round(mean(column), 3) for column in zip(*counted, strict=True)]
    print(json.dumps({"what": what, "asked": len(counted), "P@10": figures[0], "nDCG@10": figures[1]}), flush=True)


# --- how fast


def _fast(count: int) -> None:
    for batch in seed.batches(synthetic.people(count), seed.BATCH):
        with unit_of_work(writes=True):
            seed.add(batch, texts=True, with_files=False)
    began = time.perf_counter()
    with unit_of_work(writes=True):
        profiles.write_missing(clock.now())
        profiles.count_words(clock.now())
    print(json.dumps({"what": "profiles", "seconds": round(time.perf_counter() - began, 1)}), flush=True)
    for title, needs in ROLES:
        rounds = sorted(_time(title, needs) for _ in range(7))
        figure = rounds[2]
        told = {"what": f"matches: {title}", "unit": "s", "figure": round(figure, 3), "limit": LIMIT}
        print(json.dumps(told | {"kept": figure <= LIMIT}), flush=True)


def _time(title: str, needs: str) -> float:
    with unit_of_work(writes=False):
        alice = users.by_email("alice@example.org")
        began = time.process_time()
        matching.for_text(title, needs, seen_by=alice)
        return time.process_time() - began


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=0)
    parser.add_argument("--pool", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "matching")
    parser.add_argument("--rankings", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
