"""Which line of a resume is the name of the person: by its label, its size, its place, its likeness to the mail."""

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median

from crm.kit import contacts_labels, contacts_mails
from crm.kit.contacts_words import (
    BEFORE_NAME,
    DEGREES,
    EAST_ASIAN_HEADINGS,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    JOBS,
    NOT_NAMES,
    PARTICLES,
    TITLES,
    fold,
)
from crm.kit.reading import Line

_ENOUGH = 3.0
_LABELLED = 6.0
_LINES = 160
_LARGE = 16  # points
_CASELESS = 0.5
"""Of Arabic and Hebrew we know no words that are no names, and no capitals tell: the place alone is too little."""
_MOST_WORDS = 6
_APART = re.compile(r"[|•·●∙◦■♦⋄◆▪►»※✦★♂♀;\t/]|\s[–—-]\s|\s{3,}|,\s")
_EDGES = " .,:;|•·–—-_*#~()[]{}<>\"“”„'«»♂♀☺✉☎"
_CJK = re.compile(
    r"[\u3400-\u9fff\u3040-\u30ff]{2,6}|[\uac00-\ud7a3]{2,5}|[\u3400-\u9fff](?: [\u3400-\u9fff]){1,3}"
    r"|[\u3400-\u9fff]{1,3} [\u3400-\u9fff\u3040-\u30ff]{1,4}"
)
_WORD = re.compile(r"[^\W\d_][^\W\d_'’‘`´.-]{0,24}(?:['’‘`´.-]{1,2}[^\W\d_]{0,24}){0,3}")
_REMARK = re.compile(r"\([^()]{0,30}\)")
_ALSO_GIVEN = frozenset(("al", "ben", "van"))
"""Particles inside of a name, and given names at its beginning."""
_PREFIXES = ("", "Mc", "Mac", "De", "Di", "Du", "La", "Le", "Van", "Von", "Fitz", "Al", "El")


@dataclass(frozen=True)
class Candidate:
    name: str
    line: int
    points: float


def find(lines: tuple[Line, ...], mails: list[str], reached: set[int], apart: set[int]) -> Candidate | None:
    """`reached`: the lines that hold a mail address or the phone; `apart`: lines about other people."""
    candidates = [one for one in _labelled(lines) + _standing(lines, mails, reached) if one.line not in apart]
    best = max(candidates, key=lambda candidate: (candidate.points, -candidate.line), default=None)
    if best is None or best.points < _ENOUGH:
        return None
    return Candidate(written(best.name), best.line, best.points)


def _labelled(lines: tuple[Line, ...]) -> list[Candidate]:
    found: list[Candidate] = []
    parts: dict[str, tuple[str, int]] = {}
    for label, value, at in contacts_labels.pairs(lines):
        if label in FULL_NAME and (name := name_in(_turned(value))) and _first_page(lines, at):
            found.append(Candidate(name, at, _LABELLED))
        for part, labels in (("given", GIVEN_NAME), ("family", FAMILY_NAME)):
            if label in labels and value and len(value) <= 40 and _words(value, several=False):
                parts.setdefault(part, (value, at))
    if len(parts) == 2 and (name := name_in(f"{parts['given'][0]} {parts['family'][0]}")):
        found.insert(0, Candidate(name, min(at for _, at in parts.values()), _LABELLED + 1))
    return found


def _first_page(lines: tuple[Line, ...], at: int) -> bool:
    return lines[at].page <= 1


def _turned(value: str) -> str:
    """ "Example, Ada" is Ada Example; "Ada Example, PhD" is not turned."""
    family, comma, given = value.partition(",")
    turns = comma and given.strip() and fold(given).strip(" .") not in DEGREES and _words(given, several=False)
    return f"{given.strip()} {family.strip()}" if turns and len(given.split()) <= 3 else value


def _standing(lines: tuple[Line, ...], mails: list[str], reached: set[int]) -> list[Candidate]:
    """Names that stand by themselves in a line, or at the start of one."""
    page = [(at, line) for at, line in enumerate(lines[:_LINES]) if line.page <= 1 and line.text.strip()]
    body = _body_size(lines)
    seen = Counter(name for line in lines[:600] if (name := _key(line.text)))
    alike = Counter(line.size for _, line in page if line.size > 1.15 * body)
    common = _common_words(lines)
    found = []
    for rank, (at, line) in enumerate(page):
        for name, bonus in _readings(page, rank, mails):
            points = bonus + _size_points(line, body, page, alike) + _place_points(rank, page, reached)
            points -= 2 * _commonness(name, common) + (_CASELESS if _goes_left(name) else 0)
            points += 3 * max((contacts_mails.likeness(name, mail) for mail in mails[:3]), default=0)
            points += 0.5 * min(max(seen[_key(name)] - 1, 0), 2) + (0.5 if _has_loud_surname(name) else 0)
            found.append(Candidate(name, at, points))
    return found


