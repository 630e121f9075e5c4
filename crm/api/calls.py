"""The hire fell through, and the call list that the bench becomes: outcomes, what may be written, and undo."""

from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, LINE, MOMENT, Given, given, many, maybe, named, number, shown, text, word
from crm.domain import applications, call_letters, calls, fall_throughs, readiness, roles, shape
from crm.domain.calls import OUTCOMES, WHY, Call, CallList
from crm.domain.errors import Refused
from crm.domain.readiness import Readiness
from crm.domain.roles import Role
from crm.kit import tokens
from crm.mail import call_drafts

READINESS = named(
    "Readiness",
    shown(
        ready=FLAG,
        blockers={**many(FREE), "description": "What stands against calling, in sentences."},
        faded={**many(FREE), "description": "What has to be asked anew."},
        remarks=many(FREE),
    ),
)
CALL_FACTS = {
    "candidate_id": FREE,
    "full_name": FREE,
    "position": number(1),
    "outcome": {**word(("", *OUTCOMES)), "description": "Empty: not called yet."},
    "thinking_until": maybe(DATE),
    "note": FREE,
    "at": maybe(MOMENT),
    "by_id": maybe(FREE),
    "written_to": FLAG,
    "to_thank": {**FLAG, "description": "Somebody else said yes; they were asked, and not thanked yet."},
    "thanked": FLAG,
    "readiness": READINESS,
}
CALL = named("Call", shown(**CALL_FACTS))
DRAFT = named("CallDraft", shown(purpose=word(call_drafts.TEMPLATES), subject=FREE, text=FREE))
CALL_WITH_DRAFT = named("CallRecord", shown(**CALL_FACTS, draft=DRAFT))
LIST = named(
    "CallList",
    shown(
        id=FREE,
        role_id=FREE,
        why=word(WHY),
        on=DATE,
        started_at=MOMENT,
        by_id=FREE,
        finished_at=maybe(MOMENT),
        yes_at=maybe(MOMENT),
        seconds_to_yes={**maybe(number()), "description": "From the report to the yes."},
        next={**maybe(FREE), "description": "The candidate to call now."},
        calls={**many(CALL), "description": "In order; people whom you may not see are left out."},
    ),
)
REPORT = given(
    needed=["why"],
    why=word(fall_throughs.WHY),
    on={**DATE, "description": "Today unless told."},
)
OUTCOME = given(
    needed=["outcome"],
    outcome=word(OUTCOMES),
    thinking_until={**DATE, "description": f"{calls.TIME_TO_THINK.days} days from now unless told."},
    note=text(shape.SENTENCE),
    was={**word(("", *OUTCOMES)), "description": "The outcome you know of: another one in the meantime is refused."},
)
LETTER = given(
    purpose={
        **word(call_drafts.TEMPLATES),
        "description": "What your words are for, a question or thanks: needed with a subject or text of your own. "
        "Refused when it no longer fits, as after somebody's yes.",
    },
    subject={**LINE, "description": "That of the draft unless told."},
    text={**text(shape.TEXT), "description": "That of the draft unless told."},
)
FALL_THROUGH = "/roles/{role_id}/fall-through"
ONE = "/roles/{role_id}/calls/{candidate_id}"


@call("POST", FALL_THROUGH, "The hire fell through: opens the role again", body=REPORT, answer=LIST, status=201)
def report(given: Given, role_id: str) -> Json:
    """Answers the call list: the bench in order, places that have run out last."""
    role = roles.find(role_id, seen_by=me())
    return _list(role, fall_throughs.report(role, by=me(), **given))


@call("DELETE", FALL_THROUGH, "The hire is back after all, as long as nobody said yes", status=204)
def undo_report(role_id: str) -> None:
    fall_throughs.undo(roles.find(role_id, seen_by=me()), by=me())


