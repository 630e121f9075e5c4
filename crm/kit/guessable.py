"""Passwords that are tried first: common words and names with digits around them, keyboard rows, repetitions.

Lists of leaked passwords hold few that are twelve characters long, and nearly all of those are made in these ways.
"""

import re
from collections.abc import Iterable

WORDS = frozenset(
    """
    admin administrator america baby banana baseball basketball batman battery change changeme chelsea chocolate
    company computer correct default dragon facebook firstcall flower football freedom friend google guest hello
    horse iloveyou internet january february march april june july august september october november december jordan
    killer letme letmein liverpool login love lovely manager master michael monkey mustang naruto nothing office
    passphrase passwd passwort password pokemon princess qwerty qwertz azerty root samsung secret server shadow
    soccer sommer spring summer autumn herbst winter staple starwars sunshine superman temp temporary test testing
    trustno user welcome whatever work xxx yankees you please the and for my is this not new
    """.split()
)
RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0",
)  # fmt: skip
DISGUISES = str.maketrans("01345@$!", "oieasasi")
ALL_RUNS = (*RUNS, *(run[::-1] for run in RUNS))
LEAST_OF_ITS_OWN = 4
"""Different characters that must be left when all that is known or regular is taken out."""


def is_guessable(password: str, about: Iterable[str] = ()) -> bool:
    """`about`: the person's name and address and the company's name, which are tried first too."""
    plain = password.casefold()
    if len(set(plain)) < 5 or _repeats(plain) or len(_without_runs(plain)) <= 2:
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if not core:
        return False  # digits without a pattern
    known = WORDS.union(word for text in about for word in re.findall(r"[^\W\d_]{3,}", text.casefold()))
    return min(_own(core, known), _own(core.translate(DISGUISES), known)) < LEAST_OF_ITS_OWN


def _own(core: str, known: Iterable[str]) -> int:
    for word in sorted(known, key=len, reverse=True):
        core = core.replace(word, " ")
    return len(set(re.sub(r"[\W_]", "", _without_runs(core))))


def _without_runs(plain: str) -> str:
    """Takes out every piece of three or more that stands so on a keyboard or in the alphabet."""
    left, at = "", 0
    while at < len(plain):
        length = _run_at(plain, at)
        left += "" if length else plain[at]
        at += length or 1
    return left


def _run_at(plain: str, at: int) -> int:
    end = at + 3
    if not any(plain[at:end] in run for run in ALL_RUNS) or end > len(plain):
        return 0
    while end < len(plain) and any(plain[at : end + 1] in run for run in ALL_RUNS):
        end += 1
    return end - at


def _repeats(plain: str) -> bool:
    """The same piece again and again: abcdabcdabcd."""
    return re.fullmatch(r"(.{1,6}?)\1+", plain) is not None
