"""What somebody typed to find people, taken apart; one language in every box.

    kafka "event sourcing" engin* -java -"project manager" tag:finalist -stage:applied role:"Head of Data"

Nothing that anybody can type is a mistake: a sign that means nothing here is a space.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from crm.kit import spelling

LONGEST = 200
MOST = 12
"""Words, phrases and filters together."""
FIELDS = (
    "tag", "stage", "warmth", "role", "consent", "pool", "owner", "source", "location", "employer", "due", "mine",
    "archived",
)  # fmt: skip
QUOTES = str.maketrans("“”„«»‟″", '"' * 7)
_PART = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>[A-Za-z]{2,12}):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]+))
    |"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""",
    re.VERBOSE,
)
Words = tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """Words are tokens of the index; a phrase is several in a row. Fields are (name, value); "-name" excludes."""

    words: Words = ()
    """Each with its forms, or without where it stood in quotes: those are phrases of one word."""
    phrases: tuple[Words, ...] = ()
    excluded: tuple[Words, ...] = ()
    begun: Words = ()
    fields: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False
    """There was more than is looked for."""
    last_is_open: bool = False
    """It ends in a plain word: while somebody types, that may be only begun."""

    @property
    def has_words(self) -> bool:
        """Something to look for, not only something to leave out."""
        return bool(self.words or self.phrases or self.begun)

    @property
    def is_empty(self) -> bool:
        return not (self.has_words or self.excluded or self.fields)


@dataclass
class _Taken:
    words: list[str] = field(default_factory=list)
    phrases: list[Words] = field(default_factory=list)
    excluded: list[Words] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    last: str = ""


def parse(raw: str, *, fields: Collection[str] = FIELDS) -> Query:
    cleaned = spelling.cleaned(raw).translate(QUOTES)
    taken, is_cut = _Taken(), len(cleaned) > LONGEST
    for part in _PART.finditer(spelling.joined(cleaned[:LONGEST])):
        if taken.count >= MOST:
            is_cut = is_cut or bool(spelling.tokens(part[0]))
            continue
        _take(taken, part, fields)
    return Query(
        tuple(dict.fromkeys(taken.words)), tuple(dict.fromkeys(taken.phrases)), tuple(dict.fromkeys(taken.excluded)),
        tuple(dict.fromkeys(taken.begun)), tuple(dict.fromkeys(taken.fields)), is_cut, taken.last == "word",
    )  # fmt: skip


def _take(taken: _Taken, part: re.Match[str], fields: Collection[str]) -> None:
    name = (part["field"] or "").lower()
    value = (part["quoted"] if part["quoted"] is not None else part["value"] or "").strip()
    if name in fields and value:
        taken.fields.append((f"-{name}" if part["minus"] else name, value))
        taken.count, taken.last = taken.count + 1, "field"
        return
    said = part["word"] if part["field"] is None else part[0].lstrip("-")
    tokens = tuple(spelling.tokens(spelling.spelled(part["phrase"] if said is None else said)))[: MOST - taken.count]
    if tokens:
        taken.count += len(tokens)
        _sort(taken, part, tokens, said)


def _sort(taken: _Taken, part: re.Match[str], tokens: Words, said: str | None) -> None:
    """A word that the index has as several, such as a mail address, is a phrase."""
    taken.last = "phrase"
    if part["minus"]:
        taken.excluded.append(tokens)
    elif said is None or len(tokens) > 1:
        taken.phrases.append(tokens)
    elif said.endswith("*"):
        taken.begun.append(tokens[0])
    else:
        taken.words.append(tokens[0])
        taken.last = "word"
