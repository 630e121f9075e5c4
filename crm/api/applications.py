"""One candidate for one role: how far they came, how it ended, and the debrief."""

from crm.api.access import me
from crm.api.contract import Json, at, call
from crm.api.schema import DATE, FREE, LINE, MOMENT, REFERENCE, Given, given, many, maybe, named, shown, text, word
from crm.domain import applications, candidates, roles, shape
from crm.domain.applications import DISPOSITIONS, MARGINS, STAGES, Application, Debrief, Words
from crm.domain.candidates import Candidate

SENTENCE = text(shape.SENTENCE)
NEW = given(
    needed=["candidate_id"],
    candidate_id=REFERENCE,
    stage=word(STAGES),
    disposition={**word(["", *DISPOSITIONS]), "description": "Empty while the application runs."},
    reason=text(300),
    panel=text(500),
    applied_on=DATE,
    decided_on=DATE,
    debrief=given(
        margin={**SENTENCE, "description": f"One of {', '.join(MARGINS)}, or a sentence."},
        sentence=SENTENCE,
        missing=SENTENCE,
        would_change=SENTENCE,
        hire_for=many(LINE, applications.MOST_ROLES),
        agreed=SENTENCE,
        call_again_on=DATE,
    ),
)
DEBRIEF = named(
    "Debrief",
    shown(
        margin=FREE,
        sentence=FREE,
        missing=FREE,
        would_change=FREE,
        hire_for=many(FREE),
        agreed=FREE,
        call_again_on=maybe(DATE),
        written_at=MOMENT,
    ),
)
APPLICATION = named(
    "Application",
    shown(
        id=FREE,
        candidate_id=FREE,
        role_id=FREE,
        role_title=FREE,
        stage=word(STAGES),
        disposition=word(["", *DISPOSITIONS]),
        reason=FREE,
        panel=FREE,
        applied_on=maybe(DATE),
        decided_on=maybe(DATE),
        created_at=MOMENT,
        debrief=maybe(DEBRIEF),
    ),
)


@call(
    "POST", "/roles/{role_id}/applications", "Put a candidate's application for a role on record, or change it",
    body=NEW, answer=APPLICATION, status=201,
)  # fmt: skip
def put(given: Given, role_id: str) -> Json:
    """There is one for each candidate and role: given again, it is changed."""
    role = roles.find(role_id, seen_by=me())
    candidate = candidates.find(given.pop("candidate_id"), seen_by=me())
    words = given.pop("debrief", None)
    application = applications.put(candidate, role, by=me(), **given)
    if words is not None:
        with at("debrief"):
            applications.debrief(application, Words(**words), by=me())
    return shown_as(application)


def all_of(candidate: Candidate) -> list[Json]:
    return [shown_as(application) for application in applications.of(candidate, seen_by=me())]


def shown_as(application: Application) -> Json:
    return {
        "id": application.id,
        "candidate_id": application.candidate_id,
        "role_id": application.role_id,
        "role_title": application.role.title,
        "stage": application.stage,
        "disposition": application.disposition,
        "reason": application.reason,
        "panel": application.panel,
        "applied_on": application.applied_on,
        "decided_on": application.decided_on,
        "created_at": application.created_at,
        "debrief": _debrief(application.debrief) if application.debrief else None,
    }


def _debrief(debrief: Debrief) -> Json:
    return {
        "margin": debrief.margin,
        "sentence": debrief.sentence,
        "missing": debrief.missing,
        "would_change": debrief.would_change,
        "hire_for": debrief.hire_for,
        "agreed": debrief.agreed,
        "call_again_on": debrief.call_again_on,
        "written_at": debrief.written_at,
    }
