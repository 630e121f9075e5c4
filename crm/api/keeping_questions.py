"""The question whether one may keep in touch. It is asked here; only the candidate answers it, by their link."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, at, call
from crm.api.schema import DATE, FREE, MOMENT, Given, given, maybe, named, shown, text, word
from crm.domain import candidates, door_openers, keeping
from crm.domain.keeping import KeepingQuestion
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT

QUESTION = named(
    "KeepingQuestion",
    shown(
        id=FREE,
        candidate_id=FREE,
        by_id=FREE,
        letter_id=maybe(FREE),
        asked_at=MOMENT,
        until={**DATE, "description": "The last day on which it can be answered."},
        answer={**word(("", "yes", "no")), "description": "Empty: no answer, which is no yes. A no changes nothing."},
        answered_at=maybe(MOMENT),
        words=FREE,
        not_before={**maybe(DATE), "description": "The month before which they would rather not hear from you."},
        revoked_at={**maybe(MOMENT), "description": "When it was called off, by you or with the decision."},
    ),
)
NEW = given(
    subject={**text(LONGEST_SUBJECT), "description": "That of the kit unless told."},
    text={**text(LONGEST_TEXT), "description": "The words of the kit unless told; the link is added to them."},
    send_at={**MOMENT, "description": "As soon as the time for taking it back is over, unless told."},
)
PATH = "/candidates/{candidate_id}/keeping-questions"


@call("GET", PATH, "Whether a candidate was asked, and what they said", query=lists.asked(), answer=lists.of(QUESTION))
def index(asked: Given, candidate_id: str) -> Json:
    query = keeping.of(candidates.find(candidate_id, seen_by=me()).id, seen_by=me()).order_by(None)
    newest = (KeepingQuestion.asked_at, KeepingQuestion.id)
    return lists.page(query, asked, *newest, show=lists.each(shown_as), newest_first=True)


@call("POST", PATH, "Ask whether you may keep in touch", body=NEW, answer=QUESTION, status=201)
def ask(given: Given, candidate_id: str) -> Json:
    """Refused while a question is open, and where the candidate has said yes."""
    candidate = candidates.find(candidate_id, seen_by=me())
    with at(question_subject="subject", question_text="text", send_on="send_at"):
        return shown_as(door_openers.ask(candidate, by=me(), **given))


def shown_as(question: KeepingQuestion) -> Json:
    return {
        "id": question.id,
        "candidate_id": question.candidate_id,
        "by_id": question.by_id,
        "letter_id": question.letter_id,
        "asked_at": question.asked_at,
        "until": question.until,
        "answer": question.answer,
        "answered_at": question.answered_at,
        "words": question.words,
        "not_before": question.not_before,
        "revoked_at": question.revoked_at,
    }
