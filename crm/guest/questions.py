"""On the candidate's own page: may the resume go to this person? Looking records nothing; only a ticked answer does."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import language
from crm.domain import asking, forward_answers, forwarding_rules
from crm.domain.errors import Missing
from crm.domain.forward_questions import ForwardQuestion
from crm.forms.asking import QuestionForm
from crm.guest import door


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/door/<token>/questions/<question_id>", "door_question", show)
    bp.add_url_rule("/door/<token>/questions/<question_id>", "door_question_answer", answer, methods=["POST"])


def show(token: str, question_id: str) -> ResponseReturnValue:
    question = _open(token, question_id)
    return _page(token, question, QuestionForm(formdata=None)) if question else door.closed()


def answer(token: str, question_id: str) -> ResponseReturnValue:
    question, form = _open(token, question_id), QuestionForm()
    if question is None:
        return door.closed()
    with language.speaking(question.candidate.language):
        done = form.take(lambda: _said(question, form))
    if done is None:
        still = _open(token, question_id)
        return (_page(token, still, form), 422) if still else door.closed()
    return redirect(url_for(".door_question", token=token, question_id=question_id), 303)


def _said(question: ForwardQuestion, form: QuestionForm) -> ForwardQuestion:
    if "undo" in request.form:
        return asking.undo(question)
    return asking.answer(question, form.answer.data or "", form.months.data or 0)


def _open(token: str, question_id: str) -> ForwardQuestion | None:
    link = door.open_link(token)
    try:
        return asking.find(question_id, link.candidate_id) if link else None
    except Missing:
        return None


def _page(token: str, question: ForwardQuestion, form: QuestionForm) -> str:
    with language.speaking(question.forward.candidate.language):
        return _rendered(token, question, form)


def _rendered(token: str, question: ForwardQuestion, form: QuestionForm) -> str:
    return render_template(
        "guest/question.html", token=token, question=question, form=form.about(question),
        may_undo=asking.may_undo(question), shown=asking.shown_words(question.forward, question.by),
        has_rules=bool(forwarding_rules.standing(question.candidate_id)),
        position=forward_answers.position_of(question.forward, question.by),
    )  # fmt: skip


answer.is_one_click = True  # type: ignore[attr-defined]  # needs no cookie: the link itself is the secret
