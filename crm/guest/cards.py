"""The links of a morning card. Looking changes nothing, whoever looks; the button does the one act of the link.

Whatever ended a link (its age, its use, its reader or its candidate), the page that says so is the same.
"""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import card_acts, card_people
from crm.domain.candidates import Candidate
from crm.domain.cards import CardLink
from crm.domain.errors import Missing

QUESTIONS = {"done": "You wrote to {}?", "snooze": "Snooze {}?", "let_go": "Let go of {}?"}


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/card/<token>", "card", show)
    bp.add_url_rule("/card/<token>", "card_act", act, methods=["POST"])
    bp.add_url_rule("/card/<token>/undo", "card_undo", undo, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    link, candidate = _open(token)
    if link.act == "send":
        return redirect(_composer(candidate), 303)
    return _page(token, link, candidate)


def act(token: str) -> ResponseReturnValue:
    """Asks for no cookie, since nobody is signed in in a mail program; the link allows its one act and nothing else."""
    link, candidate = _open(token, lock=True)
    if link.act == "send":
        return redirect(_composer(candidate), 303)
    card_acts.act(link, candidate, span=request.form.get("for", "week"), keeps="keeps" in request.form)
    return _page(token, link, candidate)


def undo(token: str) -> ResponseReturnValue:
    link, candidate = _open(token, lock=True)
    return _page(token, link, candidate, undone=card_acts.undo(link, candidate))


def _open(token: str, *, lock: bool = False) -> tuple[CardLink, Candidate]:
    try:
        return card_acts.find(token, lock=lock)
    except Missing:
        abort(make_response(render_template("guest/card_over.html"), 404))


def _page(token: str, link: CardLink, candidate: Candidate, undone: str = "") -> str:
    return render_template(
        "guest/card.html",
        token=token,
        link=link,
        candidate=candidate,
        question=QUESTIONS[link.act].format(candidate.full_name),
        promised=card_acts.promised(link, candidate) if link.act != "let_go" and not link.used_at else [],
        spans=card_acts.SPANS,
        undone=undone,
    )


def _composer(candidate: Candidate) -> str:
    """Whoever is not signed in is asked to on the way there."""
    return url_for("personal_letters.write", candidate_id=candidate.id, template=card_people.TEMPLATE)


act.is_one_click = undo.is_one_click = True  # type: ignore[attr-defined]
