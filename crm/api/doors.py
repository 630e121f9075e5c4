"""The candidate's own page: who works here sends the link to it; what stands on it is theirs."""

from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.forwards import LETTER, letter_as
from crm.api.schema import Given, given, text
from crm.domain import candidates, door_letters
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.kit import tokens
from crm.mail.door_letters import first_words

NEW = given(
    subject={**text(LONGEST_SUBJECT), "description": "As the page proposes, in the candidate's language, unless told."},
    text={**text(LONGEST_TEXT), "description": "Likewise; the link is added to the words."},
)


@call("POST", "/candidates/{candidate_id}/door", "Send them their page", body=NEW, answer=LETTER, status=201)
def send(given: Given, candidate_id: str) -> Json:
    """By a letter, which waits for the undo period. The link is in that letter alone, and in no answer of the API."""
    candidate = candidates.find(candidate_id, seen_by=me())
    subject, words = first_words(candidate, by=me())
    letter = door_letters.send(
        candidate, subject=given.get("subject") or subject, text=given.get("text") or words, by=me(),
        intent=tokens.new_key(),
    )  # fmt: skip
    return letter_as(letter)
