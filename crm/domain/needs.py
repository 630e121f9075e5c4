"""Who fits what a colleague is looking for, with the reasons in words.

Each reason has a weight, and their sum is the whole of the order. Only what says something of the work is looked at:
what one would hire them for, tags, their headline, the resume. A word that very many jobs are called counts with others
only, words about a person count nowhere, and neither does what they did to be remembered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, Select, and_, select

from crm.db import db
from crm.domain import cadences, candidates, gate, search, tags
from crm.domain.applications import Application, Debrief
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.roles import Role, visible_to
from crm.domain.search import Entry
from crm.domain.suppressions import Suppression
from crm.domain.users import User
from crm.kit import terms

MOST_COLLEAGUES = 500
MOST_CANDIDATES = 60
MOST_DEBRIEFS = 400
SHOWN = 3
ENOUGH = 3
"""A match needs so much: one thing that a person said of them, or the same words in the resume three times over."""
WOULD_HIRE, HEADLINE, TAG, RESUME, PLACE = 4, 3, 3, 1, 1
MOST_OF_RESUME = 4


@dataclass(frozen=True)
class Facts:
    """What is known of one candidate that has to do with work, as far as the reader may know it."""

    candidate: Candidate
    hire_for: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    resume: str = ""
    rules: tuple[ForwardingRule, ...] = ()
    """To which companies they are never to be forwarded."""

    @cached_property
    def resume_stems(self) -> frozenset[str]:
        return frozenset(terms.stems(search.shown(self.resume)))


@dataclass(frozen=True)
class Reason:
    words: str
    weight: int


@dataclass(frozen=True)
class Match:
    colleague: Colleague
    candidate: Candidate
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        return sum(reason.weight for reason in self.reasons)

    @property
    def why(self) -> str:
        """you would hire them for Data engineer; tagged streaming; Kafka is in the resume"""
        return "; ".join(reason.words for reason in self.reasons)


# --- queries


def who_looks_for(facts: Iterable[Facts], *, limit: int = SHOWN) -> dict[str, list[Match]]:
    """By candidate, the colleagues who look for somebody like them, best first; by one query."""
    known = {one.candidate.id: one for one in facts if _is_shown(one.candidate)}
    sent = and_(Forward.colleague_id == Colleague.id, Forward.candidate_id.in_(known), Forward.revoked_at.is_(None))
    wanted = db.session.execute(_looking().add_columns(Forward.candidate_id).outerjoin(Forward, sent)) if known else ()
    had: dict[Colleague, set[str]] = defaultdict(set)
    for colleague, candidate_id in wanted:
        had[colleague].add(candidate_id or "")
    return {
        candidate_id: _best((of(colleague, one) for colleague, them in had.items() if candidate_id not in them), limit)
        for candidate_id, one in known.items()
    }


def who_fits(colleague: Colleague, *, seen_by: User, limit: int = SHOWN) -> list[Match]:
    """The candidates whom the reader may see, best first; nobody whose resume the colleague had already."""
    if not colleague.looking_for or colleague.forwards_off_at is not None:
        return []
    people = _likely(colleague, seen_by)
    known = facts_of(people, seen_by=seen_by) if people else []
    return _best((of(colleague, one) for one in known), limit)


def facts_of(people: Iterable[Candidate], *, seen_by: User) -> list[Facts]:
    """By four queries, however many they are."""
    by_id = {person.id: person for person in people}
    ids = list(by_id)
    said, labels, texts, rules = _hire_for(ids, seen_by), tags.of(ids), _resumes(ids), _never(ids)
    return [
        Facts(person, tuple(said[one]), tuple(tag.name for tag in labels[one]), texts.get(one, ""), tuple(rules[one]))
        for one, person in by_id.items()
    ]


def _resumes(candidate_ids: list[str]) -> dict[str, str]:
    """The text of the newest resume, as the index has it."""
    query = select(Entry.subject_id, Entry.resume).where(Entry.subject_id.in_(candidate_ids))
    return dict(db.session.execute(query).all())


def of(colleague: Colleague, facts: Facts) -> Match | None:
    """None where it is not enough, they work there, or asked never to be forwarded there."""
    if gate.is_employer(facts.candidate, colleague.company, colleague.email):
        return None
    if any(rule.is_about(colleague.company, colleague.email) for rule in facts.rules):
        return None
    found = Match(colleague, facts.candidate, tuple(_reasons(terms.telling(colleague.looking_for), facts)))
    strong = max((reason.weight for reason in found.reasons), default=0)
    return found if found.weight >= ENOUGH and strong > PLACE else None


# --- parts


def _reasons(wanted: Mapping[str, str], facts: Facts) -> Iterable[Reason]:
    yield from _said(wanted, facts.hire_for, WOULD_HIRE, "you would hire them for {}")
    yield from _said(wanted, [facts.candidate.headline], HEADLINE, "they are “{}”")
    yield from _said(wanted, facts.tags, TAG, "tagged {}")
    there = [word for stem, word in wanted.items() if stem in facts.resume_stems and not terms.is_a_trade(stem)]
    if there:
        shown = there[:MOST_OF_RESUME]
        yield Reason(f"{_and(shown)} {'is' if len(shown) == 1 else 'are'} in the resume", RESUME * len(shown))
    if place := [word for word in terms.telling(facts.candidate.location) if word in wanted]:
        yield Reason(f"they live in {wanted[place[0]]}", PLACE)


def _said(wanted: Mapping[str, str], phrases: Iterable[str], weight: int, words: str) -> Iterable[Reason]:
    """Of several phrases the one that says most counts, so that saying it twice is not saying more."""
    found = [phrase for phrase in phrases if _speaks_for(wanted, phrase)]
    if found:
        yield Reason(words.format(" and ".join(found[:2])), weight)


def _speaks_for(wanted: Mapping[str, str], phrase: str) -> bool:
    """Whether they share a word that tells; where nothing but a trade is looked for, the trade does."""
    same = set(terms.telling(phrase)) & set(wanted)
    only_trades = all(terms.is_a_trade(stem) for stem in wanted)
    return any(only_trades or not terms.is_a_trade(stem) for stem in same)


def _best(found: Iterable[Match | None], limit: int) -> list[Match]:
    matches = [match for match in found if match is not None]
    return sorted(matches, key=lambda one: (-one.weight, one.candidate.id, one.colleague.id))[:limit]


def _is_shown(candidate: Candidate) -> bool:
    return not (candidate.is_archived or candidate.is_paused or candidate.is_deleted)


def _looking() -> Select[Colleague]:
    """Whoever said lately comes first, and nobody who wants no more."""
    return (
        select(Colleague)
        .outerjoin(Suppression, Suppression.mailbox == Colleague.email)
        .where(Colleague.looking_for != "", Colleague.forwards_off_at.is_(None), Suppression.mailbox.is_(None))
        .order_by(Colleague.looking_since.desc())
        .limit(MOST_COLLEAGUES)
    )


def _likely(colleague: Colleague, user: User) -> list[Candidate]:
    """A first, rough choice: one of the words stands in the index, or in what somebody would hire them for."""
    wanted = terms.telling(colleague.looking_for)
    names = [word for stem, word in wanted.items() if not terms.is_a_trade(stem)] or list(wanted.values())
    if not names:
        return []
    there = search.any_of(names, kind="candidate").with_only_columns(Entry.subject_id)
    there = there.join(Candidate, Candidate.id == Entry.subject_id).where(*_is_open(colleague, user))
    ids = set(db.session.scalars(there.limit(MOST_CANDIDATES)))
    said = _all_hire_for(colleague, user)
    ids |= {one for one, phrases in said if any(_speaks_for(wanted, phrase) for phrase in phrases)}
    return list(db.session.scalars(select(Candidate).where(Candidate.id.in_(ids)))) if ids else []


def _is_open(colleague: Colleague, user: User) -> tuple[ColumnElement[bool], ...]:
    """Of the Candidate of the query: seen, reachable, and new to the colleague."""
    had = select(Forward.candidate_id).where(Forward.colleague_id == colleague.id, Forward.revoked_at.is_(None))
    return candidates.visible_to(user), cadences.reachable(), Candidate.id.not_in(had)


def _all_hire_for(colleague: Colleague, user: User) -> list[tuple[str, list[str]]]:
    query = (
        select(Application.candidate_id, Debrief.hire_for)
        .join(Debrief, Debrief.application_id == Application.id)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Role, Role.id == Application.role_id)
        .where(visible_to(user), *_is_open(colleague, user))
        .order_by(Application.decided_on.desc())
        .limit(MOST_DEBRIEFS)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _hire_for(candidate_ids: list[str], user: User) -> dict[str, list[str]]:
    query = (
        select(Application.candidate_id, Debrief.hire_for)
        .join(Debrief, Debrief.application_id == Application.id)
        .join(Role, Role.id == Application.role_id)
        .where(Application.candidate_id.in_(candidate_ids), visible_to(user))
        .order_by(Application.decided_on.desc())
    )
    found: dict[str, list[str]] = defaultdict(list)
    for candidate_id, phrases in db.session.execute(query):
        found[candidate_id] += [phrase for phrase in phrases or [] if phrase not in found[candidate_id]]
    return found


def _never(candidate_ids: list[str]) -> dict[str, list[ForwardingRule]]:
    theirs = (ForwardingRule.candidate_id.in_(candidate_ids), ForwardingRule.kind == "never")
    found: dict[str, list[ForwardingRule]] = defaultdict(list)
    for rule in db.session.scalars(select(ForwardingRule).where(*theirs, ForwardingRule.lifted_at.is_(None))):
        found[rule.candidate_id].append(rule)
    return found


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
