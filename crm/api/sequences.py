"""A few letters to a candidate with waits between them; each ends by itself."""

from collections.abc import Sequence as Rows

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, MOMENT, Given, given, many, maybe, named, number, shown, text, word
from crm.domain import candidates, sequence_plans, sequences, sequencing
from crm.domain.errors import Missing
from crm.domain.sequences import ENDINGS, STATES, Sequence
from crm.kit import tokens

STEP = shown(
    id=FREE,
    subject=FREE,
    text=FREE,
    goes_on={**DATE, "description": "The day by the sender's clock; once it has left, the day when it did."},
    wait_days=number(description="Counted from when the letter before it really left."),
    state=word(STATES),
)
SEQUENCE = named(
    "Sequence",
    shown(
        id=FREE,
        candidate_id=FREE,
        plan=FREE,
        by_id={**FREE, "description": "Who started it, in whose name and at whose hours it writes."},
        started_at=MOMENT,
        is_running=FLAG,
        ended_at=maybe(MOMENT),
        ended_why={
            **maybe(word(ENDINGS)),
            "description": "Told as soon as it holds; `ended_at` follows when the worker has seen it.",
        },
        steps=many(STEP),
    ),
)
NEW = given(
    needed=["plan"],
    plan=text(20, description="`lightly`, `once_more`, or the id of a plan of one's own."),
)
PATH = "/candidates/{candidate_id}/sequences"


@call("GET", PATH, "Sequences for a candidate, newest first", query=lists.asked(), answer=lists.of(SEQUENCE))
def index(asked: Given, candidate_id: str) -> Json:
    query = sequences.all_of(candidates.find(candidate_id, seen_by=me()))
    return lists.page(query, asked, Sequence.id, show=_all_shown, newest_first=True)


@call("POST", PATH, "Start a sequence", body=NEW, answer=SEQUENCE, status=201)
def start(given: Given, candidate_id: str) -> Json:
    """One runs for a person at a time. Its letters leave in the working hours of the token's user."""
    user = me()
    plan = sequence_plans.find(given["plan"], seen_by=user)
    person = candidates.find(candidate_id, seen_by=user)
    [started] = sequencing.start([person], plan, by=user, intent=tokens.new_key())
    return _shown(started)


@call("POST", PATH + "/{sequence_id}/stop", "Stop a sequence for good", answer=SEQUENCE)
def stop(candidate_id: str, sequence_id: str) -> Json:
    sequence = sequences.find(sequence_id, seen_by=me())
    if sequence.candidate_id != candidate_id:
        raise Missing
    return _shown(sequencing.stop(sequence, by=me()))


def _all_shown(found: Rows[Sequence]) -> list[Json]:
    return [_shown(sequence) for sequence in sequences.told(found)]


def _shown(sequence: Sequence) -> Json:
    return {
        "id": sequence.id,
        "candidate_id": sequence.candidate_id,
        "plan": sequence.plan,
        "by_id": sequence.by_id,
        "started_at": sequence.started_at,
        "is_running": sequence.is_running,
        "ended_at": sequence.ended_at,
        "ended_why": sequence.why or None,
        "steps": [
            {
                "id": step.id,
                "subject": step.subject,
                "text": step.text,
                "goes_on": sequence.day_of(step),
                "wait_days": step.wait_days,
                "state": "sent" if step.has_left else step.state,
            }
            for step in sequence.steps
        ],
    }
