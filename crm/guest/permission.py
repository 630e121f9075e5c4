"""What somebody wrote down for a candidate, by the letter that told them: it is taken back here, and nothing else."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import language
from crm.domain import permissions
from crm.domain.consents import Consent
from crm.domain.doors import DoorLink
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.forms.door import LeaveForm
from crm.guest import door
from crm.mail.asking_letters import permission_words


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/door/<token>/permission", "door_permission", show)
    bp.add_url_rule("/door/<token>/permission", "door_permission_end", end, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    link, consent = _opened(token)
    return _page(token, link, consent, LeaveForm(formdata=None)) if link and consent else door.closed()


def end(token: str) -> ResponseReturnValue:
    link, consent = _opened(token)
    return _ended(token, link, consent) if link and consent else door.closed()


def _ended(token: str, link: DoorLink, consent: Consent) -> ResponseReturnValue:
    with language.speaking(link.candidate.language):
        form = LeaveForm()
        too_late = form.take(lambda: _taken_back(consent, form))
    if too_late is None:
        again, still = _opened(token)
        return (_page(token, again, still, form), 422) if again and still else door.closed()
    if too_late:
        return _page(token, link, consent, form, too_late=True)
    return redirect(url_for(".door_permission", token=token), 303)


def _taken_back(consent: Consent, form: LeaveForm) -> list[Forward]:
    """A program that presses the first button of a page that it finds ticks nothing."""
    if not form.sure.data:
        raise Refused(_("Tick the box if you are sure. Nothing was changed."), field="sure")
    return permissions.take_back(consent)


def _opened(token: str) -> tuple[DoorLink | None, Consent | None]:
    link = door.open_link(token)
    try:
        return link, permissions.told_by(link.letter_id) if link else None
    except Missing:
        return link, None


def _page(token: str, link: DoorLink, consent: Consent, form: LeaveForm, *, too_late: bool = False) -> str:
    with language.speaking(link.candidate.language):
        return render_template(
            "guest/permission.html", token=token, consent=consent, form=form, too_late=too_late,
            said=permission_words(consent),
        )  # fmt: skip


end.is_one_click = True  # type: ignore[attr-defined]  # needs no cookie: the link itself is the secret
