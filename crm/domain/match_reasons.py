"""Why somebody fits, in words and whole points that add up; and beside it what speaks against and what is stale.

Names, addresses, ages and words for men and women are not read (crm.kit.work_words), and gracious signals are not
asked: who was coached says thank you more often.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from crm.domain.match_history import Record, Round, speaks_for
from crm.kit import clock, ranking, words, work_fields, work_words
from crm.kit.ranking import Answer, Pool, Wanted

LEAST = 8
"""Points of work that somebody needs to be named at all."""
WOULD_HIRE = 20
NEAR_MISS = {"hair": 18, "close": 14, "clear": 6, "": 10}
REACHED = {"offer": 10, "finalist": 8, "onsite": 5, "interview": 3}
AVAILABLE, MAY_CONTACT = 3, 3
WARMTH = {"warm": 4, "cooling": 2}
TAGGED = 4
"""How often a word of a tag counts as said; a word of the headline as one of the first line of a resume."""
MOST_NAMED = 6
FADES_AFTER = timedelta(days=180)
OLD_RESUME = timedelta(days=730)


@dataclass(frozen=True)
class Reason:
    words: str
    weight: int


@dataclass(frozen=True)
class Person:
    """What is known of one, in columns: those of `matching` and of their profile."""

    row: Row[Any]
    tags: tuple[str, ...]
    record: Record
    warmth: str

    def words_of(self, asked: Iterable[str]) -> dict[str, int]:
        """How often the words stand in resume, headline and tags."""
        found = _counts(self.row.words or "", asked)
        for stem in work_words.asked(self.row.headline):
            found[stem] = max(found.get(stem, 0), work_words.HEADLINE)
        for stem in work_words.asked(" ".join(self.tags)):
            found[stem] = max(found.get(stem, 0), TAGGED)
        return found

    @property
    def fields(self) -> dict[str, float]:
        """Of whom no resume is on file, by headline and tags."""
        said = f"{self.row.headline} {' '.join(self.tags)}"
        return work_fields.unpacked(self.row.fields) if self.row.fields else work_fields.of(work_words.asked(said))


@dataclass(frozen=True)
class Ranked:
    person: Person
    reasons: tuple[Reason, ...]
    points: float
    """Breaks ties of the score, which is in whole points."""
    round: Round | None

    @property
    def score(self) -> int:
        return sum(reason.weight for reason in self.reasons)

    @property
    def order(self) -> tuple[int, float, str]:
        return -self.score, -round(self.points, 6), self.person.row.id


def rank(wanted: Wanted, worth: Mapping[str, float], pool: Pool, person: Person, similar: Mapping[str, str]) -> Ranked:
    """`similar`: ids of roles like the one that is asked for."""
    found = person.words_of(worth)
    size = person.row.size or sum(found.values())
    answer = ranking.answer(wanted, worth, found, person.fields, size, pool.usual_size)
    reasons = _of_work(wanted, answer, person)
    met = next((one for one in person.record.rounds if one.role_id in similar and one.was_met), None)
    history = list(_of_history(wanted.title, met, person.record))
    if history or sum(reason.weight for reason in reasons) >= LEAST:
        reasons += [*history, *_of_today(person)]
    else:
        reasons = []
    return Ranked(person, tuple(reason for reason in reasons if reason.weight), answer.points, met)


def against(ranked: Ranked) -> list[str]:
    """What speaks against; none of it counts."""
    record, said = ranked.person.record, []
    if (met := ranked.round) is not None:
        if met.missing:
            said.append(f"Missing then: {met.missing}")
        if met.disposition == "withdrew":
            said.append(f"Withdrew from {met.title}{met.when}")
    for one in record.rounds:
        if one.disposition == "hired":
            said.append(f"Was hired as {one.title}{one.when}")
        elif not one.disposition:
            said.append(f"In the running for {one.title}")
    if ranked.person.row.let_go_at is not None:
        said.append("Was let go: nobody keeps in touch")
    if ranked.person.row.notice_period:
        said.append(f"Notice period: {ranked.person.row.notice_period}")
    return list(dict.fromkeys(said))[:MOST_NAMED]


def stale(ranked: Ranked, resume_of: Any) -> list[str]:
    """What may no longer be so. `resume_of`: when their newest resume came."""
    row, said, today = ranked.person.row, [], clock.today()
    if resume_of is not None and clock.now() - resume_of > OLD_RESUME:
        said.append(f"The resume is of {words.month(resume_of.date(), today)}")
    if row.said_on is not None and today - row.said_on > FADES_AFTER and (row.availability or row.notice_period):
        said.append(f"Said in {words.month(row.said_on, today)} when they could start")
    if ranked.round and ranked.round.decided_on and today - ranked.round.decided_on > 2 * FADES_AFTER:
        said.append("The interviews are more than a year ago")
    if ranked.person.warmth == "cold":
        said.append("Nothing heard for five months or more" if row.last_two_way_at else "Nothing heard from them yet")
    return said


# --- parts


def _of_work(wanted: Wanted, answer: Answer, person: Person) -> list[Reason]:
    """By where the words stand, and for the field; whole points that add up to what all of it is worth."""
    headline, tagged = set(work_words.asked(person.row.headline)), set(work_words.asked(" ".join(person.tags)))
    places: dict[str, dict[str, float]] = {"headline": {}, "tags": {}, "resume": {}}
    for stem, points in answer.words.items():
        places["headline" if stem in headline else "tags" if stem in tagged else "resume"][stem] = points
    said = [
        (f"Their headline “{person.row.headline}”: {{}}", places["headline"]),
        ("Tagged {}", places["tags"]),
        ("{} in the resume" if person.row.words else "{}", places["resume"]),
    ]
    parts = [(form.format(_named(wanted, found)), sum(found.values())) for form, found in said if found]
    if answer.field and (field := _same_field(wanted, person)):
        parts.append((f"The same kind of work: {field}", answer.field))
    return _in_whole_points(parts)


def _same_field(wanted: Wanted, person: Person) -> str:
    """The one that both are most about, with words of it that stand in the resume."""
    both = {field: weight * person.fields.get(field, 0) for field, weight in wanted.fields.items()}
    field = max(both, key=lambda one: (both[one], one))
    there = _counts(person.row.words or "", work_words_of(field))
    named = sorted(there, key=lambda one: (-there[one], one))[:3]
    return f"{field} ({', '.join(named)})" if named else field


def work_words_of(field: str) -> list[str]:
    return sorted(work_fields.words_of(field))


def _named(wanted: Wanted, found: Mapping[str, float]) -> str:
    best = sorted(found, key=lambda stem: (-found[stem], stem))
    names = [wanted.written.get(stem, stem) for stem in best[:MOST_NAMED]]
    more = len(best) - len(names)
    return words.together([*names, f"{more} more"] if more else names)


def _in_whole_points(parts: list[tuple[str, float]]) -> list[Reason]:
    """The largest remainders are rounded up, so that the sum is the rounded sum."""
    whole = [int(points) for _, points in parts]
    left = round(sum(points for _, points in parts)) - sum(whole)
    for at in sorted(range(len(parts)), key=lambda i: (whole[i] - parts[i][1], i))[:left]:
        whole[at] += 1
    return sorted((Reason(said, n) for (said, _), n in zip(parts, whole, strict=True)), key=lambda one: -one.weight)


def _of_history(title: str, met: Round | None, record: Record) -> Iterable[Reason]:
    phrases = dict.fromkeys(phrase for one in record.rounds for phrase in one.hire_for)
    if said := next((phrase for phrase in phrases if speaks_for(title, phrase)), None):
        yield Reason(f"The debrief says: would hire for {said}", WOULD_HIRE)
    if met is None:
        return
    if met.is_near_miss:
        margin = f" ({met.margin_words})" if met.margin_words else ""
        yield Reason(f"Nearly got {met.title}{met.when}{margin}", NEAR_MISS.get(met.margin, NEAR_MISS[""]))
    yield Reason(f"Came as far as the stage “{met.stage}” for {met.title}", REACHED[met.stage])


def _of_today(person: Person) -> Iterable[Reason]:
    row, today = person.row, clock.today()
    if row.availability and row.said_on is not None and today - row.said_on <= FADES_AFTER:
        yield Reason(f"Said when they could start: {row.availability}", AVAILABLE)
    if row.may_contact:
        yield Reason("Agreed to be contacted", MAY_CONTACT)
    if person.warmth in WARMTH:
        yield Reason(f"{person.warmth.capitalize()}: in touch lately", WARMTH[person.warmth])


def _counts(kept: str, asked: Iterable[str]) -> dict[str, int]:
    """Of a packed profile only what is asked for: unpacking hundreds of them takes longer than this."""
    kept, found = f" {kept} ", {}
    for stem in asked:
        at = kept.find(f" {stem} ")
        if at >= 0:
            start = at + len(stem) + 2
            found[stem] = int(kept[start : kept.find(" ", start)])
    return found
