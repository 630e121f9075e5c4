"""What is written to people on a call list: the question, and thanks after a yes. Nothing goes by itself."""

from crm.domain import calls, outbox, personal_letters, policy, shape
from crm.domain.calls import Call
from crm.domain.errors import Refused
from crm.domain.outbox import Letter
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock


def write(call: Call, role: Role, *, purpose: str, subject: str, text: str, by: User, intent: str) -> Letter:
    """`purpose` is "call" while the list runs and "thanks" after a yes: what was true when it was drafted still is."""
    policy.require("close", role, by=by)
    call_list = calls.locked(call)
    if shape.one_of(purpose, ("call", "thanks"), "purpose") == "thanks":
        if not call.to_thank and personal_letters.by_intent(intent, by=by) is None:
            raise Refused("There is nothing to thank for now: look at the call list again.")
    elif call_list.is_over or role.status != "open":
        raise Refused("This call list is closed, so nobody is asked any more. Look at it again.")
    letter = personal_letters.send(
        call.candidate, subject=subject, text=text, by=by, purpose=purpose, role=role, intent=intent
    )
    if purpose == "thanks":
        call.thanks = letter
    else:
        call.asked = letter
    return letter


def take_back(call: Call, role: Role, *, by: User) -> None:
    """The letter to this person that still waits; where none does, outbox.cancel says so of the later one."""
    policy.require("close", role, by=by)
    written = [letter for letter in (call.thanks, call.asked) if letter is not None]
    letter = max(written, key=lambda one: (one.is_waiting, one.created_at), default=None)
    if letter is None:
        raise Refused("There is no letter to take back.")
    outbox.cancel(letter, by=by)


def mark_thanked(call: Call, role: Role, *, by: User, thanked: bool = True) -> Call:
    """By other means than a letter from here; or the undo of that."""
    policy.require("close", role, by=by)
    call.thanked_at = (call.thanked_at or clock.now()) if thanked else None
    return call
