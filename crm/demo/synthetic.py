"""People in any number, quickly: believable in their names, words and proportions, not in their stories.

The person with a given number is always the same for a seed, whatever was asked for before.
"""

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

CROWD = Path(__file__).with_name("cast") / "crowd.toml"
STROKES = str.maketrans("łŁđĐıøØæÆ'", "lLdDioOaA-")
BLOCK = 1000  # people who share a random stream, so that one may start in the middle
WORDS_PER_LINE = 44
LINES_PER_FIELD = 600
RARE_WORDS = 20_000
WEIGHTS = {"platform": 6, "data": 5, "product": 3, "sales": 3, "design": 2, "people": 2, "finance": 2}


class SyntheticPerson(NamedTuple):
    """A tuple and not a dataclass: made in a tenth of the time, which a million of them show."""

    number: int
    full_name: str
    email: str
    phone: str
    location: str
    headline: str
    employer: str
    field: str
    years: int
    tags: tuple[str, ...]
    source: str
    notice: str
    role_interest: str
    last_contact: int | None  # days from today, never positive; none for those nobody has spoken to
    next_contact: int | None  # days from today; none for those who are not kept warm
    resume_text: str


@dataclass(frozen=True)
class Field:
    name: str
    titles: list[str]
    words: list[str]
    lines: list[str]


@dataclass(frozen=True)
class Crowd:
    first: list[tuple[str, str]]  # as written, as in a mail address
    last: list[tuple[str, str]]
    fields: list[Field]  # each as often as its weight
    rare: list[str]
    lists: dict[str, list[str]]


def people(n: int, *, seed: int = 1, since: int = 0) -> Iterator[SyntheticPerson]:
    """Numbers `since` to `since + n - 1`."""
    first_block = since // BLOCK
    return islice(_endless(seed, first_block), since - first_block * BLOCK, since - first_block * BLOCK + n)


def _endless(seed: int, block: int) -> Iterator[SyntheticPerson]:
    crowd = _crowd()
    while True:
        draw = Random(f"{seed}/{block}")  # noqa: S311 - invents people
        for number in range(block * BLOCK, (block + 1) * BLOCK):
            yield _person(number, crowd, draw)
        block += 1


def _person(number: int, crowd: Crowd, draw: Random) -> SyntheticPerson:
    pick, lists = draw.choice, crowd.lists
    field = pick(crowd.fields)
    full_name, mailbox = _name(crowd, draw)
    email = f"{mailbox}.{number}@{pick(lists['domains'])}"
    phone = pick(lists["phones"]).format(int(draw.random() * 1000))
    location = pick(lists["places"])
    headline = pick(field.titles)
    employer = f"{pick(lists['employer_first'])} {pick(lists['employer_last'])}"
    last_contact, next_contact = _contacts(draw)
    head = f"{full_name}\n{headline}\n{email} {phone}\n{location}"
    return SyntheticPerson(
        number=number,
        full_name=full_name,
        email=email,
        phone=phone,
        location=location,
        headline=headline,
        employer=employer,
        field=field.name,
        years=1 + int(draw.random() * 20),
        tags=_tags(field, lists["tags"], draw),
        source=pick(lists["sources"]),
        notice=pick(lists["notices"]),
        role_interest=pick(field.titles),
        last_contact=last_contact,
        next_contact=next_contact,
        resume_text=_text(head, f"{headline}, {employer}", field, crowd.rare, draw),
    )


def _name(crowd: Crowd, draw: Random) -> tuple[str, str]:
    first, first_mail = draw.choice(crowd.first)
    last, last_mail = draw.choice(crowd.last)
    chance = draw.random()
    if chance < 0.06:
        second, second_mail = draw.choice(crowd.last)
        return f"{first} {last}-{second}", f"{first_mail}.{last_mail}-{second_mail}"
    if chance < 0.14:
        return f"{first} {draw.choice('ABCDEFGHJKLMNOPRSTVW')}. {last}", f"{first_mail}.{last_mail}"
    return f"{first} {last}", f"{first_mail}.{last_mail}"


def _contacts(draw: Random) -> tuple[int | None, int | None]:
    """Most were spoken to some time in three years, the recent ones rather; one in three has a next date."""
    if draw.random() < 0.15:
        return None, None
    last = -int(1000 * draw.random() ** 2)
    return last, int(draw.random() * 200) - 10 if draw.random() < 0.33 else None


def _tags(field: Field, shared: list[str], draw: Random) -> tuple[str, ...]:
    chosen = {_frequent(field.words, draw), _frequent(field.words, draw), _frequent(shared, draw)}
    return tuple(sorted(chosen))


def _frequent(words: list[str], draw: Random) -> str:
    """The first words often, the last ones rarely: the chance of a place falls with its number (Zipf)."""
    return words[int(len(words) ** draw.random()) - 1]


def _text(head: str, job: str, field: Field, rare: list[str], draw: Random) -> str:
    pick, lines = draw.choice, field.lines
    middle = "\n".join([pick(lines) for _ in range(2 + int(draw.random() * 4))])
    return (
        f"{head}\n\nProfile\n{pick(lines)}\n\nExperience\n{job}\n{middle}\n{pick(lines)}\n\nEducation\n"
        f"{_frequent(rare, draw)} institute\n\nSkills\n{pick(lines)}\n{_frequent(rare, draw)} {_frequent(rare, draw)}\n"
    )


@cache
def _crowd() -> Crowd:
    lists: dict[str, Any] = tomllib.loads(CROWD.read_text(encoding="utf-8"))
    draw = Random(0)  # noqa: S311 - the stock of sentences is the same for every seed
    syllables = lists["syllables"].split()
    fields = {name: _field(name, lists, draw) for name in WEIGHTS}
    return Crowd(
        first=[(name, _mailbox(name)) for name in lists["first"].split()],
        last=[(name, _mailbox(name)) for name in lists["last"].split()],
        fields=[fields[name] for name, weight in WEIGHTS.items() for _ in range(weight)],
        rare=["".join(draw.choices(syllables, k=4)) for _ in range(RARE_WORDS)],
        lists={name: value for name, value in lists.items() if isinstance(value, list)},
    )


def _field(name: str, lists: dict[str, Any], draw: Random) -> Field:
    own, general = lists["fields"][name]["words"].split(), lists["general"].split()
    between = [word for pair in zip(own, general, strict=False) for word in pair]
    ranked = [*lists["common"].split(), *between, *own[len(general) :], *general[len(own) :]]
    lines = [" ".join(_frequent(ranked, draw) for _ in range(WORDS_PER_LINE)) for _ in range(LINES_PER_FIELD)]
    return Field(name, lists["fields"][name]["titles"], own, lines)


def _mailbox(name: str) -> str:
    return unicodedata.normalize("NFKD", name.translate(STROKES)).encode("ascii", "ignore").decode().lower()
