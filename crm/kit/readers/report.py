"""What a reader says: one line of JSON with the text, then one for each picture of a page.

The text is out before the first picture is tried, so a page that kills the reader costs the picture alone.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterable

Line = tuple[str, float, int]  # text, type size in points (0 when unknown), page from 1


class Unreadable(Exception):
    """`str()` is the name of a sentence in `crm.kit.reading.TROUBLES`."""


def _say(fact: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def text(lines: Iterable[Line], *, pages: int) -> None:
    _say({"lines": list(lines), "pages": pages})


def preview(picture: bytes) -> None:
    _say({"preview": base64.b64encode(picture).decode("ascii")})


def answer(read: Callable[[bytes], None]) -> None:
    try:
        read(sys.stdin.buffer.read())
    except Unreadable as trouble:
        _say({"trouble": str(trouble)})
