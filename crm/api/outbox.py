"""Letters on their way out, and what became of them."""

from collections.abc import Sequence

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, MOMENT, Given, maybe, named, number, shown, word
from crm.domain import forwards, outbox
from crm.domain.forwards import Forward
from crm.domain.outbox import STATES, Letter

LETTER = named(
    "Letter",
    shown(
        id=FREE,
        kind=FREE,
        to=FREE,
        to_name=FREE,
        state=word(STATES),
        blocked_why=FREE,
        attempts=number(),
        last_reply=FREE,
        message_id=FREE,
        forward_id=maybe(FREE),
        by_id=maybe(FREE),
        created_at=MOMENT,
        not_before=MOMENT,
        ended_at=maybe(MOMENT),
    ),
)


@call(
    "GET", "/outbox", "Your letters, newest first; administrators see everybody's",
    query=lists.asked(state=word(STATES)), answer=lists.of(LETTER),
)  # fmt: skip
def index(asked: Given) -> Json:
    query = outbox.listed(me(), asked.get("state", ""))
    return lists.page(query, asked, Letter.id, show=_all, newest_first=True)


def _all(letters: Sequence[Letter]) -> list[Json]:
    behind = forwards.behind(letters, seen_by=me())
    return [_shown(letter, behind.get(letter.id)) for letter in letters]


def _shown(letter: Letter, forward: Forward | None) -> Json:
    return {
        "id": letter.id,
        "kind": letter.kind,
        "to": letter.to_address,
        "to_name": letter.to_name,
        "state": letter.state,
        "blocked_why": letter.why_for(me()),
        "attempts": letter.attempts,
        "last_reply": letter.last_reply,
        "message_id": letter.message_id,
        "forward_id": forward.id if forward else None,
        "by_id": letter.by_id,
        "created_at": letter.created_at,
        "not_before": letter.not_before,
        "ended_at": letter.ended_at,
    }
