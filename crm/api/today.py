"""What its user should do today."""

from crm.api import forwards, promises
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FREE, MOMENT, many, maybe, named, number, shown, word
from crm.domain import today
from crm.domain.today import Due
from crm.domain.warmth import WARMTHS

DUE = named(
    "Due",
    shown(
        candidate_id=FREE,
        full_name=FREE,
        on=DATE,
        why=FREE,
        sentence={**FREE, "description": "Of the debrief, as it was written at the decision."},
        warmth=word(WARMTHS),
        last_contact_at=maybe(MOMENT),
        last_contact_kind=FREE,
        promise={**maybe(promises.PROMISE), "description": "What was promised, where that is why; else null."},
    ),
)
TODAY = named(
    "Today",
    shown(
        items={**many(DUE), "description": "Who is due: to whom something was promised first, longest waiting first."},
        next=maybe(FREE),
        more={**number(), "description": "How many more are due."},
        answers={**many(forwards.FORWARD), "description": "Of colleagues, not seen yet."},
        coming={**many(DUE), "description": "Who is due within two weeks."},
    ),
)


@call("GET", "/today", "What is due", answer=TODAY)
def show() -> Json:
    found = today.of(me())
    return {
        "items": [_due(due) for due in (*found.promised, *found.due)],
        "next": None,
        "more": found.more_due,
        "answers": [forwards.shown_as(forward) for forward in found.answers],
        "coming": [_due(due) for due in found.coming],
    }


def _due(due: Due) -> Json:
    return {
        "candidate_id": due.candidate.id,
        "full_name": due.candidate.full_name,
        "on": due.on,
        "why": due.promise.text if due.promise else due.candidate.next_why,
        "sentence": due.sentence,
        "warmth": due.candidate.warmth,
        "last_contact_at": due.candidate.last_contact_at,
        "last_contact_kind": due.candidate.last_contact_kind,
        "promise": promises.shown_as(due.promise) if due.promise else None,
    }
