"""The candidate's own page. Looking records nothing; only a button does."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm import language
from crm.domain import asking, doors, merging
from crm.domain.doors import DoorLink
from crm.domain.errors import Missing


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/door/<token>", "door", show)


def show(token: str) -> ResponseReturnValue:
    link = open_link(token)
    return page(token, link) if link else closed()


def open_link(token: str) -> DoorLink | None:
    """A link that never was is told from one that is over by nobody."""
    try:
        return doors.find_by_link(token)
    except Missing:
        return None


def page(token: str, link: DoorLink) -> str:
    candidate = link.candidate
    with language.speaking(candidate.language):
        return render_template(
            "guest/door.html", token=token, name=merging.first_name(candidate), host=doors.host(candidate),
            questions=asking.open_of(candidate.id), answered=asking.answered_of(candidate.id),
        )  # fmt: skip


def closed() -> ResponseReturnValue:
    return render_template("guest/door_closed.html"), 404
