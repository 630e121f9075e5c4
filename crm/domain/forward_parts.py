"""What of a candidate a colleague is shown: the parts that were chosen, and the least of them unless told."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from crm.domain import shape
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.resumes import Resume
from crm.kit import words

PARTS = ("headline", "location", "employer", "contact", "resume", "file", "note")
PART_WORDS = {
    "headline": "headline",
    "location": "location",
    "employer": "current employer",
    "contact": "mail and phone",
    "resume": "resume to read",
    "file": "resume to download",
    "note": "your note",
}
USUAL = ("headline", "location", "resume", "note")
NAMING = frozenset(("employer", "contact", "file"))
"""By any of these a person is known: none is in a forward without a name."""


class Shared(Protocol):
    """A forward, or the plan of one."""

    @property
    def candidate(self) -> Candidate: ...
    @property
    def resume(self) -> Resume | None: ...
    @property
    def parts(self) -> Sequence[str]: ...
    @property
    def position(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def blind(self) -> bool: ...


def chosen(parts: Iterable[str] | None, *, deliver: str, blind: bool) -> list[str]:
    """In the order of PARTS. An attachment is the file, whatever else was ticked; raises Refused."""
    wanted = set(USUAL if parts is None else (shape.one_of(part, PARTS, "parts") for part in parts))
    if blind and deliver == "attachment":
        raise Refused("The file says who they are. Without their name, send a link.", field="deliver")
    if deliver == "attachment":
        wanted = {"file"} | (wanted & {"note"})
    if blind:
        wanted -= NAMING
    if not wanted:
        raise Refused("Choose at least one thing that they may see.", field="parts")
    return [part for part in PARTS if part in wanted]


def beyond(agreed: Iterable[str], parts: Iterable[str]) -> list[str]:
    """Which of the parts were not agreed to, in words. The file is the resume, too; a note is the sender's own."""
    known = {*agreed, "note"} | ({"resume"} if "file" in agreed else set())
    return [PART_WORDS[part] for part in parts if part not in known]


def shown_words(shared: Shared, *, with_pages: bool = True) -> list[str]:
    """What they will see, as far as there is something of it, in words for chips."""
    there = {
        "headline": shared.candidate.headline,
        "location": shared.candidate.location,
        "employer": shared.candidate.employer,
        "note": shared.note,
    }
    pages = shared.resume.pages if shared.resume else 0
    several = f", {words.several(pages, 'page')}" if pages and with_pages else ""
    more = {"resume": several, "file": several if "resume" not in shared.parts else ""}
    said = [PART_WORDS[part] + more.get(part, "") for part in shared.parts if there.get(part, "there")]
    return [*([] if shared.blind else ["name"]), *said, *(["position"] if shared.position else [])]
