"""Forwarding a resume to a colleague, on the candidate's yes."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, at, call
from crm.api.schema import (
    DATE,
    FLAG,
    FREE,
    LINE,
    MOMENT,
    REFERENCE,
    Given,
    given,
    many,
    maybe,
    named,
    number,
    shown,
    text,
    word,
)
from crm.domain import candidates, fair_use, forward_questions, forwards, more_time, outbox, plans, register, revoking
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing, Refused
from crm.domain.forward_parts import PARTS, USUAL
from crm.domain.forward_questions import ANSWERS, ForwardQuestion
from crm.domain.forwards import STATES, Forward
from crm.domain.outbox import Letter
from crm.domain.plans import DELIVERIES, LONGEST_NOTE, MOST_DAYS, OPEN_DAYS

NEW = given(
    colleague_id=REFERENCE,
    to={**text(254), "description": "The mail address, in place of `colleague_id`; a new one needs `company`."},
    name=LINE,
    company=LINE,
    position=LINE,
    note=text(LONGEST_NOTE),
    deliver=word(DELIVERIES),
    until={**DATE, "description": f"In {OPEN_DAYS} days unless told, in {MOST_DAYS} at most."},
    parts={**many(word(PARTS), len(PARTS)), "description": f"What they may see: {', '.join(USUAL)} unless told."},
    sensitive={**FLAG, "description": "Nothing is shown before a code, mailed to them, was typed in."},
    blind={**FLAG, "description": "Without anything by which the candidate is known; a link, never the file."},
    resume_id={**REFERENCE, "description": "The latest unless told."},
)
ASKED = {
    "state": word(STATES),
    "person": {**LINE, "description": "Part of the candidate's name."},
    "colleague": {**LINE, "description": "Part of the colleague's name or address."},
    "company": {**LINE, "description": "Part of the name of the company that it went to."},
    "candidate_id": REFERENCE,
    "colleague_id": REFERENCE,
    "from": {**DATE, "description": "The first day on which it was forwarded."},
    "to": {**DATE, "description": "The last one."},
}
WANTED = {"from": "since", "to": "until"}
"""What a day is called inside."""
LETTER = shown(
    id=FREE, state=word(outbox.STATES), attempts=number(), last_reply=FREE, message_id=FREE, blocked_why=FREE,
)  # fmt: skip
FACTS = {
    "id": FREE,
    "state": word(STATES),
    "candidate_id": FREE,
    "candidate_name": FREE,
    "colleague_id": FREE,
    "to": FREE,
    "name": FREE,
    "company": FREE,
    "position": FREE,
    "note": FREE,
    "deliver": word(DELIVERIES),
    "until": DATE,
    "parts": many(word(PARTS)),
    "sensitive": FLAG,
    "blind": FLAG,
    "resume_id": {**maybe(FREE), "description": "Null when the resume was removed and erased since."},
    "consent_id": maybe(FREE),
    "by_id": FREE,
    "created_at": MOMENT,
    "opened_at": maybe(MOMENT),
    "downloaded_at": maybe(MOMENT),
    "more_asked_at": {**maybe(MOMENT), "description": "When the colleague asked for more time, until it is given."},
    "answered_at": maybe(MOMENT),
    "answer": FREE,
    "answer_words": FREE,
    "revoked_at": maybe(MOMENT),
    "letter": maybe(LETTER),
}
FORWARD = named("Forward", shown(**FACTS))
QUEUED = named("ForwardQueued", shown(**FACTS, warnings=many(FREE)))

QUESTION = named(
    "ForwardQuestion",
    shown(
        id=FREE,
        forward_id=FREE,
        candidate_id=FREE,
        to=FREE,
        state={**word(forward_questions.STATES), "description": "`lapsed`: nobody answered; `closed`: called off."},
        answer={**word(("", *ANSWERS)), "description": "Empty: no answer so far, which is no yes."},
        again_on={**maybe(DATE), "description": "With `later`: from when on they may be asked again."},
        text_version={**FREE, "description": "Of the words in which they were asked."},
        asked_at=MOMENT,
        until={**DATE, "description": "The last day on which it can be answered."},
        answered_at=maybe(MOMENT),
        reminded=FLAG,
        consent_id={**maybe(FREE), "description": "What a yes put on record."},
        by_id=FREE,
    ),
)


@call(
    "GET", "/forwards", "Forwards of candidates you may see, newest first",
    query=lists.asked(**ASKED), answer=lists.of(FORWARD),
)  # fmt: skip
def index(asked: Given) -> Json:
    words = {WANTED.get(name, name): value for name, value in asked.items() if name in ASKED}
    query = register.wanted(register.Wanted(**words), seen_by=me())
    return lists.page(query, asked, Forward.created_at, Forward.id, show=lists.each(shown_as), newest_first=True)


@call(
    "POST", "/candidates/{candidate_id}/forwards", "Forward a resume: the letter leaves after the undo period",
    body=NEW, answer=QUEUED, status=201,
)  # fmt: skip
def send(given: Given, candidate_id: str) -> Json:
    """Where no permission covers this recipient, the candidate is asked first, by a letter: `state` then says
    `awaiting_consent`, `letter` and `consent_id` are null, and nothing goes to the colleague before a yes. A yes makes
    it `queued`, a no `refused`; unanswered for two weeks, or with “later”, it is `expired`. How the question stands is
    told by /forwards/{forward_id}/question. It is refused where they cannot be asked by mail.
    """
    candidate = candidates.find(candidate_id, seen_by=me())
    to = _recipient(given)
    plan = plans.plan(candidate, to, by=me(), **given)
    warnings = fair_use.warnings(candidate, to, seen_by=me())
    return shown_as(forwards.send(plan, by=me())) | {"warnings": warnings}


@call("GET", "/forwards/{forward_id}", "A forward", answer=FORWARD)
def show(forward_id: str) -> Json:
    return shown_as(forwards.find(forward_id, seen_by=me()))


@call("GET", "/forwards/{forward_id}/question", "What the candidate is asked, and how it stands", answer=QUESTION)
def question(forward_id: str) -> Json:
    """404 where nothing had to be asked. Only the candidate answers it, by their link."""
    found = forward_questions.of_forward(forwards.find(forward_id, seen_by=me()).id)
    if found is None:
        raise Missing
    return _question_as(found)


@call("POST", "/forwards/{forward_id}/revocation", "The link opens no more, at once", answer=FORWARD)
def revoke(forward_id: str) -> Json:
    return shown_as(revoking.revoke(forwards.find(forward_id, seen_by=me()), by=me()))


@call(
    "POST",
    "/forwards/{forward_id}/more-time",
    "The link stays open, or opens again, for the usual days",
    answer=FORWARD,
)
def give_more_time(forward_id: str) -> Json:
    return shown_as(more_time.give(forwards.find(forward_id, seen_by=me()), by=me()))


def shown_as(forward: Forward) -> Json:
    return {
        "id": forward.id,
        "state": forward.state,
        "candidate_id": forward.candidate_id,
        "candidate_name": forward.candidate.full_name,
        "colleague_id": forward.colleague_id,
        "to": forward.to_address,
        "name": forward.colleague.name,
        "company": forward.company,
        "position": forward.position,
        "note": forward.note,
        "deliver": forward.deliver,
        "until": forward.until,
        "parts": forward.parts,
        "sensitive": forward.sensitive,
        "blind": forward.blind,
        "resume_id": forward.resume_id,
        "consent_id": forward.consent_id,
        "by_id": forward.by_id,
        "created_at": forward.created_at,
        "opened_at": forward.opened_at,
        "downloaded_at": forward.downloaded_at,
        "more_asked_at": forward.more_asked_at,
        "answered_at": forward.answered_at,
        "answer": forward.answer,
        "answer_words": forward.answer_words,
        "revoked_at": forward.revoked_at,
        "letter": letter_as(forward.letter) if forward.letter else None,
    }


def _question_as(asked: ForwardQuestion) -> Json:
    return {
        "id": asked.id,
        "forward_id": asked.forward_id,
        "candidate_id": asked.candidate_id,
        "to": asked.to_address,
        "state": forward_questions.state(asked),
        "answer": asked.answer,
        "again_on": asked.again_on if asked.answer == "later" else None,
        "text_version": asked.text_version,
        "asked_at": asked.asked_at,
        "until": asked.until,
        "answered_at": asked.answered_at,
        "reminded": asked.reminder_id is not None,
        "consent_id": asked.consent_id,
        "by_id": asked.by_id,
    }


def letter_as(letter: Letter) -> Json:
    return {
        "id": letter.id,
        "state": letter.state,
        "attempts": letter.attempts,
        "last_reply": letter.last_reply,
        "message_id": letter.message_id,
        "blocked_why": letter.why_for(me()),
    }


def _recipient(given: Given) -> Colleague:
    """Takes out of what was given what says who it is for."""
    colleague_id, email = given.pop("colleague_id", ""), given.pop("to", "")
    name, company = given.pop("name", ""), given.pop("company", "")
    if bool(colleague_id) == bool(email):
        raise Refused("Say who is to get it: either `colleague_id` or `to`.", field="to")
    with at(email="to"):
        return plans.recipient(colleague_id, email=email, name=name, company=company, by=me())
