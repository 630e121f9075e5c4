"""What a person's resume says: made up from the field's word lists, always the same for the same person and day."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from crm.demo.shape import Person

CAREERS = Path(__file__).with_name("cast") / "careers.toml"
SLOT = re.compile(r"\[([^\]]+)\]|\{(\d+)-(\d+)\}")
STROKES = str.maketrans("łŁđĐıİ", "lLdDiI")  # letters that Unicode does not take apart
MONTHS_PER_JOB = 32
SEASONED = 7  # years of work after which a resume tells of projects
LEADS = re.compile(r"Head|Lead|Manager|Director|Principal|Staff")
BULLETS = (6, 4, 4, 3, 2)  # the latest job says most


@dataclass(frozen=True)
class Job:
    title: str
    employer: str
    place: str
    since: date
    until: date | None
    bullets: tuple[str, ...]

    @property
    def dates(self) -> str:
        return f"{self.since:%b %Y} – {f'{self.until:%b %Y}' if self.until else 'today'}"


@dataclass(frozen=True)
class Schooling:
    degree: str
    school: str
    dates: str


@dataclass(frozen=True)
class Resume:
    name: str
    headline: str
    contact: tuple[str, ...]
    summary: str
    jobs: tuple[Job, ...]
    projects: tuple[tuple[str, str], ...]  # a name and what was done
    education: tuple[Schooling, ...]
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    extras: tuple[str, ...]


def resume(person: Person, *, today: date) -> Resume:
    draw = Random(person.key)  # noqa: S311 - invents text
    country = person.location.rpartition(", ")[2]
    jobs = _jobs(person, draw, today)
    return Resume(
        name=printable(person.printed_name),
        headline=jobs[0].title,
        contact=tuple(map(printable, (person.emails[0], person.phone, person.location, *_bare(person.links)))),
        summary=_spoken(draw.choice(_field(person)["summaries"]), draw),
        jobs=jobs,
        projects=_projects(person, draw),
        education=_education(person, draw, country, jobs[-1].since.year),
        skills=_skills(person, draw),
        languages=_languages(draw, country),
        extras=_extras(draw, today),
    )


def printable(text: str) -> str:
    """The text in the letters of the PDF's own fonts (Windows Latin): what they lack loses its marks."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", letter.translate(STROKES)).encode("ascii", "ignore").decode()
    return letter


@cache
def _careers() -> dict[str, Any]:
    return tomllib.loads(CAREERS.read_text(encoding="utf-8"))


def _field(person: Person) -> dict[str, Any]:
    field: dict[str, Any] = _careers()[person.field]
    return field


def _bare(links: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(link.removeprefix("https://") for link in links)


def _spoken(pattern: str, draw: Random) -> str:
    def one(slot: re.Match[str]) -> str:
        return draw.choice(slot[1].split("|")) if slot[1] else str(draw.randint(int(slot[2]), int(slot[3])))

    text = SLOT.sub(one, pattern)
    return SLOT.sub(one, text)  # a choice may hold a number


def _jobs(person: Person, draw: Random, today: date) -> tuple[Job, ...]:
    starts = _starts(person.years * 12, draw, today)
    employers = _employers(person, draw, len(starts))
    titles = _titles(person, draw, len(starts))
    bullets = _bullets(person, draw, len(starts))
    ends = (None, *starts[:-1])
    return tuple(
        Job(titles[place], employers[place], _town(person, draw, place), starts[place], ends[place], bullets[place])
        for place in range(len(starts))
    )


def _bullets(person: Person, draw: Random, jobs: int) -> list[tuple[str, ...]]:
    """What was done in each job, no sentence twice; only those who lead speak of leading, and first."""
    leading = _field(person).get("leading", []) if LEADS.search(person.headline) else []
    others = draw.sample(_field(person)["bullets"], k=len(_field(person)["bullets"]))
    lines = [_spoken(line, draw) for line in (*leading, *others)]
    counts = _counts(len(lines), jobs)
    return [tuple(lines[sum(counts[:place]) : sum(counts[: place + 1])]) for place in range(jobs)]


def _counts(available: int, jobs: int) -> list[int]:
    counts = list(BULLETS[:jobs])
    while sum(counts) > available:
        counts[counts.index(max(counts))] -= 1
    return counts


def _projects(person: Person, draw: Random) -> tuple[tuple[str, str], ...]:
    if person.years < SEASONED:
        return ()
    lines = [_spoken(line, draw).partition(": ") for line in draw.sample(_field(person)["projects"], k=3)]
    return tuple((name, told[0].upper() + told[1:]) for name, _, told in lines)


def _starts(months: int, draw: Random, today: date) -> list[date]:
    """First days of the jobs, the latest first; together they make up the person's years of work."""
    jobs = min(len(BULLETS), max(1, round(months / MONTHS_PER_JOB)))
    shares = [draw.uniform(0.7, 1.3) for _ in range(jobs)]
    back, starts = 0.0, []
    for share in shares:
        back += months * share / sum(shares)
        year, month = divmod(today.year * 12 + today.month - 1 - round(back), 12)
        starts.append(date(year, month + 1, 1))
    return starts


def _employers(person: Person, draw: Random, jobs: int) -> list[str]:
    """Whoever was hired here sent a resume that does not name us yet."""
    others = draw.sample(_careers()["world"]["employers"], k=jobs)
    return (
        others
        if "hired" in person.tags and person.employer == "Norrland"
        else [printable(person.employer), *others][:jobs]
    )


def _titles(person: Person, draw: Random, jobs: int) -> list[str]:
    ladders: dict[str, list[str]] = _field(person)["ladders"]
    ladder = next((steps for word, steps in ladders.items() if word in person.headline), ladders["any"])
    steps = [step for step in ladder if step != person.headline]
    earlier = sorted(draw.sample(range(len(steps)), k=min(jobs - 1, len(steps))), reverse=True)
    return [person.headline, *(steps[step] for step in earlier), *([steps[0]] * jobs)][:jobs]


def _town(person: Person, draw: Random, place: int) -> str:
    here = printable(person.location.partition(",")[0])
    return (
        here
        if place == 0 or draw.random() < 0.6
        else draw.choice(("Remote", "Hamburg", "Gothenburg", "Leeds", "Lille"))
    )


def _education(person: Person, draw: Random, country: str, first_work: int) -> tuple[Schooling, ...]:
    schools = _careers()["world"]["schools"]
    long = draw.choice((3, 4, 5))
    degree, school = draw.choice(_field(person)["degrees"]), draw.choice(schools.get(country, schools["any"]))
    return (Schooling(degree, school, f"{first_work - long} – {first_work}"),)


def _skills(person: Person, draw: Random) -> tuple[str, ...]:
    pool: list[str] = _field(person)["skills"]
    own = [tag for tag in person.tags if tag in pool]
    others = [skill for skill in pool if skill not in own]
    return (*own, *draw.sample(others, k=min(10 - len(own), len(others))))


def _languages(draw: Random, country: str) -> tuple[str, ...]:
    tongues = _careers()["world"]["languages"]
    home = [f"{tongues[country]} (fluent)"] if country in tongues else []
    third = draw.choice([tongue for tongue in sorted({*tongues.values()}) if tongue != tongues.get(country)])
    return (*home, "English (fluent)", f"{third} ({draw.choice(('basic', 'conversational', 'reading'))})")


def _extras(draw: Random, today: date) -> tuple[str, ...]:
    said = draw.sample(_careers()["world"]["extras"], k=2)
    return tuple(_spoken(line.replace("{year}", f"{{{today.year - 6}-{today.year - 1}}}"), draw) for line in said)
