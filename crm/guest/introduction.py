"""Whether somebody would like an introduction. Looking records nothing, and a button alone says neither yes nor no."""

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import language
from crm.domain import dispatch, introductions, leaks
from crm.domain.errors import Refused
from crm.domain.introductions import Side
from crm.forms.introductions import IntroductionAnswerForm


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/introduction/<token>", "introduction", show)
    bp.add_url_rule("/introduction/<token>", "introduction_answer", answer, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    side = _open(token)
    return _page(token, side, IntroductionAnswerForm(formdata=None, shares=side.shares or side.address))


def answer(token: str) -> ResponseReturnValue:
    side = _open(token)
    with language.speaking(_language(side)):
        form = IntroductionAnswerForm()
        taken = form.take(lambda: _answered(side, form))
    if taken is None:
        return _page(token, _open(token), form, 422)
    for letter in side.letters:
        dispatch.learn(letter, "delivered", "the link in it was used")
    if side.answer == "no":
        return _page(token, side, form)
    return redirect(url_for(".introduction", token=token), 303)


def _answered(side: Side, form: IntroductionAnswerForm) -> Side:
    if not form.answer.data:
        raise Refused(_("Choose yes or no, then send it."), field="answer")
    return introductions.answer(side, form.answer.data, shares=form.shares.data or "")


def _open(token: str) -> Side:
    """The one who was asked, while it can be answered; else a page that tells nobody anything."""
    side = introductions.find_by_link(token)
    if not introductions.is_open(side):
        by = side.introduction.by
        with language.speaking(language.asked_for()):
            abort(make_response(render_template("guest/introduction_closed.html", by=by), 410))
    return side


def _page(token: str, side: Side, form: IntroductionAnswerForm, status: int = 200) -> tuple[str, int]:
    with language.speaking(_language(side)):
        page = render_template("guest/introduction.html", token=token, side=side, told=_told(side), form=form)
    return page, status


def _language(side: Side) -> str:
    """Of the candidate; a colleague reads English."""
    return side.candidate.language if side.candidate else ""


def _told(side: Side) -> str:
    """A role may have been sealed since it was written: then it is not said again."""
    by = side.introduction.by
    return "" if leaks.find({"text": side.told}, by=by, to_address=side.address) else side.told
