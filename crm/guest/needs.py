"""Whom a colleague looks for, by their own word. Looking records nothing; each button says one thing."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import circle
from crm.domain.circle import Holder
from crm.forms.circle import NeedsForm


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/needs/<token>", "needs", show)
    bp.add_url_rule("/needs/<token>", "needs_say", say, methods=["POST"])
    bp.add_url_rule("/needs/<token>/forwards/end", "needs_end_forwards", end_forwards, methods=["POST"])
    bp.add_url_rule("/needs/<token>/forwards/return", "needs_welcome_forwards", welcome_forwards, methods=["POST"])
    bp.add_url_rule("/needs/<token>/leave", "needs_leave", leave, methods=["POST"])
    bp.add_url_rule("/needs/<token>/return", "needs_come_back", come_back, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    holder = circle.find_by_link(token)
    known = holder.colleague.looking_for if holder.colleague.looking_by_them else ""
    return _page(token, holder, NeedsForm(formdata=None, looking_for=known))


def say(token: str) -> ResponseReturnValue:
    holder, form = circle.find_by_link(token), NeedsForm()
    if form.take(lambda: circle.say(holder, form.looking_for.data or "")) is None:
        return _page(token, circle.find_by_link(token), form, status=422)
    return _back(token)


def end_forwards(token: str) -> ResponseReturnValue:
    circle.end_forwards(circle.find_by_link(token))
    return _back(token)


def welcome_forwards(token: str) -> ResponseReturnValue:
    circle.welcome_forwards(circle.find_by_link(token))
    return _back(token)


def leave(token: str) -> ResponseReturnValue:
    """One letter may be on its way out already: that is said here, and nowhere later."""
    holder = circle.find_by_link(token)
    return _page(token, holder, NeedsForm(formdata=None), too_late=bool(circle.leave(holder)))


def come_back(token: str) -> ResponseReturnValue:
    circle.come_back(circle.find_by_link(token))
    return _back(token)


def _back(token: str) -> ResponseReturnValue:
    return redirect(url_for(".needs", token=token), 303)


def _page(
    token: str, holder: Holder, form: NeedsForm, *, too_late: bool = False, status: int = 200
) -> ResponseReturnValue:
    colleague = holder.colleague
    page = render_template(
        "guest/needs.html", token=token, colleague=colleague, asked_by=holder.asked_by, form=form, too_late=too_late,
        has_left=circle.opted_out(colleague), may_come_back=circle.may_come_back(colleague),
    )  # fmt: skip
    return page, status
