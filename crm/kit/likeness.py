"""Whether a text says a term, however it is dressed up: spaced out, glued on, encoded, with other letters or digits.

Ordinary text must not match by accident. So a term stands between word boundaries ("Ember" is not in "remember");
letters that are apart count when at least one of the pieces is no ordinary word ("her on" is not "Heron", "he ron" is);
and a term of fewer than four letters is looked for as it is written only.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from crm.kit import lookalikes, unwrapping

GLUED = 8
"""A term of so many letters is found inside of longer words."""
SPLIT = 5
"""A term of so many letters is found in pieces; of SPACED, with each letter by itself."""
SPACED = 4
_BETWEEN = r"[\W_]{0,16}"
_FIRST_UNSPACED = "\u0e00"
"""From Thai on, scripts that set no spaces between words."""
_BEFORE = ("project", "projekt", "operation", "codename", "team", "role")
_AFTER = "project|projekt|operation|team|role|plan"
ORDINARY = frozenset(
    """a about above act add after again age ago air all also am an and any are arm art as ask at ate away back bad be
    bed been big bit box boy but buy by call came can car case come cut day did do does dog done down each east eat end
    even ever every eye face far few find fit five for form four from front full gave get give go god gone good got
    great grow had half hand has have he head hear help her here high him his hit hold home hot how i if in into is it
    its job just keep kept know land last late lead least led left less let life like line list live long look lot low
    made main make man many mark may me mean men met mind more most mother much must my name near need net never new
    next no nor not note now of off old on once one only open or order other our out over own part past pay people per
    place play point post pro put ran rate read real red rest right room run said same sat saw say see seem self sell
    send sent set she ship short show side sir sit six so some soon state still stop such sure take talk tell ten term
    than that the their them then there these they thing this time to told too took top try turn two under up upon us
    use used very view war was water way we week well went were what when where which while who why will win with word
    work year yes yet you your""".split()
)


@dataclass(frozen=True)
class Text:
    """A text, read in every way."""

    readings: tuple[tuple[str, str], ...]
    """Each as it is read, and its bare letters, in which a quick look is taken first."""

    @classmethod
    def of(cls, words: str) -> "Text":
        return cls(tuple((read, lookalikes.bare(read)) for read in unwrapping.readings(words)))


@dataclass(frozen=True)
class Term:
    words: str

    def is_in(self, text: Text) -> bool:
        return any(form.is_in(read, bare) for form in self.forms for read, bare in text.readings)

    @cached_property
    def forms(self) -> tuple["_Form", ...]:
        """As it is written, and as it looks in Latin letters."""
        found = dict.fromkeys((lookalikes.folded(self.words), lookalikes.latin(self.words)))
        return tuple(_Form(form) for form in found if form.strip())


@dataclass(frozen=True)
class _Form:
    folded: str

    def is_in(self, read: str, bare: str) -> bool:
        if not self.letters:
            return self.folded.strip() in read  # an emoji, say
        if self.bare not in bare:
            return False
        return any(self._counts(found[0]) for pattern in self.patterns for found in pattern.finditer(read))

    @cached_property
    def parts(self) -> list[str]:
        return _pieces(self.folded)

    @cached_property
    def letters(self) -> str:
        return "".join(self.parts)

    @cached_property
    def bare(self) -> str:
        return lookalikes.bare(self.letters)

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        """With anything between the letters; and for long terms glued to other words, apart only where it is."""
        apart = _BETWEEN.join(map(_either, self.letters))
        if max(self.letters) >= _FIRST_UNSPACED:
            return [re.compile(apart)]
        together = _BETWEEN.join("".join(map(_either, part)) for part in self.parts)
        patterns = [f"{self._start}{apart}{self._end}"]
        if len(self.letters) >= GLUED:
            patterns.append(together)
        elif len(self.letters) >= SPLIT:
            before = "|".join(f"(?<={word})" for word in _BEFORE)
            patterns += [f"(?:{before}){together}{self._end}", f"{self._start}{together}(?={_AFTER})"]
        return [re.compile(pattern) for pattern in patterns]

    @property
    def _start(self) -> str:
        return rf"(?<!{self._letter(self.letters[0])})"

    @property
    def _end(self) -> str:
        plural = "(?:e?s)?" if len(self.letters) >= SPACED and self.letters[-1].isalpha() else ""
        return rf"{plural}(?!{self._letter(self.letters[-1])})"

    def _letter(self, edge: str) -> str:
        """What may not stand next to the edge of the term. A digit may: heron2.pdf."""
        return r"[^\W\d_]" if len(self.letters) >= SPACED and edge.isalpha() else r"[^\W_]"

    def _counts(self, found: str) -> bool:
        """Whether what was found is the term, and not other words that happen to have its letters."""
        pieces = _pieces(found)
        return self._is_read_as_letters("".join(pieces)) and self._is_apart_on_purpose(pieces, found)

    def _is_read_as_letters(self, found: str) -> bool:
        """Not a number that could be read as letters."""
        meant = sum(map(str.isalpha, self.letters))
        there = sum(map(str.isalpha, found))
        return there >= min(meant, 2) or there * 2 >= meant

    def _is_apart_on_purpose(self, pieces: list[str], found: str) -> bool:
        size = len(self.letters)
        if len(pieces) == 1 or [len(piece) for piece in pieces[:-1]] == [len(part) for part in self.parts[:-1]]:
            return True
        if all(len(piece) == 1 for piece in pieces):
            return size >= SPACED or not re.search(r"\s", found)
        return size >= SPLIT and not ORDINARY.issuperset(pieces)


def _either(letter: str) -> str:
    digit = lookalikes.DIGITS.get(letter, "")
    return f"[{letter}{digit}]" if digit else re.escape(letter)


def _pieces(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
