"""Whether we may keep in touch, as the candidate is asked. Looking records nothing; only a ticked answer does."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import language
from crm.domain import keeping_answers
from crm.domain.errors import Missing, Refused
from crm.domain.keeping import KeepingQuestion
from crm.forms.keeping import KeepingAnswerForm


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/keep/<token>", "keeping", show)
    bp.add_url_rule("/keep/<token>", "keeping_answer", answer, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    question = _open(token)
    return _page(token, question, KeepingAnswerForm(formdata=None)) if question else _closed()


def answer(token: str) -> ResponseReturnValue:
    question = _open(token)
    if question is None:
        return _closed()
    with language.speaking(question.candidate.language):
        form = KeepingAnswerForm().offer()
        if form.take(lambda: _answered(question, form)) is None:
            still = _open(token)
            return (_page(token, still, form), 422) if still else _closed()
    if not question.is_open:
        return _page(token, question, None)
    return redirect(url_for(".keeping", token=token), 303)


def _answered(question: KeepingQuestion, form: KeepingAnswerForm) -> KeepingQuestion:
    if not form.answer.data:
        raise Refused(_("Choose yes or no, then send it."), field="answer")
    return keeping_answers.answer(question, form.answer.data, form.words.data or "", form.month)


def _open(token: str) -> KeepingQuestion | None:
    """The question while it can be answered; a link that never was is told from one that is over by nobody."""
    try:
        question = keeping_answers.find_by_link(token)
    except Missing:
        return None
    return question if keeping_answers.is_shown(question) else None


def _page(token: str, question: KeepingQuestion, form: KeepingAnswerForm | None) -> str:
    """Without a form where there is nothing left to say."""
    with language.speaking(question.candidate.language):
        return render_template(
            "guest/keeping.html", token=token, question=question, form=form and form.offer(question.is_open),
            until=keeping_answers.would_be_kept_until(),
            since=language.month(question.not_before) if question.not_before else "",
        )  # fmt: skip


def _closed() -> ResponseReturnValue:
    with language.speaking(language.asked_for()):
        return render_template("guest/keeping_closed.html"), 404


answer.is_one_click = True  # type: ignore[attr-defined]  # needs no cookie: the link itself is the secret
