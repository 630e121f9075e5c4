"""Somebody without a name, as the colleague sees them. Looking records nothing, and a button alone says nothing."""

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import leaks, teasers, teasing
from crm.domain.teasers import Teaser
from crm.forms.teasers import TeaserAnswerForm

Told = dict[str, str | list[str]]


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/teaser/<token>", "teaser", show)
    bp.add_url_rule("/teaser/<token>", "teaser_answer", answer, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    teaser = _open(token)
    return _page(token, teaser, TeaserAnswerForm(formdata=None, words=teaser.answer_words))


def answer(token: str) -> ResponseReturnValue:
    teaser, form = _open(token), TeaserAnswerForm()
    if form.take(lambda: teasing.answer(teaser, form.answer.data or "", form.words.data or "")) is None:
        return _page(token, _open(token), form, 422)
    return redirect(url_for(".teaser", token=token), 303)


def _open(token: str) -> Teaser:
    """While it can be answered; else a page that tells nobody anything."""
    teaser = teasers.find_by_link(token)
    if not teasers.is_open(teaser):
        abort(make_response(render_template("guest/teaser_closed.html", by=teaser.by), 410))
    return teaser


def _page(token: str, teaser: Teaser, form: TeaserAnswerForm, status: int = 200) -> tuple[str, int]:
    """Of the candidate's record the page is given nothing."""
    told: Told = {"headline": teaser.headline, "strengths": teaser.strengths, "words": teaser.words,
            "position": teaser.position}  # fmt: skip
    page = render_template(
        "guest/teaser.html", token=token, teaser=teaser, told=_unless_sealed(teaser, told), form=form
    )
    return page, status


def _unless_sealed(teaser: Teaser, told: Told) -> Told:
    """A role may have been sealed since it was written: then it is not said again."""
    words = {name: said if isinstance(said, str) else "\n".join(said) for name, said in told.items()}
    leak = leaks.find(words, by=teaser.by, to_address=teaser.to_address)
    return {"headline": "", "strengths": [], "words": "", "position": ""} if leak else told
