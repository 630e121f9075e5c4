"""All that is on record of one candidate, less what the reader may not know of."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import (
    consents,
    duplicates,
    forwarding_rules,
    pools,
    promises,
    proposals,
    resumes,
    stand_ins,
    standings,
    timeline,
    useful,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.pools import Pool
from crm.domain.promises import Promise
from crm.domain.proposals import Proposal
from crm.domain.resumes import Resume
from crm.domain.standings import Standing
from crm.domain.tags import Tag
from crm.domain.timeline import Moment
from crm.domain.useful import UsefulItem
from crm.domain.users import User

MOST_OF_EACH = 50


@dataclass(frozen=True)
class Dossier:
    standings: list[Standing]
    tags: list[Tag]
    pools: list[Pool]
    """Into which somebody put them, of those the reader sees."""
    resumes: list[Resume]
    """Newest first."""
    proposals: list[Proposal]
    """From the newest resume, where the record says something else."""
    consents: list[Consent]
    rules: list[ForwardingRule]
    """Where their resume may not go, or not with their name."""
    forwards: list[Forward]
    promises: list[Promise]
    """Open ones first, then the last that were settled."""
    moments: list[Moment]
    could_bring: UsefulItem | None
    """The newest thing that is for people like them, and that they have not got."""
    same: list[Candidate]
    """Who may be the same person, when that was asked."""

    @property
    def gestures(self) -> list[Moment]:
        """Gracious signals among what is shown of the timeline."""
        return [moment for moment in self.moments if moment.is_signal]

    @property
    def agreed(self) -> list[Moment]:
        """Introductions that both said yes to, and that wait to be made."""
        return [moment for moment in self.moments if moment.is_introduction and moment.direction == "agreed"]

    @property
    def latest(self) -> Resume | None:
        return self.resumes[0] if self.resumes else None


def of(candidate: Candidate, *, seen_by: User, whole_timeline: bool = False, find_same: bool = False) -> Dossier:
    kept = _kept(candidate, seen_by)
    moments = timeline.MOST_SHOWN if whole_timeline else timeline.SHOWN_AT_FIRST
    tagged = useful.by_tag(candidate, seen_by=seen_by)
    return Dossier(
        standings=standings.of(candidate, seen_by=seen_by),
        tags=[tag for tag, _ in tagged],
        pools=kept.pools,
        resumes=kept.resumes,
        proposals=proposals.of(candidate, kept.resumes[0]) if kept.resumes else [],
        consents=kept.consents,
        rules=kept.rules,
        promises=kept.promises,
        forwards=kept.forwards,
        moments=timeline.of(candidate, seen_by=seen_by, limit=moments),
        could_bring=max((item for _, item in tagged if item), key=lambda item: item.created_at, default=None),
        same=duplicates.of(candidate, seen_by=seen_by) if find_same else [],
    )


class _Kept(NamedTuple):
    resumes: list[Resume]
    consents: list[Consent]
    promises: list[Promise]
    rules: list[ForwardingRule]
    forwards: list[Forward]
    pools: list[Pool]


def _kept(candidate: Candidate, user: User) -> _Kept:
    """Six short lists by one query, a row for each thing, as each of them would come by itself."""
    asked = {"candidate": candidate.id, "user": user.id}
    rows = db.session.execute(_of_each(user.is_admin), asked)
    lists = [[one for one in column if one] for column in zip(*rows, strict=True)] or [[]] * 6
    return _Kept(
        sorted(lists[0], key=lambda one: (one.uploaded_at, one.id), reverse=True),
        sorted(lists[1], key=lambda one: one.recorded_at, reverse=True),
        sorted(lists[2], key=lambda one: one.rank),
        sorted(lists[3], key=lambda one: (one.recorded_at, one.id), reverse=True),
        sorted(lists[4], key=lambda one: (one.created_at, one.id), reverse=True),
        sorted(lists[5], key=lambda one: (one.key, one.id)),
    )


@cache
def _of_each(is_admin: bool) -> Select[Resume, Consent, Promise, ForwardingRule, Forward, Pool]:
    wanted = _wanted(stand_ins.candidate(), stand_ins.user(is_admin=is_admin))
    ids = union_all(*(select(one.subquery()) for one in wanted)).subquery()
    return (
        select(Resume, Consent, Promise, ForwardingRule, Forward, Pool)
        .select_from(ids)
        .outerjoin(Resume, Resume.id == ids.c.id)
        .outerjoin(Consent, Consent.id == ids.c.id)
        .outerjoin(Promise, Promise.id == ids.c.id)
        .outerjoin(ForwardingRule, ForwardingRule.id == ids.c.id)
        .outerjoin(Forward, Forward.id == ids.c.id)
        .outerjoin(Pool, Pool.id == ids.c.id)
        .options(joinedload(Promise.by), joinedload(ForwardingRule.by))
        .options(*(joinedload(one) for one in (Forward.colleague, Forward.letter, Forward.by, Forward.candidate)))
    )


def _wanted(candidate: Candidate, user: User) -> Iterable[Select[str]]:
    """Of which things, by their ids; whoever asks may see the candidate."""
    sent = select(Forward.id).where(Forward.candidate_id == candidate.id)
    return (
        resumes.of(candidate).limit(MOST_OF_EACH).with_only_columns(Resume.id),
        consents.of(candidate).with_only_columns(Consent.id),
        promises.listed(candidate, seen_by=user).with_only_columns(Promise.id),
        forwarding_rules.standing_of(candidate.id).with_only_columns(ForwardingRule.id),
        sent.order_by(Forward.created_at.desc(), Forward.id.desc()).limit(MOST_OF_EACH),
        pools.with_candidate(candidate, seen_by=user).with_only_columns(Pool.id),
    )
