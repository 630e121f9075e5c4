"""What may be written to somebody on a call list: drafts, to be changed and sent by a person.

They say what is true, and no more: never why a hire left, never a rank, never that somebody came first.
"""

import re
from dataclasses import dataclass

from flask import current_app

from crm.domain.applications import Application
from crm.domain.calls import Call
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock, words

INTERVIEWED = frozenset(("interview", "onsite", "finalist", "offer"))
TEMPLATES = {"call": "calls/ask.txt", "thanks": "calls/thanks.txt"}


@dataclass(frozen=True)
class CallDraft:
    purpose: str
    subject: str
    text: str


def of(call: Call, role: Role, application: Application | None, *, by: User) -> CallDraft:
    """A question while the list runs, and thanks once somebody has said yes."""
    purpose = "thanks" if call.call_list.yes_at is not None else "call"
    met = application is not None and application.stage in INTERVIEWED
    met_on = application.decided_on if application and met else None
    whole = current_app.jinja_env.get_template(TEMPLATES[purpose]).render(
        role=role,
        candidate=call.candidate,
        outcome=call.outcome,
        announced=call.call_list.why == "announced",
        met=met,
        met_in=words.month(met_on, clock.today()) if met_on else "",
        sender=by.name,
    )
    subject, _, text = whole.strip().partition("\n")
    return CallDraft(purpose, subject.strip(), re.sub(r"\n{3,}", "\n\n", text).strip())
