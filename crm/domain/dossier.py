"""All that is on record of one candidate, less what the reader may not know of."""

from dataclasses import dataclass

from sqlalchemy import select, union_all
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.domain import (
    consents,
    duplicates,
    forwarding_rules,
    forwards,
    promises,
    proposals,
    resumes,
    standings,
    timeline,
    useful,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
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
    versions, given, promised, rules = _kept(candidate, seen_by)
    sent = forwards.of(candidate, seen_by=seen_by).limit(MOST_OF_EACH)
    moments = timeline.MOST_SHOWN if whole_timeline else timeline.SHOWN_AT_FIRST
    tagged = useful.by_tag(candidate, seen_by=seen_by)
    return Dossier(
        standings=standings.of(candidate, seen_by=seen_by),
        tags=[tag for tag, _ in tagged],
        resumes=versions,
        proposals=proposals.of(candidate, versions[0]) if versions else [],
        consents=given,
        rules=rules,
        promises=promised,
        forwards=list(db.session.scalars(sent)),
        moments=timeline.of(candidate, seen_by=seen_by, limit=moments),
        could_bring=max((item for _, item in tagged if item), key=lambda item: item.created_at, default=None),
        same=duplicates.of(candidate, seen_by=seen_by) if find_same else [],
    )


def _kept(candidate: Candidate, user: User) -> tuple[list[Resume], list[Consent], list[Promise], list[ForwardingRule]]:
    """Four short lists by one query, a row for each thing, as each of them would come by itself."""
    wanted = (
        resumes.of(candidate).limit(MOST_OF_EACH).with_only_columns(Resume.id),
        consents.of(candidate).with_only_columns(Consent.id),
        promises.listed(candidate, seen_by=user).with_only_columns(Promise.id),
        forwarding_rules.standing_of(candidate.id).with_only_columns(ForwardingRule.id),
    )
    ids = union_all(*(select(one.subquery()) for one in wanted)).subquery()
    query = (
        select(Resume, Consent, Promise, ForwardingRule)
        .select_from(ids)
        .outerjoin(Resume, Resume.id == ids.c.id)
        .outerjoin(Consent, Consent.id == ids.c.id)
        .outerjoin(Promise, Promise.id == ids.c.id)
        .outerjoin(ForwardingRule, ForwardingRule.id == ids.c.id)
        .options(joinedload(Promise.by), joinedload(ForwardingRule.by))
    )
    rows = db.session.execute(query).all()
    return (
        sorted((row[0] for row in rows if row[0]), key=lambda one: (one.uploaded_at, one.id), reverse=True),
        sorted((row[1] for row in rows if row[1]), key=lambda one: one.recorded_at, reverse=True),
        sorted((row[2] for row in rows if row[2]), key=lambda one: one.rank),
        sorted((row[3] for row in rows if row[3]), key=lambda one: (one.recorded_at, one.id), reverse=True),
    )
