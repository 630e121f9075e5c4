"""The words of a text that say something of the work in it: how often, with its beginning counting for more.

Names, addresses, ages and words for men and women are none of them, so that two texts that differ only there have the
same words. How they are weighed is in `crm.kit.ranking`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from crm.kit import redaction, terms

HEADLINE, OPENING = 6, 1
"""How often more a word counts in the first line, and among the first OPENING_WORDS."""
OPENING_WORDS = 130
LONGEST_HEADLINE = 14
MOST_KEPT = 160
"""Words of one text; those that stand there most often."""
LONGEST_TEXT = 40_000
FIRST_LINES, LONGEST_LINE = 25, 400
"""Where it mostly stands how somebody is reached: in one of the first lines, or one with a number or an address."""
LONGEST_WORD = 30
MOST_OF_ADDRESS = 5
"""Words beside the street, number or mail address that still are of the same: town, country, what it is called."""
NEUTRAL = {
    "waitress": "waiter", "stewardess": "steward", "actress": "actor", "hostess": "host", "seamstress": "tailor",
    "headmistress": "headmaster", "governess": "tutor", "heiress": "heir",
    "masseuse": "masseur",
}  # fmt: skip
"""One word for whoever does the work; so are -man and -woman."""
_MEN = re.compile(r"(?<=[a-z]{3})(?:wom[ae]n|m[ae]n)$")
_NO_MEN = frozenset(
    "human woman women german roman ottoman norman norwoman talisman specimen acumen abdomen omen regimen".split()
)
PERSONAL = frozenset(
    """date name surname
    he she him her his hers himself herself they them their theirs mr mrs ms miss mx sir madam dear male female man
    men woman women gentleman lady ladies boy boys girl girls guy guys mother father mum dad son daughter brother
    sister husband wife spouse married single divorced widow widowed pregnant maternity paternity parental gender
    sex age aged old young born birth birthday birthdate dob year years nationality citizen citizenship religion
    ethnicity marital status children kids street avenue road lane boulevard zip postcode address phone mobile
    telephone email mail fax linkedin pronouns january february march april may june july august september october
    november december jan feb mar apr jun jul aug sep sept oct nov dec present current""".split()
)
"""Of a person and how to reach them, not of their work. Dates go with them."""
EMPTY = frozenset(
    """company name city state etc including include included during provide provided providing ensure ensured ensuring
    within across using various such these those has been its into per which where both while were being each under
    after before between responsible responsibility duties duty summary objective references upon request available
    able ability also any all well over through being same own well made make etc did does done highly
    qualified morning mornings afternoon afternoons evening evenings day days daily week weeks weekly month months
    monthly hour hours dozen dozens hundred hundreds thousand thousands million millions one two three four five six
    seven eight nine ten first second third""".split()
)
_LINE_WITH_REACH = re.compile(r"@|https?:|www\.|\+?\d[\d ()./-]{7,}\d")


def of(text: str, *, name: str = "") -> Counter[str]:
    """By stem, how often it stands there. `name` is whose text it is."""
    lines = list(_lines(plain(text[:LONGEST_TEXT]), name))
    words = [stem for line in lines for stem in _stems(line)]
    found = Counter(words)
    for stem in words[:OPENING_WORDS]:
        found[stem] += OPENING
    for stem in _stems(_headline(lines)):
        found[stem] += HEADLINE
    return found


def asked(text: str) -> Counter[str]:
    """Of what is looked for: every word counts alike, wherever it stands."""
    return Counter(_stems(plain(text[:LONGEST_TEXT])))


def size(words: Counter[str]) -> int:
    return sum(words.values())


def packed(words: Counter[str]) -> str:
    """As it is kept: "kafka 3 stream 2"; in the same order for the same words."""
    kept = sorted(words.items(), key=lambda one: (-one[1], one[0]))[:MOST_KEPT]
    return " ".join(f"{stem} {count}" for stem, count in kept)


def unpacked(kept: str) -> dict[str, int]:
    parts = kept.split(" ")
    return dict(zip(parts[::2], map(int, parts[1::2]), strict=True)) if kept else {}


def written(text: str) -> dict[str, str]:
    """By stem, the word as it stands in the text first."""
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+", text):
        found.setdefault(stemmed(plain(word)) or "", word)
    return found


@lru_cache(maxsize=20_000)
def stemmed(word: str) -> str | None:
    """None for a word that says nothing of the work."""
    if not 2 <= len(word) <= LONGEST_WORD or not word[0].isalpha():
        return None
    if word in PERSONAL or word in EMPTY or word in terms.SAY_NOTHING:
        return None
    neutral = NEUTRAL.get(word) or (word if word in _NO_MEN else _MEN.sub("person", word))
    return terms.stem(neutral)


# --- parts


def _stems(text: str) -> Iterator[str]:
    return (stem for word in re.findall(r"[^\W_]+", text) if (stem := stemmed(word)))


def _lines(text: str, name: str) -> Iterator[str]:
    """Without the lines that only say how somebody is reached, and without their name."""
    called = [part for part in re.findall(r"[^\W\d_]+", plain(name)) if len(part) > 1]
    own = (
        re.compile(r"(?<!\w)" + r"[\W_]{1,3}(?:\w\.?[\W_]{1,3})?".join(map(re.escape, called)) + r"(?!\w)")
        if called
        else None
    )
    for number, line in enumerate(text.split("\n")):
        left = own.sub(" ", line) if own is not None else line
        if len(left) < LONGEST_LINE and (number < FIRST_LINES or _LINE_WITH_REACH.search(left)):
            left = _without_reach(left)
        if left.strip():
            yield left


def _without_reach(line: str) -> str:
    """Of an address nothing is left, its town neither; of a longer line whatever else it says."""
    spans = redaction.contact_spans(line)
    if not spans:
        return line
    for start, end in sorted(spans, reverse=True):
        line = f"{line[:start]} {line[end:]}"
    return line if len(re.findall(r"[^\W\d_]{2,}", line)) > MOST_OF_ADDRESS else ""


def _headline(lines: list[str]) -> str:
    """The first line with words of work, if it is as short as a headline."""
    first = next((line for line in lines if any(True for _ in _stems(line))), "")
    return first if len(first.split()) <= LONGEST_HEADLINE else ""


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return folded if folded.isascii() else "".join(c for c in folded if not unicodedata.combining(c))
