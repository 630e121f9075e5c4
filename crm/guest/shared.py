"""A forwarded resume, as the colleague sees it. Looking records nothing; opening and answering are buttons."""

from datetime import date

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import config
from crm.domain import more_time, sharing
from crm.domain.errors import Missing
from crm.domain.forwards import Forward
from crm.domain.sharing import Shown
from crm.forms.shared import AnswerForm
from crm.guest import shared_code
from crm.headers import SANDBOX
from crm.kit import calendar_files, clock, person_files
from crm.kit.calendar_files import WholeDay
from crm.kit.reading import PREVIEW_TYPE

ANSWERS = {
    "talk": "I want to talk to them",
    "interested": "Interested, later",
    "interviewing": "We are interviewing them",
    "hired": "We hired them",
    "not_a_fit": "Not a fit",
    "other": "in your own words",
}


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/shared/<token>", "shared", show)
    bp.add_url_rule("/shared/<token>/code", "shared_code", send_code, methods=["POST"])
    bp.add_url_rule("/shared/<token>/code/check", "shared_code_check", check_code, methods=["POST"])
    bp.add_url_rule("/shared/<token>/open", "shared_open", open_it, methods=["POST"])
    bp.add_url_rule("/shared/<token>/pages/<int:number>", "shared_page", page)
    bp.add_url_rule("/shared/<token>/file", "shared_file", file, methods=["POST"])
    bp.add_url_rule("/shared/<token>/answer", "shared_answer", answer, methods=["POST"])
    bp.add_url_rule("/shared/<token>/more-time", "shared_more_time", ask_more_time, methods=["POST"])
    bp.add_url_rule("/shared/<token>/reminder.ics", "shared_reminder", reminder)
    bp.add_url_rule("/shared/<token>/person.vcf", "shared_vcard", vcard)
    bp.add_url_rule("/shared/<token>/resume.json", "shared_json", json_resume)


# --- the page


def show(token: str) -> ResponseReturnValue:
    forward = _open(token)
    return _page(token, forward, AnswerForm(words=forward.answer_words))


def open_it(token: str) -> ResponseReturnValue:
    sharing.open_by_recipient(_open(token))
    return redirect(url_for(".shared", token=token, _anchor="resume"), 303)


def page(token: str, number: int) -> Response:
    return Response(sharing.picture_of(_open(token), number), mimetype=PREVIEW_TYPE)


def file(token: str) -> Response:
    forward = _open(token)
    response = Response(sharing.download(forward), mimetype=forward.paper.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers.set("Content-Disposition", "attachment", filename=forward.filename)
    return response


def answer(token: str) -> ResponseReturnValue:
    forward, form = _open(token), AnswerForm()
    if form.take(lambda: sharing.answer(forward, form.answer.data or "", form.words.data or "")) is None:
        return _page(token, _open(token), form, 422)
    return redirect(url_for(".shared", token=token), 303)


def ask_more_time(token: str) -> ResponseReturnValue:
    """Also from a page that is over already, where only the day stands against it."""
    forward = sharing.find_by_link(token)
    if more_time.can_be_asked(forward):
        more_time.ask(forward)
    return redirect(url_for(".shared", token=token), 303)


# --- to take along: just what the page shows


def reminder(token: str) -> Response:
    """A day in one's own calendar. Without the link, which would open the page for everybody who sees the calendar; and
    without a name that is shown only after a code.
    """
    forward = _open(token)
    seen = Shown() if forward.sensitive else sharing.shown(forward)
    title = f"{seen.title}, forwarded by {forward.by.name}"
    told = f"The link is in the mail of {forward.by.name}."
    day = WholeDay(f"forward-{forward.id}", _day(forward), title, told, config.current().base_url)
    feed = calendar_files.feed("First Call", [day], today=clock.today())
    return _download(feed, calendar_files.MEDIA_TYPE, "reminder.ics")


def vcard(token: str) -> Response:
    forward = _open(token)
    card = person_files.vcard(**_facts(forward), note=f"Forwarded by {forward.by.name}")
    return _download(card, person_files.VCARD_TYPE, "person.vcf")


def json_resume(token: str) -> Response:
    forward = _open(token)
    text = sharing.shown(forward).text if forward.opened_at else ""
    return _download(person_files.json_resume(**_facts(forward), text=text), person_files.JSON_TYPE, "resume.json")


# --- parts


def send_code(token: str) -> ResponseReturnValue:
    return shared_code.send(token, _reached(token))


def check_code(token: str) -> ResponseReturnValue:
    return shared_code.check(token, _reached(token))


def _open(token: str) -> Forward:
    """The forward behind an open link, after a code where one is needed."""
    forward = _reached(token)
    shared_code.ask_if_needed(token, forward)
    return forward


def _reached(token: str) -> Forward:
    """A closed one is answered kindly, and says nothing of whom it was about."""
    forward = sharing.find_by_link(token)
    if not sharing.is_shown(forward):
        page = render_template(
            "guest/closed.html", token=token, forward=forward, ran_out=more_time.can_be_asked(forward)
        )
        abort(make_response(page, 410))
    return forward


def _page(token: str, forward: Forward, form: AnswerForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "guest/shared.html", token=token, forward=forward, shown=sharing.shown(forward), form=form, answers=ANSWERS,
        remind_on=_day(forward),
    )  # fmt: skip
    return page, status


def _day(forward: Forward) -> date:
    """The one they chose, as long as the link opens then; else a day before it closes."""
    try:
        asked = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        asked = None
    first = clock.today()
    last = max(forward.until, first)
    return min(max(asked, first), last) if asked else max(date.fromordinal(last.toordinal() - 1), first)


def _facts(forward: Forward) -> dict[str, str]:
    shown: Shown = sharing.shown(forward)
    if not shown.name:
        raise Missing  # a card of nobody is of no use
    names = ("name", "headline", "employer", "location", "email", "phone")
    return {name: getattr(shown, name) for name in names}


def _download(content: bytes, media_type: str, filename: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
