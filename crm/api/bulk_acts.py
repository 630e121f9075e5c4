"""Acts on many at once: counted before, done a few at a time, and taken back as a whole."""

from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, REFERENCE, Given, given, many, maybe, named, number, shown, text, word
from crm.domain import bulk, saved_searches
from crm.domain.bulk import BulkAct, Chosen
from crm.domain.bulk_deeds import KINDS
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.domain.touchpoints import DIRECTIONS
from crm.domain.touchpoints import KINDS as TOUCHES
from crm.kit import tokens

ACT = named(
    "BulkAct",
    shown(
        id=FREE,
        kind=word(KINDS),
        words={**FREE, "description": "What it does, in words."},
        state={**FREE, "description": "gathering, doing, done, undoing, undone or stopped"},
        total=number(),
        done=number(),
        left_out=number(),
        put_back=number(),
        kept={**number(), "description": "Not put back, since something changed them after."},
        created_at=MOMENT,
        ended_at=maybe(MOMENT),
    ),
)
ASKED = given(
    needed=["kind"],
    kind=word(KINDS),
    candidate_ids=many(REFERENCE, bulk.MOST_CHOSEN),
    search={**text(saved_searches.LONGEST), "description": "Everybody who fits: what follows the ? of the list."},
    everybody={**FLAG, "description": "With an empty search: everybody you may see."},
    name=text(60),
    pool=text(80),
    reason=text(300),
    owner_id=REFERENCE,
    target_days=number(1),
    latest_days=number(1),
    touch=word(TOUCHES),
    direction=word(DIRECTIONS),
    text=text(LONGEST_TEXT),
    subject=text(LONGEST_SUBJECT),
    template_id={**REFERENCE, "description": "Of a letter: its words are taken where no text is given."},
)
LETTER = shown(to=FREE, subject=FREE, text=FREE)
PREVIEW = shown(
    words=FREE,
    count=number(),
    left_out=many(shown(why=FREE, count=number())),
    letters={**many(LETTER), "description": "Some of those that would leave."},
)
PATH = "/bulk-acts/{act_id}"


@call("POST", "/bulk-acts/preview", "What an act on many would do; nothing is done", body=ASKED, answer=PREVIEW)
def preview(given: Given) -> Json:
    """Counts are never further than 1,001."""
    seen = bulk.preview(*_asked(given), by=me())
    left = [{"why": why, "count": count} for why, count in seen.left_out]
    some = seen.look.samples if seen.look else []
    letters = [{"to": one.to_address, "subject": one.subject, "text": one.text} for one in some]
    return {"words": seen.words, "count": seen.count, "left_out": left, "letters": letters}


@call("POST", "/bulk-acts", "Do an act to many; it goes on by itself", body=ASKED, answer=ACT, status=201)
def start(given: Given) -> Json:
    return _shown(bulk.start(*_asked(given), by=me(), intent=tokens.new_id()))


@call("GET", PATH, "How far an act on many has come", answer=ACT)
def show(act_id: str) -> Json:
    return _shown(bulk.find(act_id, by=me()))


@call("POST", PATH + "/undo", "Take an act on many back", answer=ACT)
def undo(act_id: str) -> Json:
    return _shown(bulk.undo(bulk.find(act_id, by=me()), by=me()))


def _asked(given: Given) -> tuple[Chosen, str, Given]:
    ids, search = given.pop("candidate_ids", None), given.pop("search", None)
    everybody = given.pop("everybody", False) or (ids is None and bool(search))
    return Chosen(tuple(ids or ()), search or "", everybody), given.pop("kind"), given


def _shown(act: BulkAct) -> Json:
    return {
        "id": act.id,
        "kind": act.kind,
        "words": act.words,
        "state": act.state,
        "total": act.total,
        "done": act.done,
        "left_out": act.left_out,
        "put_back": act.put_back,
        "kept": act.kept,
        "created_at": act.created_at,
        "ended_at": act.ended_at,
    }
