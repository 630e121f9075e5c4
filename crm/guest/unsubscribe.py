"""The way out of further letters. Looking changes nothing; the button, or a mail program's one click, does."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm import language
from crm.domain import unsubscribes
from crm.domain.outbox import Letter


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/unsubscribe/<token>", "unsubscribe", show)
    bp.add_url_rule("/unsubscribe/<token>", "unsubscribe_now", stop, methods=["POST"])
    bp.add_url_rule("/unsubscribe/<token>/undo", "unsubscribe_undo", take_back, methods=["POST"])


def show(token: str) -> str:
    return _page(token, [])


def stop(token: str) -> str:
    """Comes without a cookie from mail programs (RFC 8058), so nothing of ours is asked of it; it can only reduce."""
    return _page(token, unsubscribes.use(unsubscribes.find(token)))


def take_back(token: str) -> ResponseReturnValue:
    unsubscribes.take_back(unsubscribes.find(token))
    return redirect(url_for("guest.unsubscribe", token=token), 303)


def _page(token: str, gone: list[Letter]) -> str:
    """Cards are for people who sign in, and read English; of others no more than the address is known."""
    link = unsubscribes.find(token)
    with language.speaking("" if link.is_of_a_card else language.asked_for()):
        return render_template("guest/unsubscribe.html", link=link, token=token, gone=gone)


stop.is_one_click = True  # type: ignore[attr-defined]
