"""A checked letter on its way to somebody's own mail program: as a link, as a draft file, and whether it went."""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, personal_letters
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.personal_letters import PersonalLetter
from crm.mail import compose
from crm.web import undo
from crm.web.access import me
from crm.web.settings.me import copies_to

bp = Blueprint("handing_over", __name__)
PATH = "/candidates/<candidate_id>/letters/<personal_id>"
LONGEST_LINK = 1_900
"""What every system takes as a link; a longer letter needs the file."""


@bp.get(PATH)
def show(candidate_id: str, personal_id: str) -> str:
    """Checked once more: the link in it is as good as the letter."""
    candidate, personal = _found(candidate_id, personal_id)
    link, against = "", ""
    try:
        link = _mailto(*_checked(candidate, personal))
    except Refused as refusal:
        against = str(refusal)
    return render_template(
        "candidates/handed.html",
        candidate=candidate,
        personal=personal,
        address=personal_letters.address_of(candidate),
        against=against,
        link=link if len(link) <= LONGEST_LINK else "",
        copies_to=copies_to(),
    )


@bp.post(f"{PATH}/file")
def file(candidate_id: str, personal_id: str) -> Response:
    """Checked once more: it leaves this place now."""
    candidate, personal = _found(candidate_id, personal_id)
    address, subject, text = _checked(candidate, personal)
    content = compose.unsent(to=address, to_name=candidate.full_name, subject=subject, text=text, bcc=copies_to())
    response = Response(content, mimetype="message/rfc822")
    response.headers.set("Content-Disposition", "attachment", filename=f"Letter to {candidate.full_name}.eml")
    return response


@bp.post(f"{PATH}/departure")
def went(candidate_id: str, personal_id: str) -> ResponseReturnValue:
    candidate, personal = _found(candidate_id, personal_id)
    logged = personal_letters.went(personal, by=me())
    undo.offer(
        f"Your letter to {candidate.full_name} went: it counts as a contact.",
        url_for("touchpoints.take_back", candidate_id=candidate_id, touchpoint_id=logged.id),
    )
    return redirect(url_for("candidates.show", candidate_id=candidate_id), 303)


def _found(candidate_id: str, personal_id: str) -> tuple[Candidate, PersonalLetter]:
    candidate = candidates.find(candidate_id, seen_by=me())
    return candidate, personal_letters.find_handed(personal_id, candidate, by=me())


def _checked(candidate: Candidate, personal: PersonalLetter) -> tuple[str, str, str]:
    return personal_letters.check(candidate, subject=personal.subject, text=personal.text, by=me())


def _mailto(address: str, subject: str, text: str) -> str:
    """Where mail is read here, the copy puts it on the timeline."""
    copies = {"bcc": copies_to()} if copies_to() else {}
    words = {"subject": subject, "body": text.replace("\n", "\r\n"), **copies}
    return f"mailto:{quote(address, safe='@')}?{urlencode(words, quote_via=quote)}"
