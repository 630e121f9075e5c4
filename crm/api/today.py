"""What its user should do today."""

from crm.api import forwards, keeping_questions, promises
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import DATE, FLAG, FREE, MOMENT, many, maybe, named, number, shown, word
from crm.domain import today
from crm.domain.calls import CallList
from crm.domain.inbox import Arrival
from crm.domain.news import News
from crm.domain.pressing import Ending
from crm.domain.roles import Role
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
        warmth_why={**FREE, "description": "The sentence behind the warmth."},
        last_words={**FREE, "description": "How the last contact begins of which somebody wrote down what was said."},
        promise={**maybe(promises.PROMISE), "description": "What was promised, where that is why; else null."},
    ),
)
REPLY = named("Reply", shown(id=FREE, candidate_id=maybe(FREE), letter_id=maybe(FREE), who=FREE, subject=FREE,
                            text=FREE, at=MOMENT))  # fmt: skip
CALLS = named("CallsToMake", shown(role_id=FREE, title=FREE, to_thank=FLAG, started_at=MOMENT))
ENDING = named("GuardWindow", shown(role_id=FREE, title=FREE, on=DATE, count=number()))
NEWS = named(
    "News",
    shown(id=FREE, kind=FREE, who=FREE, text=FREE, candidate_id=maybe(FREE), colleague_id=maybe(FREE),
          forward_id=maybe(FREE), at=MOMENT),
)  # fmt: skip
STUCK = named("LetterNotSent", shown(id=FREE, to_name=FREE, state=FREE))
TODAY = named(
    "Today",
    shown(
        items={**many(DUE), "description": "Who is due: to whom something was promised first, longest waiting first."},
        next=maybe(FREE),
        more={**number(), "description": "How many more are due."},
        calls={**many(CALLS), "description": "Call lists that are not at their end, or not thanked for."},
        replies={**many(REPLY), "description": "By mail, not read yet."},
        guard_windows={**many(ENDING), "description": "That end soon, or have ended with nothing decided."},
        not_sent={**many(STUCK), "description": "Letters that did not leave, or of which nobody knows."},
        answers={**many(forwards.FORWARD), "description": "Of colleagues, not seen yet."},
        keeping={
            **many(keeping_questions.QUESTION),
            "description": "Answers whether you may keep in touch, not seen yet.",
        },
        news={**many(NEWS), "description": "What candidates and colleagues did by their links, not seen yet."},
        coming={**many(DUE), "description": "Who is due within two weeks, for a promise or a date."},
    ),
)


@call("GET", "/today", "What is due", answer=TODAY)
def show() -> Json:
    found = today.of(me())
    return {
        "items": [_due(due) for due in (*found.promised, *found.due)],
        "next": None,
        "more": found.more_due,
        "calls": [_calls(role, one) for role, one in found.roles.calls],
        "replies": [_reply(arrival) for arrival in found.replies],
        "guard_windows": [_ending(one) for one in found.roles.endings],
        "not_sent": [{"id": one.id, "to_name": one.to_name, "state": one.state} for one, _ in found.stuck],
        "answers": [forwards.shown_as(forward) for forward in found.answers],
        "keeping": [keeping_questions.shown_as(question) for question in found.keeping],
        "news": [_news(told) for told in found.news],
        "coming": [_due(due) for due in found.coming],
    }


def _calls(role: Role, call_list: CallList) -> Json:
    thanks = call_list.yes_at is not None
    return {"role_id": role.id, "title": role.title, "to_thank": thanks, "started_at": call_list.started_at}


def _reply(arrival: Arrival) -> Json:
    return {
        "id": arrival.id,
        "candidate_id": arrival.candidate_id,
        "letter_id": arrival.letter_id,
        "who": arrival.who,
        "subject": arrival.subject,
        "text": arrival.text,
        "at": arrival.at,
    }


def _news(told: News) -> Json:
    return {
        "id": told.id,
        "kind": told.kind,
        "who": told.who,
        "text": told.text,
        "candidate_id": told.candidate_id,
        "colleague_id": told.colleague_id,
        "forward_id": told.forward_id,
        "at": told.at,
    }


def _ending(ending: Ending) -> Json:
    return {"role_id": ending.role.id, "title": ending.role.title, "on": ending.on, "count": ending.count}


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
        "warmth_why": due.candidate.warmth_why,
        "last_words": due.last_words,
        "promise": promises.shown_as(due.promise) if due.promise else None,
    }
