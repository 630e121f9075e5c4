"""Who may do what to a thing they can see. Seeing is not decided here: that is a query, `visible_to`."""

from typing import Protocol

from crm.domain.errors import Denied


class Actor(Protocol):
    """Whoever acts: in practice a User."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def access(self) -> str: ...


class Owned(Protocol):
    @property
    def owner_id(self) -> str | None: ...


OFFICE = frozenset(("admin", "recruiter"))
EVERYBODY = OFFICE | {"manager"}

RULES = {
    "administer": frozenset(("admin",)),  # people, teams, lists, mail, the local mailbox
    "delete": OFFICE,  # and the owner
    "restrict": OFFICE,  # who may see a record; and the owner
    "revoke": OFFICE,  # a forward; and who sent it
    "cadences": OFFICE,  # how often to be in touch, where a person has no cadence of their own
    "import": EVERYBODY,  # candidates from elsewhere, whole files of them
    "export": EVERYBODY,  # candidates whom one sees, as a file; it is on record who did
    "close": OFFICE,  # a role's search; and its owner
}


def may(act: str, thing: Owned | None = None, *, by: Actor) -> bool:
    if thing is not None and act != "administer" and thing.owner_id == by.id:
        return True
    return by.access in RULES[act]


def require(act: str, thing: Owned | None = None, *, by: Actor) -> None:
    if not may(act, thing, by=by):
        raise Denied(act)