def _readings(page: list[tuple[int, Line]], rank: int, mails: list[str]) -> list[tuple[str, float]]:
    """The names that a line may hold, with what speaks for (or against) the way it is read."""
    text = page[rank][1].text.strip()[:200]
    found = []
    if (follows := contacts_labels.after(text, FULL_NAME)) and (name := name_in(_turned(follows), mails)):
        found.append((name, _LABELLED - 1))
    elif (follows := contacts_labels.after(text, FAMILY_NAME)) and (name := name_in(follows, mails)):
        found.append((name, 2.0))  # "Nom Ada Example": whole names stand there, too
    elif name := name_in(text, mails):
        found.append((name, 1.0))
    elif (follows := contacts_labels.after(text, BEFORE_NAME)) and (name := name_in(follows, mails)):
        found.append((name, 2.0))
    else:
        pieces = [piece for piece in _APART.split(text) if piece.strip()]
        bonus = 1.0 if JOBS & set(fold(text).split()) else 0.5  # "Ada Example - Product Manager"
        found += [(name, bonus) for piece in pieces[:2] if (name := name_in(piece, mails))][:1]
    if len(text.split()) <= 2 and rank + 1 < len(page):
        found += _over_two_lines(page[rank][1], page[rank + 1][1], mails)
    return found


def _over_two_lines(first: Line, second: Line, mails: list[str]) -> list[tuple[str, float]]:
    """A given name above a family name, both set alike; or a long name in large capitals that went on below."""
    one, two = first.text.strip(), second.text.strip()
    if not one or not two or abs(first.size - second.size) > 0.1 * first.size or first.size == 0:
        return []
    fits = len(two.split()) <= 2 and one.isupper() == two.isupper()
    goes_on = len(one.split()) == 1 or (len(two.split()) == 1 and one.isupper() and first.size >= _LARGE)
    return [(name, 1.5)] if fits and goes_on and (name := name_in(f"{one} {two}", mails)) else []


