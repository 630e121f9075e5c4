"""A forwarded resume, as the colleague sees it. Looking records nothing; only an answer does."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import forwards, leaks, resumes
from crm.domain.forwards import Forward
from crm.forms.shared import AnswerForm
from crm.headers import SANDBOX
from crm.kit.reading import PREVIEW_TYPE

ANSWERS = {
    "talk": "I want to talk to them",
    "interested": "Interested, later",
    "not_a_fit": "Not a fit",
    "other": "in your own words",
}


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/shared/<token>", "shared", show)
    bp.add_url_rule("/shared/<token>/pages/<int:number>", "shared_page", page)
    bp.add_url_rule("/shared/<token>/file", "shared_file", file)
    bp.add_url_rule("/shared/<token>/answer", "shared_answer", answer, methods=["POST"])


def show(token: str) -> ResponseReturnValue:
    forward = _open(token)
    return _page(token, forward, AnswerForm(words=forward.answer_words))


def page(token: str, number: int) -> Response:
    return Response(resumes.preview(_open(token).paper, number), mimetype=PREVIEW_TYPE)


def file(token: str) -> Response:
    forward = _open(token)
    response = Response(forwards.shared_file(forward), mimetype=forward.paper.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers.set("Content-Disposition", "attachment", filename=forward.filename)
    return response


def answer(token: str) -> ResponseReturnValue:
    forward, form = _open(token), AnswerForm()
    if form.take(lambda: forwards.answer(forward, form.answer.data or "", form.words.data or "")) is None:
        return _page(token, _open(token), form, 422)
    return redirect(url_for(".shared", token=token), 303)


def _open(token: str) -> Forward:
    """The forward behind an open link. A closed one is answered kindly, and says nothing of whom it was about."""
    forward = forwards.find_by_link(token)
    if not forwards.is_shown(forward):
        abort(make_response(render_template("guest/closed.html", forward=forward), 410))
    return forward


def _page(token: str, forward: Forward, form: AnswerForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "guest/shared.html", token=token, forward=forward, told=_told(forward), form=form, answers=ANSWERS
    )
    return page, status


def _told(forward: Forward) -> dict[str, str]:
    """What was written with it. A role may have been sealed since: then it is not said again."""
    told = {"position": forward.position, "note": forward.note}
    leak = leaks.find(told, by=forward.by, to_address=forward.to_address)
    return dict.fromkeys(told, "") if leak else told
