"""Where other people stand in a resume with their own names and numbers: below a heading such as "References"."""

import re

from crm.kit.contacts_words import HEADINGS, fold
from crm.kit.reading import Line

_PEOPLE = r"referees?|references?|refere[nz]z(?:en|e)|referenties?|referencias?|рекомендации|推荐人"
_KINDS = r"(?:academic|business|character|employment|job|personal|personliche|professional|work) "
_HEAD = re.compile(rf"(?:{_KINDS})?(?:{_PEOPLE})(?: (?:and|und|et|e|y|en|&) [^\W\d_]+)?")
_BEFORE_COLON = re.compile(r"(?:(?:direct|former|line|phd|thesis) )?(?:supervisors?|vorgesetzter?)")
"""As a line of its own that is a job: "Shift Supervisor"."""
_NONE_GIVEN = re.compile(r"\b(?:request\w{0,3}|anfrage|wunsch|demande|aanvraag|richiesta|solicitud|запросу?)\b")
_NUMBER_OF_AN_OFFER = re.compile(r"\W*\w*\d")
_LONGEST_HEAD = 60
_BELOW = 6
_TOP = 12  # lines with words in them
_EDGES = " .•·–—-_*#|"


def lines(of: tuple[Line, ...]) -> set[int]:
    """The heads and what follows them. "References on request" is no head: what follows is the person's own.

    So is what stands at the top, before any section begins.
    """
    begin = _first_section(of)
    heads = [at for at, line in enumerate(of) if at >= begin and len(line.text) < _LONGEST_HEAD and _is_head(line.text)]
    return {at + step for at in heads for step in range(_BELOW)}


def _first_section(of: tuple[Line, ...]) -> int:
    """The line after the first heading, or after the first dozen lines where none is known."""
    filled = [at for at, line in enumerate(of) if line.text.strip()][: _TOP + 1]
    headed = (at + 1 for at in filled if _begins_section(of[at].text))
    return next(headed, filled[_TOP] if len(filled) > _TOP else len(of))


def _begins_section(text: str) -> bool:
    words = re.findall(r"[^\W_]+", fold(text[:_LONGEST_HEAD]))
    return len(text) < _LONGEST_HEAD and bool(words) and all(word in HEADINGS for word in words)


def _is_head(text: str) -> bool:
    """The word is the whole line, or stands before a colon: a title such as "Referentin Marketing" is none."""
    before, colon, after = fold(text).replace("：", ":").partition(":")
    before = " ".join(before.strip(_EDGES).split())
    fits = _HEAD.fullmatch(before) or (colon and _BEFORE_COLON.fullmatch(before))
    return bool(fits) and not _NONE_GIVEN.search(after) and not _NUMBER_OF_AN_OFFER.match(after)
