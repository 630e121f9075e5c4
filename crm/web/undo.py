"""What was just done, with the way back: shown at the foot of the next page."""

from flask import flash


def offer(sentence: str, url: str) -> None:
    """`url` takes a POST that undoes it."""
    flash((sentence, url), "undo")  # type: ignore[arg-type]  # templates/macros/notices.html takes the two apart
