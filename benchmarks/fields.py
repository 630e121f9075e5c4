"""How often name, mail and phone are read rightly from resumes, and whether a phone is ever invented.

    .venv/bin/python benchmarks/fields.py FOLDER [--answers FILE] [--show 0|1]

FOLDER holds the files, and truth.json: by file name the accepted names, mails and phones, and whether the file is a
template with placeholders, whose name is left out. Prints a JSON line for each figure: of all files, of the half that
may be looked at while mending, and of the other half, which is only counted; then by layout. `--show` names what was
read wrongly in a half. `--answers` keeps what was found.
"""

import argparse
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from crm.kit import contacts, reading, sniff

LEAST = {"name": 0.95, "email": 0.99, "phone": 0.95}
HALVES = {None: "all files", 0: "the half for mending", 1: "held out"}
Answer = dict[str, str | None]


def main() -> None:
    told = _arguments()
    truth = json.loads((told.folder / "truth.json").read_text())
    answers = {name: _answer(told.folder / name) for name in sorted(truth)}
    if told.answers:
        told.answers.write_text(json.dumps(answers, ensure_ascii=False, indent=1))
    for half, what in HALVES.items():
        _say(what, {name for name in truth if half in (None, _half(name))}, answers, truth)
    for layout in sorted({facts["layout"] for facts in truth.values()}):
        _say(f"layout {layout}", {name for name in truth if truth[name]["layout"] == layout}, answers, truth)
    if told.show is not None:
        _show({name for name in truth if _half(name) == told.show}, answers, truth)


def _answer(path: Path) -> Answer:
    data = path.read_bytes()
    found = contacts.find(reading.read(data, sniff.kind_of(data)))
    return {"name": found.full_name, "email": found.email, "phone": found.phone}


def _half(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2


def _say(what: str, names: Iterable[str], answers: dict[str, Answer], truth: dict[str, dict]) -> None:
    names = sorted(names)
    for field, least in LEAST.items():
        rows = [
            _is_right(field, answers[name][field], truth[name][field]) for name in names if _counts(field, truth[name])
        ]
        share = sum(rows) / len(rows) if rows else 1
        told = {"what": f"{field}, {what}", "files": len(rows), "figure": round(share, 3), "limit": least}
        print(json.dumps(told | {"kept": share >= least}), flush=True)
    invented = sum(bool(answers[name]["phone"]) and not truth[name]["phone"] for name in names)
    told = {"what": f"invented phones, {what}", "files": len(names), "figure": invented, "limit": 0}
    print(json.dumps(told | {"kept": invented == 0}), flush=True)


def _counts(field: str, facts: dict) -> bool:
    return field != "name" or bool(facts["name"] and not facts["placeholder"])


def _is_right(field: str, got: str | None, accepted: list[str]) -> bool:
    if not accepted or not got:
        return not accepted and not got
    return any(_same(field, got, one) for one in accepted)


def _same(field: str, got: str, wanted: str) -> bool:
    if field == "name":
        return _words(got) == _words(wanted)
    if field == "email":
        return got.strip().lower() == wanted.lower()
    mine, theirs = (re.sub(r"\D", "", number) for number in (got, wanted))
    return mine == theirs or (len(mine) > 6 and mine[-8:] == theirs[-8:])


def _words(name: str) -> list[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return sorted(re.findall(r"\w+", plain.casefold()))


def _show(names: Iterable[str], answers: dict[str, Answer], truth: dict[str, dict]) -> None:
    for name in sorted(names):
        for field in LEAST:
            got, accepted = answers[name][field], truth[name][field]
            if _counts(field, truth[name]) and not _is_right(field, got, accepted):
                print(json.dumps({"file": name, "field": field, "got": got, "accepted": accepted}, ensure_ascii=False))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--show", type=int, choices=(0, 1))
    return parser.parse_args()


if __name__ == "__main__":
    main()
