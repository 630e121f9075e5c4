"""What came of a forward, and the letters that tell both who had a part in it. Only its sender does this."""

from crm.api import forwards as forward_calls
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FREE, MOMENT, Given, given, maybe, named, shown, text, word
from crm.domain import candidates, forwards, outcomes, shape
from crm.domain.circle import LONGEST_LETTER
from crm.domain.errors import Missing
from crm.domain.forwards import Forward
from crm.domain.outcomes import SAID, After
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.kit import tokens

OUTCOME = named(
    "ForwardOutcome",
    shown(
        said={**word(SAID), "description": "; ".join(f"`{one}`: {meaning}" for one, meaning in SAID.items())},
        words=FREE,
        at=MOMENT,
        by_id=FREE,
        ask_again_on={**maybe(DATE), "description": "With `later`: when you are asked again."},
        thanks={**maybe(forward_calls.LETTER), "description": "The letter that thanks the colleague."},
        news={**maybe(forward_calls.LETTER), "description": "The letter that tells the candidate."},
    ),
)
NEW = given(needed=["said"], said=word(SAID), words=text(shape.SENTENCE))
THANKS = given(text={**text(LONGEST_LETTER), "description": "The words that the page proposes unless told."})
NEWS = given(
    subject={**text(LONGEST_SUBJECT), "description": "As the page proposes unless told."},
    text={**text(LONGEST_TEXT), "description": "As the page proposes unless told."},
)
PATH = "/forwards/{forward_id}"


@call("GET", PATH + "/outcome", "What came of a forward", answer=OUTCOME)
def show(forward_id: str) -> Json:
    """404 as long as nobody said."""
    return _shown(outcomes.of(forwards.find(forward_id, seen_by=me())))


@call("POST", PATH + "/outcome", "Say what came of a forward", body=NEW, answer=OUTCOME)
def record(given: Given, forward_id: str) -> Json:
    """Said again, it replaces what was said. Refused before the letter has left."""
    forward = forwards.find(forward_id, seen_by=me())
    outcomes.record(forward, given["said"], words=given.get("words", ""), by=me())
    return _shown(outcomes.of(forward))


@call("POST", PATH + "/thanks", "Thank the colleague", body=THANKS, answer=forward_calls.LETTER, status=201)
def thank(given: Given, forward_id: str) -> Json:
    """By a letter, which waits for the undo period."""
    forward = _own(forward_id)
    words = given.get("text") or outcomes.thanks_words(forward, outcomes.of(forward).outcome)
    return forward_calls.letter_as(outcomes.thank(forward, text=words, by=me(), intent=tokens.new_id()))


@call("POST", PATH + "/news", "Tell the candidate", body=NEWS, answer=forward_calls.LETTER, status=201)
def tell(given: Given, forward_id: str) -> Json:
    """By a letter, which waits for the undo period and counts as a contact once it has left."""
    forward = _own(forward_id)
    subject, words = outcomes.news_words(forward, outcomes.of(forward).outcome)
    letter = outcomes.tell(
        forward, subject=given.get("subject") or subject, text=given.get("text") or words, by=me(),
        intent=tokens.new_id(),
    )  # fmt: skip
    return forward_calls.letter_as(letter)


def _own(forward_id: str) -> Forward:
    forward = forwards.find(forward_id, seen_by=me())
    outcomes.require_sender(forward, by=me())
    candidates.find(forward.candidate_id, seen_by=me())  # with the addresses that a letter may go to
    return forward


def _shown(after: After) -> Json:
    if (outcome := after.outcome) is None:
        raise Missing
    return {
        "said": outcome.said,
        "words": outcome.words,
        "at": outcome.at,
        "by_id": outcome.by_id,
        "ask_again_on": outcome.ask_again_on,
        "thanks": forward_calls.letter_as(after.thanks) if after.thanks else None,
        "news": forward_calls.letter_as(after.news) if after.news else None,
    }
