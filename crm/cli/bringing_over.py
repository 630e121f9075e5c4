"""What people asked for since a backup was made, carried from the database that is replaced into the restored one.

The list lies in a private file from before anything is touched until everything is in its place: by then the database
that knew is gone, and a restore that was killed is run again.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from crm import config
from crm.db import db, unit_of_work
from crm.domain import honouring, wishes
from crm.domain.errors import Refused
from crm.domain.wishes import Wishes
from crm.kit import files, words

LIST = "asked-since.json"
UNREADABLE = (
    "What people asked for since could not be read from the database that was replaced ({why}). Look there yourself "
    "for who wants no more mail, and for permissions withdrawn, forwards revoked and records deleted since."
)
NOTHING = "Nobody had asked for anything since that had to be brought over."
BROUGHT = "Brought over from the database that was replaced: {these}."
COUNTED = {
    "opt_outs": ("opt-out",),
    "unreachable": ("address that mail came back from", "addresses that mail came back from"),
    "withdrawn": ("withdrawn permission",),
    "revoked": ("revoked forward",),
    "taken_back": ("letter taken back", "letters taken back"),
    "removed": ("removed resume",),
    "resumes_erased": ("erased resume",),
    "deleted": ("deleted candidate",),
    "erased": ("erased candidate",),
    "declined": ("introduction declined", "introductions declined"),
    "introductions": ("introduction taken back", "introductions taken back"),
    "refused": ("no to keeping in touch", "times a no to keeping in touch"),
    "closed": ("closed question",),
    "forwards_off": ("colleague who wants no more resumes", "colleagues who want no more resumes"),
    "cards_off": ("card turned off", "cards turned off"),
    "quiet": ("candidate who asked for quiet", "candidates who asked for quiet"),
    "restricted": ("restricted candidate",),
}


@dataclass
class Carried:
    """What is to be brought over, and what became of it."""

    left: Wishes
    """By an earlier restore."""
    found: Wishes = field(default_factory=Wishes)
    """In the database that is replaced."""
    trouble: str = ""
    """Why the database that is replaced could not be asked."""
    done: Counter[str] = field(default_factory=Counter)
    missing: Wishes = field(default_factory=Wishes)

    @property
    def asked(self) -> Wishes:
        return self.left | self.found

    def honour(self) -> None:
        """In the transaction that makes the restored database ready."""
        self.done, self.missing = honouring.honour(self.asked)

    @property
    def sentences(self) -> list[str]:
        these = ", ".join(words.several(self.done[name], *said) for name, said in COUNTED.items() if self.done[name])
        said = [UNREADABLE.format(why=self.trouble)] if self.trouble else []
        return [*said, BROUGHT.format(these=these)] if these else said or [NOTHING]


def collect(*, replaced: bool) -> Carried:
    """From the database as it is now, if there is one to be replaced, and from the list that an earlier restore left.
    Raises Refused.
    """
    left = _left_over()
    if not replaced:
        return Carried(left)
    try:
        with unit_of_work(writes=False):
            return Carried(left, wishes.on_record())
    except (SQLAlchemyError, ValueError, TypeError) as error:
        return Carried(left, trouble=" ".join(str(getattr(error, "orig", error)).split())[:200])
    finally:
        db.engine.dispose()


def keep(asked: Wishes) -> None:
    """Whole and on the disk, or as it was; there is no file when nothing is left to be honoured."""
    path = _path()
    draft = path.with_name(f".{LIST}-{os.getpid()}")
    if asked:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(asked.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    else:
        path.unlink(missing_ok=True)
    files.sync_folder(path.parent)


def _left_over() -> Wishes:
    try:
        return Wishes.from_json(_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Wishes()
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(
            f"{_path()} is damaged. It lists what people asked for before an earlier restore: look into it, move it "
            "away, and try again."
        ) from error


def _path() -> Path:
    return config.current().instance / LIST