def _body_size(lines: tuple[Line, ...]) -> float:
    """The size of most of the text: long lines count more."""
    return median([line.size for line in lines[:600] if line.size for _ in range(len(line.text) // 10 + 1)] or [0])


def _size_points(line: Line, body: float, page: list[tuple[int, Line]], alike: Counter[float]) -> float:
    if not body or not line.size:
        return 0
    largest = max(other.size for _, other in page if any(c.isalpha() for c in other.text))
    points = 0.0 if line.size < 1.15 * body else 1.5 + min(line.size / body - 1, 1)
    points += 1 if line.size >= 0.98 * largest > 1.15 * body else 0
    return points - (1.5 if alike[line.size] > 3 else 0) - (1 if line.size < 0.8 * body else 0)


def _place_points(rank: int, page: list[tuple[int, Line]], reached: set[int]) -> float:
    points = 1.5 if rank < 3 else 0.5 if rank < 8 else 0
    around = {at for at, _ in page[max(rank - 4, 0) : rank + 7]}
    return points + (0.5 if around & reached else 0)


def _common_words(lines: tuple[Line, ...]) -> set[str]:
    """What the document itself writes in small letters is no name in it (addresses and links left aside)."""
    tokens = (token.strip(_EDGES) for line in lines[:2000] for token in line.text.split())
    return {token for token in tokens if token.isalpha() and token.islower()}


def _commonness(name: str, common: set[str]) -> float:
    words = [word.lower() for word in name.split() if fold(word) not in PARTICLES]
    return sum(word in common for word in words) / max(len(words), 1)


def _has_loud_surname(name: str) -> bool:
    """ "Jean DUPONT", "DUPONT Jean": the French and German way to say which part is the surname."""
    loud = [word.isupper() and len(word) > 2 for word in name.split()]
    return sum(loud) == 1 and (loud[0] or loud[-1])


def _goes_left(name: str) -> bool:
    return "\u0590" < name[0] < "\u0780"


def _key(text: str) -> str:
    """A short line without what stands around a name at the foot of a page: "Ada Example - 2/3", "CV Ada Example"."""
    if len(text) > 60:
        return ""
    words = [word for word in re.findall(r"[^\W\d_]+", fold(text)) if word not in ("cv", "page", "seite", "resume")]
    return " ".join(words)


def name_in(text: str, mails: list[str] | None = None) -> str:
    """The text without titles and degrees when it may be a name, else ""."""
    text = _without_title(_REMARK.sub(" ", text[:200]).strip(_EDGES + " "), mails or [])
    if len(text) > 60 or not text:
        return ""
    if any("\u3040" <= c <= "\ud7a3" for c in text):
        return _cjk(text)
    words = _words(text)
    if not 2 <= len(words) <= _MOST_WORDS or not 4 <= len("".join(words)) <= 50:
        return ""
    known = any(contacts_mails.likeness(" ".join(words), mail.partition("@")[0]) == 1 for mail in mails or [])
    folded = [fold(word).strip(".") for word in words]
    if not known and " ".join(words).islower():
        return ""
    if not known and any(word in NOT_NAMES for word in folded if word not in PARTICLES):
        return ""
    given = folded[0] if folded[0] in _ALSO_GIVEN and words[0][0].isupper() else ""
    long = [word for word in folded if len(word) > 1 and (word not in PARTICLES or word == given)]
    return " ".join(words) if len(long) >= 2 or (long and len(folded) == 2 and known) else ""


def _without_title(text: str, mails: list[str]) -> str:
    """ "Ada Example, Developer" is Ada Example where the mail says so; "García López, María" stays."""
    before, _, after = text.partition(",")
    if len(before.split()) < 2 or not _has_job(after):
        return text
    said = [[contacts_mails.likeness(part, mail.partition("@")[0]) for part in (before, after)] for mail in mails]
    return before if any(first == 1 or (first > 0 and not second) for first, second in said) else text


def _has_job(text: str) -> bool:
    return any(word in JOBS for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", fold(text)))


def _cjk(text: str) -> str:
    text = re.sub(r"(?:先生|女士|小姐|さん|様|님)\Z", "", text)
    if not _CJK.fullmatch(text) or any(heading in fold(text).replace(" ", "") for heading in EAST_ASIAN_HEADINGS):
        return ""
    return text


def _words(text: str, *, several: bool = True) -> list[str]:
    """The words of a name without titles and degrees; none when one of them cannot belong to a name."""
    words = text.replace(",", " ").split()
    while words and fold(words[0]).strip(".") in TITLES | DEGREES and (len(words) > 2 or "." in words[0]):
        words.pop(0)
    while words and fold(words[-1]).strip(".") in DEGREES and len(words) > 2:
        words.pop()
    lower = all(word.islower() for word in words)
    fits = all(_fits(word, first=at == 0, lower=lower) for at, word in enumerate(words))
    return words if fits and len(words) <= _MOST_WORDS else []


def _fits(word: str, *, first: bool, lower: bool) -> bool:
    if not _WORD.fullmatch(word):
        return False
    if word in ("&", "and", "und", "et", "en"):
        return False
    if word[0].islower():
        return (
            lower or (not first and fold(word).strip("'’.") in PARTICLES) or word[:2] in ("d'", "d’", "l'", "l’", "t'")
        )
    return all(_has_usual_capitals(part) for part in re.split(r"['’‘`´.-]", word))


def _has_usual_capitals(part: str) -> bool:
    """ "McDonald" and "Anna", not "JavaScript"."""
    rests = [part.removeprefix(prefix) for prefix in _PREFIXES]
    return (
        part.upper() == part.lower()
        or part.isupper()
        or len(part) < 2
        or any(rest[:1].isupper() and rest[1:].islower() for rest in rests)
    )


def written(name: str) -> str:
    """In ordinary case: "JAN VAN DER BERG" is Jan van der Berg, "Jean DUPONT" Jean Dupont."""
    words = name.split()
    shouted = name.isupper() or name.islower()
    return " ".join(_cased(word, at, shouted=shouted) for at, word in enumerate(words))


def _cased(word: str, at: int, *, shouted: bool) -> str:
    letters = [c for c in word if c.isalpha()]
    if not shouted and (not word.isupper() or len(letters) < 3):
        return word
    if fold(word).strip(".") in ("ii", "iii", "iv") and at > 1:
        return word.upper()
    if shouted and at and fold(word) in PARTICLES and len(word) > 1:
        return word.lower()
    cased = re.sub(r"[^\W\d_]+", lambda match: match.group().capitalize(), word)
    cased = re.sub(r"(?<=['’])S\b", "s", cased)
    return re.sub(r"\bMc([a-z])", lambda match: "Mc" + match[1].upper(), cased)
