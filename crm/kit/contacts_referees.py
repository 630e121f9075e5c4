"""Where other people stand in a resume with their own names and numbers: below a heading such as "References"."""

import re

from crm.kit.contacts_words import fold
from crm.kit.reading import Line

_HEAD = re.compile(r"\b(?:referen[ctz]\w{0,5}|referees?|supervisor|vorgesetzte\w?|рекомендации|推荐人)\b")
_NONE_GIVEN = re.compile(r"\b(?:request\w{0,3}|anfrage|wunsch|demande|aanvraag|richiesta|solicitud|запросу?)\b")
_LONGEST_HEAD = 60
_BELOW = 6


def lines(of: tuple[Line, ...]) -> set[int]:
    """The heads and what follows them. "References on request" is no head: what follows is the person's own."""
    heads = [at for at, line in enumerate(of) if len(line.text) < _LONGEST_HEAD and _is_head(fold(line.text))]
    return {at + step for at in heads for step in range(_BELOW)}


def _is_head(text: str) -> bool:
    return _HEAD.search(text) is not None and not _NONE_GIVEN.search(text)
