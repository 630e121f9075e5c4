"""What of the candidate's own page opens only with a code: who holds the resume, their details, rules, the export."""

import json
from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import language
from crm.domain import codes, door_rooms, exports, resumes
from crm.domain.candidates import Candidate
from crm.domain.doors import DoorLink
from crm.domain.errors import Missing, Refused
from crm.forms.door import CodeForm, DetailsForm, details
from crm.guest import browsers, door
from crm.kit import clock

ALLOWED_FOR = timedelta(days=365)
Verb = Callable[[Candidate, str], object]
CHANGES: dict[str, tuple[Verb, str]] = {
    "forwards": (door_rooms.take_back, "taken"),
    "permissions": (door_rooms.withdraw, "withdrawn"),
    "rules": (door_rooms.lift, "lifted"),
}
"""By what is named in the address: the verb for one of them, and what is said afterwards."""


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/door/<token>/inside", "door_inside", show)
    bp.add_url_rule("/door/<token>/inside/code", "door_code", send, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/opening", "door_open", check, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/closing", "door_close", close, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/<what>/<one>/end", "door_end", end, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/introductions", "door_allow", allow, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/company", "door_allow_inside", allow_inside, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/details", "door_details", correct, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/resume", "door_resume", bring, methods=["POST"])
    bp.add_url_rule("/door/<token>/inside/export.json", "door_export", export)


# --- the code


def show(token: str) -> ResponseReturnValue:
    link = door.open_link(token)
    if link is None:
        return door.closed()
    with language.speaking(link.candidate.language):
        return _inside(token, link) if _has_passed(link) else _asking(token, link, CodeForm(formdata=None))


def send(token: str) -> ResponseReturnValue:
    """To the first address on file; never to one that somebody types."""
    link, browser = door.open_link(token), browsers.word() or browsers.new_word()
    if link is None:
        return door.closed()
    with language.speaking(link.candidate.language):
        form = CodeForm()
        if form.take(lambda: _sent(link.candidate, browser)) is None:
            return _refused(token, form)
    back: Response = make_response(redirect(url_for(".door_inside", token=token), 303))
    return browsers.keep(back, browser)


def check(token: str) -> ResponseReturnValue:
    """A wrong one is answered with 200, so that the try is counted."""
    link = door.open_link(token)
    if link is None:
        return door.closed()
    with language.speaking(link.candidate.language):
        form = CodeForm()
        passed = form.take(lambda: codes.check("door", link.candidate_id, browsers.word(), form.code.data or ""))
        if passed is None:
            return _refused(token, form)
        if not passed:
            form.blame(Refused(_("That is not the code in the newest mail. Look at it again."), field="code"))
            return _asking(token, link, form)
    return redirect(url_for(".door_inside", token=token), 303)


def close(token: str) -> ResponseReturnValue:
    """For a browser that others use, too."""
    if (link := door.open_link(token)) is None:
        return door.closed()
    codes.close("door", link.candidate_id, browsers.word())
    return redirect(url_for(".door", token=token), 303)


def _sent(candidate: Candidate, browser: str) -> codes.Code:
    if not candidate.email:
        raise Refused(_("There is no mail address of yours on file. Answer the mail that this link came in."))
    return codes.send(
        "door", candidate.id, candidate.email, browser, name=candidate.full_name, language=candidate.language,
        network=browsers.network(),
    )  # fmt: skip


# --- behind it


def end(token: str, what: str, one: str) -> ResponseReturnValue:
    if what not in CHANGES:
        return door.closed()
    verb, said = CHANGES[what]
    return _change(token, lambda person: verb(person, one), said)


def allow(token: str) -> ResponseReturnValue:
    until = clock.today() + ALLOWED_FOR
    return _change(token, lambda person: door_rooms.allow_introductions(person, until), "allowed")


def allow_inside(token: str) -> ResponseReturnValue:
    until = clock.today() + ALLOWED_FOR
    return _change(token, lambda person: door_rooms.allow_inside(person, until), "inside")


def correct(token: str) -> ResponseReturnValue:
    link = _passed(token)
    if link is None:
        return _again(token)
    with language.speaking(link.candidate.language):
        form = DetailsForm()
        if form.take(lambda: door_rooms.correct(link.candidate, form.facts)) is None:
            again = door.open_link(token)
            return (_inside(token, again, form), 422) if again else door.closed()
    return redirect(url_for(".door_inside", token=token, said="details"), 303)


def bring(token: str) -> ResponseReturnValue:
    """Keeping the file waits for the disk, so it comes before the first query, which takes the write lock."""
    sent = request.files.get("file")
    try:
        upload = resumes.receive(sent.filename or "", sent.read()) if sent and sent.filename else None
    except Refused as refusal:
        return _with_trouble(token, str(refusal))
    if upload is None:
        return _with_trouble(token, "")
    return _change(token, lambda person: door_rooms.bring_resume(person, upload), "resume")


def export(token: str) -> ResponseReturnValue:
    link = _passed(token)
    if link is None:
        return _again(token)
    told = json.dumps(exports.whole(link.candidate), ensure_ascii=False, indent=1)
    response = Response(told, mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename="everything-about-me.json")
    return response


def _change(token: str, verb: Callable[[Candidate], object], said: str) -> ResponseReturnValue:
    link = _passed(token)
    if link is None:
        return _again(token)
    try:
        verb(link.candidate)
    except Missing:
        return door.closed()
    return redirect(url_for(".door_inside", token=token, said=said), 303)


# --- parts


def _has_passed(link: DoorLink) -> bool:
    return codes.has_passed("door", link.candidate_id, browsers.word())


def _passed(token: str) -> DoorLink | None:
    """The link, where this browser has passed."""
    link = door.open_link(token)
    return link if link is not None and _has_passed(link) else None


def _again(token: str) -> ResponseReturnValue:
    """The half hour is over, or the link is: back to where a code is asked for. Nothing was changed."""
    link = door.open_link(token)
    if link is None:
        return door.closed()
    with language.speaking(link.candidate.language):
        return _asking(token, link, CodeForm(formdata=None)), 403


def _refused(token: str, form: CodeForm) -> ResponseReturnValue:
    link = door.open_link(token)
    return (_asking(token, link, form), 422) if link else door.closed()


def _with_trouble(token: str, trouble: str) -> ResponseReturnValue:
    link = _passed(token)
    if link is None:
        return _again(token)
    with language.speaking(link.candidate.language):
        return _inside(token, link, trouble=trouble or _("Choose a file first.")), 422


def _asking(token: str, link: DoorLink, form: CodeForm) -> str:
    address = link.candidate.email or ""
    return render_template(
        "guest/door_code.html", token=token, form=form, to=f"{address[:1]}…@{address.rpartition('@')[2]}",
        asked=codes.asked("door", link.candidate_id, browsers.word()), has_address=bool(address),
    )  # fmt: skip


def _inside(token: str, link: DoorLink, form: DetailsForm | None = None, trouble: str = "") -> str:
    candidate = link.candidate
    form = form or DetailsForm(formdata=None, **details(candidate))
    return render_template(
        "guest/door_inside.html", token=token, candidate=candidate, form=form, trouble=trouble,
        rooms=door_rooms.of(candidate), said=_said(request.args.get("said", "")), **door.known(link),
        until=clock.today() + ALLOWED_FOR,
    )  # fmt: skip


def _said(what: str) -> str:
    sentences = {
        "taken": _("Taken back. The link is closed."),
        "withdrawn": _("Taken back. It holds from now on."),
        "lifted": _("The rule is lifted. You are still asked each time."),
        "inside": _("Thank you. It may go to colleagues here, until you say otherwise."),
        "allowed": _("Thank you. You may be introduced without your name."),
        "details": _("Thank you. Your details are corrected."),
        "resume": _("Thank you. Your new resume has arrived."),
    }
    return str(sentences.get(what, ""))
