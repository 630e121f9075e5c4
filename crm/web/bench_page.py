"""What the role page says of its bench: who is ready today, another order the debriefs speak for, who hears nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.domain.applications import MARGINS, Application
from crm.domain.benches import Place
from crm.domain.readiness import Readiness
from crm.kit import words


@dataclass(frozen=True)
class Suggestion:
    """Another order, with its reason. Nobody is moved by it."""

    candidate_ids: list[str]
    sentence: str


@dataclass(frozen=True)
class Evenness:
    """Of one round's finalists: how many heard from us since the decision, and who did not."""

    count: int
    heard: int
    forgotten: list[Application]


def drill(ready: Mapping[str, Readiness]) -> str:
    """ "two ready, one to refresh"."""
    counts = [
        (sum(one.is_ready for one in ready.values()), "ready"),
        (sum(one.word == "refresh first" for one in ready.values()), "to refresh"),
        (sum(bool(one.blockers) for one in ready.values()), "not now"),
    ]
    return ", ".join(f"{words.spelt(number)} {what}" for number, what in counts if number) or "nobody"


def suggestion(places: Sequence[Place], by_person: Mapping[str, Application]) -> Suggestion | None:
    """By the margins of the debriefs, closest first, equal ones as they are. None when that is the order now."""
    now = [place.candidate_id for place in places]
    better = sorted(now, key=lambda candidate_id: _rank(by_person.get(candidate_id)))
    if better == now:
        return None
    names = {place.candidate_id: place.candidate.full_name for place in places}
    told = [f"{names[one]} ({_margin(by_person.get(one))})" for one in better if _margin(by_person.get(one))]
    return Suggestion(better, f"By the margins in the debriefs: {', '.join(told)}.")


def evenness(known: Sequence[Application]) -> Evenness | None:
    """Of those who nearly made it; None for fewer than two, where there is nothing to compare."""
    passed_over = [application for application in known if application.is_near_miss and application.decided_on]
    if len(passed_over) < 2:
        return None
    forgotten = [application for application in passed_over if not _heard(application)]
    return Evenness(len(passed_over), len(passed_over) - len(forgotten), forgotten)


def _heard(application: Application) -> bool:
    last = application.candidate.last_contact_at
    return bool(last and application.decided_on and last.date() >= application.decided_on)


def _rank(application: Application | None) -> int:
    """Whose margin nobody wrote down stands after those with one."""
    margin = application.debrief.margin if application and application.debrief else ""
    return MARGINS.index(margin) if margin in MARGINS else len(MARGINS)


def _margin(application: Application | None) -> str:
    return application.debrief.margin_words if application and application.debrief else ""
