"""Many resumes at once: sent together, read one by one, decided on, and taken back."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, LINE, MOMENT, REFERENCE, Given, given, many, maybe, named, number, shown, word
from crm.domain import intake, intake_taking, spoken_tags
from crm.domain.errors import Refused
from crm.domain.intake import Intake, Received, Row
from crm.domain.intake_taking import Choice

STATES = ("waiting", "read", "unread", "refused")
BECAME = ("", "new", "of", "left")
FIELDS = ("full_name", "email", "phone", "headline", "location")
ALIKE = shown(candidate_id=FREE, name=FREE, why=FREE, score=number())
FILE = named(
    "IntakeFile",
    shown(
        id=FREE,
        filename=FREE,
        sha256=FREE,
        state={**word(STATES), "description": "`refused`: it was not kept; `trouble` says why."},
        trouble=FREE,
        found=shown(**dict.fromkeys(FIELDS, FREE)),
        alike={**many(ALIKE), "description": "Who may be the same person, the likeliest first."},
        tags={**many(FREE), "description": "In use here, and spoken of in the resume."},
        proposed={**FREE, "description": "new, left, the id of somebody on record, or nothing: look first."},
        became=word(BECAME),
        candidate_id={**maybe(FREE), "description": "Who has this very file, now or before."},
    ),
)
ROW = named("Intake", shown(id=FREE, at=MOMENT, held_until=MOMENT, subject=FREE))
WHOLE = named("IntakeRecord", shown(id=FREE, at=MOMENT, held_until=MOMENT, subject=FREE, files=many(FILE)))
DECISION = given(
    needed=["file_id", "what"],
    file_id=REFERENCE,
    what=word(("new", "of", "leave")),
    candidate_id={**REFERENCE, "description": "Whose resume it is, with `of`."},
    name={**LINE, "description": "What somebody new is called; else the name that was found."},
    tags={**many(LINE, spoken_tags.MOST), "description": "Of the proposed ones, those that somebody new gets."},
)
DECIDED = given(needed=["decisions"], decisions=many(DECISION, intake.MOST_FILES))
UNDONE = shown(waiting=number(), stayed=many(FREE))
PATH = "/intakes/{intake_id}"


@call("GET", "/intakes", "Your intakes, newest first", query=lists.asked(), answer=lists.of(ROW))
def index(asked: Given) -> Json:
    query = intake.of(me()).order_by(None)
    return lists.page(query, asked, Intake.at, Intake.id, show=lists.each(_row), newest_first=True)


@call("POST", "/intakes", "Send resumes, many at once; a person decides on each", upload=True, keep=intake.receive,
      most_files=intake.MOST_FILES, answer=WHOLE, status=201)  # fmt: skip
def add(received: list[Received]) -> Json:
    """A file that cannot be kept says why, and the others are taken."""
    return _whole(intake.add(received, by=me()))


@call("POST", PATH + "/files", "Send more resumes to the same intake", upload=True, keep=intake.receive,
      most_files=intake.MOST_FILES, answer=WHOLE, status=201)  # fmt: skip
def add_files(received: list[Received], intake_id: str) -> Json:
    return _whole(intake.add(received, by=me(), intake=intake.find(intake_id, by=me(), locked=True)))


@call("GET", PATH, "What was found in each file, and who it may be", answer=WHOLE)
def show(intake_id: str) -> Json:
    return _whole(intake.find(intake_id, by=me()))


@call("POST", PATH + "/decisions", "A new candidate, the resume of somebody on record, or nothing", body=DECIDED,
      answer=WHOLE)  # fmt: skip
def decide(given: Given, intake_id: str) -> Json:
    """All of it or nothing. What was decided on before, or is not read yet, stays as it is."""
    brought = intake.find(intake_id, by=me())
    open_to = {file.id for file in intake.files_of(brought)}
    for place, one in enumerate(given["decisions"]):
        if one["file_id"] not in open_to:
            raise Refused("No such file is in this intake, or it is named twice.", field=f"decisions.{place}.file_id")
        if one["what"] == "of" and one.get("candidate_id", "new") in ("new", "leave"):
            raise Refused("Say whose resume it is.", field=f"decisions.{place}.candidate_id")
        open_to.remove(one["file_id"])
    intake_taking.take(brought, {one["file_id"]: _choice(one) for one in given["decisions"]}, by=me())
    return _whole(brought)


@call("POST", PATH + "/undo", "Take back what was decided last, within a day", answer=UNDONE)
def undo(intake_id: str) -> Json:
    """`stayed`: with whom something was done since."""
    count, stayed = intake_taking.undo(intake.find(intake_id, by=me()), by=me())
    return {"waiting": count, "stayed": [one.id for one in stayed]}


def _choice(one: Given) -> Choice:
    return Choice(
        one["candidate_id"] if one["what"] == "of" else one["what"], one.get("name", ""), tuple(one.get("tags", ()))
    )


def _row(brought: Intake) -> Json:
    return {"id": brought.id, "at": brought.at, "held_until": brought.held_until, "subject": brought.subject}


def _whole(brought: Intake) -> Json:
    return _row(brought) | {"files": [_file(row) for row in intake.rows(brought, seen_by=me())]}


def _file(row: Row) -> Json:
    return {
        "id": row.file.id,
        "filename": row.file.filename,
        "sha256": row.file.sha256,
        "state": row.state,
        "trouble": row.trouble,
        "found": {name: row.found.get(name, "") for name in FIELDS},
        "alike": [
            {"candidate_id": one.candidate_id, "name": one.name, "why": one.why, "score": one.score}
            for one in row.alike
        ],
        "tags": row.tags,
        "proposed": row.proposed,
        "became": row.file.became,
        "candidate_id": row.holder.id if row.holder else None,
    }
