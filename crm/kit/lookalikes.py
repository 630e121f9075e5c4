"""Letters that look like others, or stand for them: Cyrillic, Greek, small letters, flags, digits read as letters."""

import re
import unicodedata

_PAIRS = (
    ("АВЕЅЗІЈКМНОРСТУХҺԌԛԜ", "abesзijkmhopctyxhgqw"),
    ("аесԁеһіјкӏмнопрѕтуѵхүԛԝгвб", "aecdehijklmhonpstyvxyqwrb6"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc"),
    ("αβγεικνορτυχωϲηζ", "abyeikvoptuxwcnz"),
    ("օսոհցԁյ", "ounhgdj"),
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ıłøđħŧɑɡƖӀ", "ilodhtagll"),
)
_ROWS = ((0x1F1E6, "a"), (0x1F130, "a"), (0x1F150, "a"), (0x1F170, "a"))
"""Flags, and white letters on black: the first of 26 in a row. All other letters in frames fold by themselves."""
_LATIN = {ord(odd): plain for odds, plains in _PAIRS for odd, plain in zip(odds, plains, strict=True)} | {
    start + place: chr(ord(first) + place) for start, first in _ROWS for place in range(26)
}
_LOOK_LATIN = {odd: plain for odds, plains in _PAIRS[:5] for odd, plain in zip(odds, plains, strict=True)}
"""Of the scripts that are not Latin: one letter for one, so that each keeps its place."""
_UNSEEN = re.compile("[\u115f\u1160\u3164\uffa0]")
"""Letters by their class, and blank all the same."""
_NOT_WRITTEN = {"Mn", "Me", "Cf"}
DIGITS = {"a": "4", "b": "8", "e": "3", "g": "9", "i": "1", "l": "1", "o": "0", "s": "5", "t": "7", "z": "2"}
"""By letter: the digit that is written for it."""
SIGNS = str.maketrans({"@": "a", "$": "s", "!": "i", "|": "l", "€": "e", "¥": "y"})
_ONE_EACH = str.maketrans({digit: letter for letter, digit in DIGITS.items() if letter != "l"} | {"l": "i"})


def folded(text: str) -> str:
    """Without case, accents, marks, frames, and whatever nobody sees."""
    if text.isascii():
        return text.lower()
    return "".join(
        c for c in unicodedata.normalize("NFKD", _without_marks(text).casefold()) if not unicodedata.combining(c)
    )


def latin(text: str) -> str:
    """The same with every letter read as the Latin one that it looks like."""
    return folded(unicodedata.normalize("NFKD", text).translate(_LATIN))


def one_script(word: str) -> str:
    """A word in which Latin letters stand beside such as look like them, all in Latin; others as they are."""
    if word.isascii() or not any("a" <= c <= "z" for c in word.casefold()):
        return word
    return "".join(_LOOK_LATIN.get(c, c) for c in word)


def bare(text: str) -> str:
    """Of folded text: letters alone, with the digits that are read as letters; I and L are one, since 1 is either."""
    return re.sub(r"[\W_]+", "", text).translate(_ONE_EACH)


def _without_marks(text: str) -> str:
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", text))
    return "".join(c for c in plain if unicodedata.category(c) not in _NOT_WRITTEN)