@call("GET", "/roles/{role_id}/calls", "The call list of a role", answer=LIST)
def index(role_id: str) -> Json:
    role = roles.find(role_id, seen_by=me())
    return _list(role, calls.find(role))


@call("GET", ONE, "One person of the call list, with what may be written to them", answer=CALL_WITH_DRAFT)
def show(role_id: str, candidate_id: str) -> Json:
    return _whole(*_found(role_id, candidate_id))


@call("POST", f"{ONE}/outcome", "What a call came to; a yes ends the list", body=OUTCOME, answer=CALL)
def record(given: Given, role_id: str, candidate_id: str) -> Json:
    """It is logged as a contact. The same outcome twice is once."""
    role, found = _found(role_id, candidate_id)
    return _one(role, calls.record(found, role, by=me(), **given))


@call("DELETE", f"{ONE}/outcome", "Take the outcome of a call back, with the contact it logged", answer=CALL)
def undo(role_id: str, candidate_id: str) -> Json:
    role, found = _found(role_id, candidate_id)
    return _one(role, calls.undo(found, role, by=me()))


@call("POST", f"{ONE}/letter", "Send the question, or the thanks after a yes", body=LETTER, answer=CALL, status=201)
def write(given: Given, role_id: str, candidate_id: str) -> Json:
    role, found = _found(role_id, candidate_id)
    draft = _draft(role, found)
    if "purpose" not in given and ("text" in given or "subject" in given):
        raise Refused("Say what your words are for: call, or thanks.", field="purpose")
    call_letters.write(
        found, role, by=me(), purpose=given.get("purpose", draft.purpose), subject=given.get("subject", draft.subject),
        text=given.get("text", draft.text), intent=tokens.new_id(),
    )  # fmt: skip
    return _one(role, found)


def _found(role_id: str, candidate_id: str) -> tuple[Role, Call]:
    role = roles.find(role_id, seen_by=me())
    return role, calls.find_call(calls.find(role), candidate_id, seen_by=me())


def _draft(role: Role, found: Call) -> call_drafts.CallDraft:
    known = applications.for_people(role, [found.candidate_id])
    return call_drafts.of(found, role, known.get(found.candidate_id), by=me())


def _list(role: Role, call_list: CallList) -> Json:
    rows = calls.rows(call_list, seen_by=me())
    ready = readiness.of(role, [row.candidate for row in rows], seen_by=me())
    now = None if call_list.is_over else calls.next_of(rows)
    return {
        "id": call_list.id,
        "role_id": call_list.role_id,
        "why": call_list.why,
        "on": call_list.on,
        "started_at": call_list.started_at,
        "by_id": call_list.by_id,
        "finished_at": call_list.finished_at,
        "yes_at": call_list.yes_at,
        "seconds_to_yes": int(call_list.took.total_seconds()) if call_list.took is not None else None,
        "next": now.candidate_id if now else None,
        "calls": [_shown(row, ready[row.candidate_id]) for row in rows],
    }


def _one(role: Role, found: Call) -> Json:
    return _shown(found, readiness.of(role, [found.candidate], seen_by=me())[found.candidate_id])


def _whole(role: Role, found: Call) -> Json:
    draft = _draft(role, found)
    told = {"purpose": draft.purpose, "subject": draft.subject, "text": draft.text}
    return {**_one(role, found), "draft": told}


def _shown(found: Call, ready: Readiness) -> Json:
    return {
        "candidate_id": found.candidate_id,
        "full_name": found.candidate.full_name,
        "position": found.position,
        "outcome": found.outcome,
        "thinking_until": found.thinking_until,
        "note": found.note,
        "at": found.at,
        "by_id": found.by_id,
        "written_to": found.asked is not None and found.asked.state != "cancelled",
        "to_thank": found.to_thank,
        "thanked": found.is_thanked,
        "readiness": {
            "ready": ready.is_ready, "blockers": ready.blockers, "faded": ready.faded, "remarks": ready.remarks,
        },
    }  # fmt: skip
