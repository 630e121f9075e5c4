"""The code before a forwarded resume is shown: where it is sensitive, or its link is older than a day."""

from flask import Response, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import codes, sharing
from crm.domain.errors import Refused
from crm.domain.forwards import Forward
from crm.forms.shared import CodeForm
from crm.guest import browsers
from crm.kit import words

WRONG = "That is not the code in the newest mail. Look at it again."


def ask_if_needed(token: str, forward: Forward) -> None:
    """Ends the request with the page that asks, unless this browser has passed already."""
    if sharing.needs_code(forward, token) and not codes.has_passed("shared", forward.id, browsers.word()):
        abort(make_response(_page(token, forward, CodeForm(formdata=None)), 403))


def send(token: str, forward: Forward) -> ResponseReturnValue:
    """To the address that the letter went to; never to one that somebody types."""
    form, browser = CodeForm(), browsers.word() or browsers.new_word()
    if form.take(lambda: _sent(forward, browser)) is None:
        return _page(token, sharing.find_by_link(token), form), 422
    back: Response = make_response(redirect(url_for(".shared", token=token), 303))
    return browsers.keep(back, browser)


def check(token: str, forward: Forward) -> ResponseReturnValue:
    """A wrong one is answered with 200, so that the try is counted."""
    form = CodeForm()
    passed = form.take(lambda: codes.check("shared", forward.id, browsers.word(), form.code.data or ""))
    if passed:
        return redirect(url_for(".shared", token=token), 303)
    if passed is None:
        return _page(token, sharing.find_by_link(token), form), 422
    form.blame(Refused(WRONG, field="code"))
    return _page(token, forward, form)


def _sent(forward: Forward, browser: str) -> codes.Code:
    return codes.send(
        "shared", forward.id, forward.to_address, browser, name=forward.colleague.name, network=browsers.network()
    )


def _page(token: str, forward: Forward, form: CodeForm) -> str:
    asked = codes.asked("shared", forward.id, browsers.word())
    return render_template(
        "guest/shared_code.html", token=token, forward=forward, form=form, asked=asked,
        to=_hidden(forward.to_address), minutes=words.lasting(codes.GOOD_FOR),
    )  # fmt: skip


def _hidden(address: str) -> str:
    """c…@acme.example.org: enough for its owner."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
