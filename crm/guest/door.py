"""The candidate's own page. Looking records nothing; only a button does."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import language
from crm.domain import asking, door_sayings, doors, forward_answers, merging
from crm.domain.candidates import Candidate
from crm.domain.doors import DoorLink
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.forms.door import (
    DoorForm,
    InterestedForm,
    JobForm,
    LaterForm,
    LeaveForm,
    LessForm,
    ThanksForm,
    UsefulForm,
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Something that can be said. `run` returns forwards that were quicker, if that can be."""

    form: type[DoorForm]
    run: Callable[[Candidate, DoorForm], list[Forward] | None]


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/door/<token>", "door", show)
    bp.add_url_rule("/door/<token>/<what>", "door_act", ask)
    bp.add_url_rule("/door/<token>/undo", "door_undo", undo, methods=["POST"])
    bp.add_url_rule("/door/<token>/<what>", "door_say", say, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    link = open_link(token)
    if link is None:
        return closed()
    candidate = link.candidate
    questions = asking.open_of(candidate.id)
    with language.speaking(candidate.language):
        return render_template(
            "guest/door.html", token=token, **known(link), said=_said(request.args.get("said", "")),
            may_undo=request.args.get("said") in {"interested", "job"},
            questions=questions, answered=asking.answered_of(candidate.id),
            positions={one.id: forward_answers.position_of(one.forward, one.by) for one in questions},
        )  # fmt: skip


def ask(token: str, what: str) -> ResponseReturnValue:
    link = open_link(token)
    if link is None or what not in ACTS:
        return closed()
    with language.speaking(link.candidate.language):
        return _page(token, link, what, _form(what))


def say(token: str, what: str) -> ResponseReturnValue:
    """The form speaks the candidate's language, and so do its choices."""
    link = open_link(token)
    if link is None or what not in ACTS:
        return closed()
    candidate = link.candidate
    with language.speaking(candidate.language):
        form = _form(what)
        too_late = form.take(lambda: ACTS[what].run(candidate, form) or [])
        if too_late is None:
            again = open_link(token)
            return (_page(token, again, what, form), 422) if again else closed()
        if what == "leave":
            return render_template("guest/door_left.html", too_late=too_late)
    return redirect(url_for(".door", token=token, said=f"{what}-late" if too_late else what), 303)


def undo(token: str) -> ResponseReturnValue:
    """Of what was said last, for a while."""
    link = open_link(token)
    if link is None:
        return closed()
    door_sayings.undo(link.candidate)
    return redirect(url_for(".door", token=token, said="undone"), 303)


def open_link(token: str) -> DoorLink | None:
    """A link that never was is told from one that is over by nobody."""
    try:
        return doors.find_by_link(token)
    except Missing:
        return None


def known(link: DoorLink) -> dict[str, object]:
    """What every page behind the link shows."""
    return {"name": merging.first_name(link.candidate), "host": doors.host(link.candidate)}


def closed() -> ResponseReturnValue:
    """In the language that the browser asks for, since nothing is told of whose page it was."""
    with language.speaking(language.asked_for()):
        return render_template("guest/door_closed.html"), 404


# --- what can be said


def _check_ticked(form: DoorForm) -> None:
    """A program that presses the first button of a page that it finds ticks nothing."""
    if not form["sure"].data:
        raise Refused(_("Tick the box if it is so. Nothing was changed."), field="sure")


def _interested(candidate: Candidate, form: DoorForm) -> None:
    _check_ticked(form)
    door_sayings.interested(candidate, form["words"].data or "")


def _later(candidate: Candidate, form: DoorForm) -> None:
    assert isinstance(form, LaterForm)
    if not form.span:
        raise Refused(_("Choose after how many months."), field="months")
    door_sayings.later(candidate, form.span, form.words.data or "")


def _job(candidate: Candidate, form: DoorForm) -> None:
    _check_ticked(form)
    door_sayings.took_job(candidate, form["until"].data, form["words"].data or "")


def _thanks(candidate: Candidate, form: DoorForm) -> None:
    door_sayings.thank(candidate, form["words"].data or "")


def _useful(candidate: Candidate, form: DoorForm) -> None:
    door_sayings.share(candidate, form["words"].data or "", form["link"].data or "")


def _less(candidate: Candidate, form: DoorForm) -> list[Forward]:
    assert isinstance(form, LessForm)
    if not form.what.data:
        raise Refused(_("Choose one, or go back: nothing was changed."), field="what")
    if form.what.data == "never" and not form.names_a_company:
        raise Refused(_("Name the company. Nothing was changed."), field="company")
    if form.what.data != "never" and form.names_a_company:
        raise Refused(_("A company goes with “never” alone. Empty the field, or choose that."), field="company")
    return door_sayings.reduce(candidate, form.what.data, form.company.data or "")


def _leave(candidate: Candidate, form: DoorForm) -> list[Forward]:
    """Asked twice: here, and by the tick."""
    if not form["sure"].data:
        raise Refused(_("Tick the box if you are sure. Nothing was changed."), field="sure")
    return door_sayings.leave(candidate)


ACTS = {
    "interested": Act(InterestedForm, _interested),
    "later": Act(LaterForm, _later),
    "job": Act(JobForm, _job),
    "thanks": Act(ThanksForm, _thanks),
    "useful": Act(UsefulForm, _useful),
    "less": Act(LessForm, _less),
    "leave": Act(LeaveForm, _leave),
}


# --- parts


def _form(what: str) -> DoorForm:
    form = ACTS[what].form() if request.method == "POST" else ACTS[what].form(formdata=None)
    if isinstance(form, LaterForm | LessForm):
        form.offer()
    return form


def _page(token: str, link: DoorLink, what: str, form: DoorForm) -> str:
    return render_template("guest/door_act.html", token=token, **known(link), what=what, form=form)


def _said(what: str) -> str:
    """What has just been said, for the page that follows. Anything else in the address says nothing."""
    sentences = {
        "interested": _("Thank you. You are still interested, and that is noted."),
        "later": _("Thank you. You will be asked again then, and not before."),
        "job": _("Congratulations, and thank you for telling."),
        "thanks": _("Thank you. Your words have arrived."),
        "useful": _("Thank you. It has arrived."),
        "undone": _("Taken back. It is as before."),
        "less": _("Done. It holds from now on."),
        "less-late": _("Done. It holds from now on. One letter was already on its way and could not be stopped."),
    }
    return str(sentences.get(what, ""))


undo.is_one_click = True  # type: ignore[attr-defined]
say.is_one_click = True  # type: ignore[attr-defined]  # needs no cookie: the link itself is the secret
