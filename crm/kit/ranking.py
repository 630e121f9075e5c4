"""How well the words of a text answer what is looked for: BM25 over kept words, and the field of work.

The same figures on every database, since nothing of it is left to one.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from crm.kit import work_fields, work_words

TITLE = 3
"""How much more a word of the title counts."""
MOST_OF_TEXT = 2
"""Saying a word more often is not asking for it more."""
SATURATION, LENGTH = 1.2, 0.6
USUAL_SIZE = 300
WORDS, FIELD = 40, 40
"""Points that all of the words, and the very same field, would get about."""
MOST_WORDS = 60


@dataclass(frozen=True)
class Pool:
    """How many texts there are, and in how many of them a word stands."""

    texts: int = 0
    people: Mapping[str, int] = field(default_factory=dict)
    usual_size: float = USUAL_SIZE
    entries: int = 0
    """About how many could be asked; `texts` are those that were counted."""

    def telling(self, word: str) -> float:
        """The rarer, the more."""
        count = self.people.get(word, 0)
        return math.log(1 + (self.texts - count + 0.5) / (count + 0.5)) if self.texts > count else 0.5


@dataclass(frozen=True)
class Wanted:
    title: str
    text: str

    @cached_property
    def counts(self) -> dict[str, float]:
        """By word how much it is asked for."""
        found = {word: float(min(count, MOST_OF_TEXT)) for word, count in work_words.asked(self.text).items()}
        for word in work_words.asked(self.title):
            found[word] = found.get(word, 0) + TITLE
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST_WORDS])

    @cached_property
    def fields(self) -> dict[str, float]:
        return work_fields.of(self.counts)

    @cached_property
    def written(self) -> dict[str, str]:
        return work_words.written(f"{self.title} {self.text}")


@dataclass(frozen=True)
class Answer:
    """Of one text; points by word, and for the field."""

    words: dict[str, float]
    field: float

    @property
    def points(self) -> float:
        return sum(self.words.values()) + self.field


def weights(wanted: Wanted, pool: Pool) -> dict[str, float]:
    """By word, how many points it is worth when it stands there often."""
    found = {word: count * pool.telling(word) for word, count in wanted.counts.items()}
    most = math.sqrt(sum(weight * weight for weight in found.values()))
    return {word: WORDS * weight / most / (SATURATION + 1) for word, weight in found.items()} if most else {}


def answer(
    wanted: Wanted, worth: Mapping[str, float], words: Mapping[str, int], fields: Mapping[str, float], size: int,
    usual_size: float = USUAL_SIZE,
) -> Answer:  # fmt: skip
    """`words`: at least those of `worth`; `size`: how many there are in the whole text."""
    slow = SATURATION * (1 - LENGTH + LENGTH * size / usual_size)
    found = {
        word: weight * count * (SATURATION + 1) / (count + slow)
        for word, weight in worth.items()
        if (count := words.get(word, 0))
    }
    return Answer(found, FIELD * work_fields.likeness(wanted.fields, fields))


def pool_of(texts: list[Mapping[str, int]]) -> Pool:
    people = Counter(word for words in texts for word in words)
    sizes = [sum(words.values()) for words in texts]
    return Pool(len(texts), people, sum(sizes) / len(sizes) if sizes else USUAL_SIZE)
