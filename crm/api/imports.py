"""Candidates from a file: its columns named, a dry run with what is wrong by row, taken in, and taken out again."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, Given, given, many, maybe, named, number, shown, text, word
from crm.domain import bases, imports, policy, shape
from crm.domain.imports import FileImport, ImportProblem
from crm.kit.tables import headers

COUNTED = ("made", "updated", "known", "same", "left", "problems")
COLUMN = shown(name=FREE, field=word(headers.FIELDS), examples=many(FREE))
IMPORT = named(
    "Import",
    shown(
        id=FREE,
        filename=FREE,
        kind={**FREE, "description": "csv, xlsx, json, vcard or zip."},
        source={**FREE, "description": "The program that made it, where it is known."},
        state=word(state for state in imports.STATES if state != "dropped"),
        trouble=FREE,
        columns={**many(COLUMN), "description": "What each holds, guessed or chosen; none where the program is known."},
        day_first=FLAG,
        on_known=word(imports.ON_KNOWN),
        tag=FREE,
        done=number(),
        total=number(),
        counts=shown(**dict.fromkeys(COUNTED, number())),
        can_be_undone=FLAG,
        read_at=MOMENT,
        finished_at=maybe(MOMENT),
        undone_at=maybe(MOMENT),
    ),
)
PROBLEM = named("ImportProblem", shown(row=number(), leaves_out=FLAG, text=FREE))
ASKED = given(
    fields={**many(word(headers.FIELDS), 1_000), "description": "What each column holds, in their order."},
    day_first=FLAG,
    on_known=word(imports.ON_KNOWN),
    tag={**text(60), "description": "For everybody in the file."},
)
PATH = "/imports/{file_id}"


@call("GET", "/imports", "Your files of candidates, newest first", query=lists.asked(), answer=lists.of(IMPORT))
def index(asked: Given) -> Json:
    policy.require("import", by=me())
    query = imports.listed(me()).order_by(None)
    return lists.page(query, asked, FileImport.read_at, FileImport.id, show=lists.each(_shown), newest_first=True)


@call("POST", "/imports", "Bring a file of candidates; nobody is taken in yet", upload=True, keep=imports.receive,
      answer=IMPORT, status=201)  # fmt: skip
def add(brought: imports.Brought) -> Json:
    """The same file again, while it is still to be decided on, is the same import."""
    return _shown(imports.bring(brought, by=me()))


@call("GET", PATH, "How far an import has come", answer=IMPORT)
def show(file_id: str) -> Json:
    return _shown(_found(file_id))


@call("POST", PATH + "/check", "Say what the columns hold, and look at every row; nothing is changed", body=ASKED,
      answer=IMPORT)  # fmt: skip
def check(given: Given, file_id: str) -> Json:
    """What is not given stays as it was guessed or chosen before. Its state is `checked` when it is done."""
    brought = _found(file_id)
    before = {name: getattr(brought, name) for name in ("fields", "day_first", "on_known", "tag")}
    return _shown(imports.check(brought, by=me(), **(before | given)))


@call("GET", PATH + "/problems", "What is wrong with which row", query=lists.asked(), answer=lists.of(PROBLEM))
def problems(asked: Given, file_id: str) -> Json:
    """`leaves_out`: the row is not taken in; else all of it but what is named."""
    query = imports.problems_of(_found(file_id))
    return lists.page(query, asked, ImportProblem.number, ImportProblem.position, show=lists.each(_problem))


@call("POST", PATH + "/start", "Take the people of a checked file in; it goes on by itself", answer=IMPORT)
def start(file_id: str) -> Json:
    return _shown(imports.start(_found(file_id), by=me()))


@call("POST", PATH + "/undo", "Take an import out again, within seven days", answer=IMPORT)
def undo(file_id: str) -> Json:
    """Whoever was touched since stays."""
    return _shown(imports.undo(_found(file_id), by=me()))


@call(
    "POST", PATH + "/basis", "On what basis they may be contacted", answer=shown(people=number()),
    body=given(needed=["basis", "evidence"], basis=word(bases.BASIS_WORDS), evidence=text(shape.SENTENCE)),
)  # fmt: skip
def record_bases(given: Given, file_id: str) -> Json:
    """For those of whom nothing is on record."""
    return {"people": bases.record_for_all(_found(file_id), by=me(), **given)}


@call("DELETE", PATH, "Let go of a file that is not taken in")
def drop(file_id: str) -> None:
    imports.drop(_found(file_id), by=me())


def _found(file_id: str) -> FileImport:
    policy.require("import", by=me())
    return imports.find(file_id, by=me())


def _problem(one: ImportProblem) -> Json:
    return {"row": one.number, "leaves_out": one.leaves_out, "text": one.text}


def _columns(brought: FileImport) -> list[Json]:
    rows = [row for row in brought.examples if isinstance(row, list)]
    return [
        {"name": name, "field": field, "examples": _examples(rows, at)}
        for at, (name, field) in enumerate(zip(brought.columns, brought.fields, strict=False))
    ]


def _examples(rows: list[list[str]], at: int) -> list[str]:
    values = dict.fromkeys(row[at][:60] for row in rows if at < len(row) and row[at].strip())
    return list(values)[: imports.EXAMPLES]


def _shown(brought: FileImport) -> Json:
    return {
        "id": brought.id,
        "filename": brought.filename,
        "kind": brought.kind,
        "source": brought.source,
        "state": brought.state,
        "trouble": brought.trouble,
        "columns": _columns(brought),
        "day_first": brought.day_first,
        "on_known": brought.on_known,
        "tag": brought.tag,
        "done": brought.done,
        "total": brought.total,
        "counts": {name: brought.count(name) for name in COUNTED},
        "can_be_undone": brought.can_be_undone,
        "read_at": brought.read_at,
        "finished_at": brought.finished_at,
        "undone_at": brought.undone_at,
    }
