"""How an error is answered: a page for people, JSON for programs, the same 404 for hidden and for missing."""

from http import HTTPStatus

from flask import Flask, Response, flash, jsonify, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from crm.db import is_busy
from crm.domain.errors import Denied, Missing, Refused, TooMany
from crm.logs import log

WORDS = {
    400: ("bad_request", "That did not arrive as it should", "Go back, load the page again, and try once more."),
    401: ("unauthorized", "Sign in first", "This needs a valid token."),
    403: ("denied", "This is not yours to do", "Ask an administrator if you think it should be."),
    404: ("missing", "There is nothing here", "It may have been removed, or the address may be mistyped."),
    405: ("not_allowed", "That cannot be done here", "Go back and use the buttons of the page."),
    409: ("conflict", "Somebody was quicker", "Load the page again: it was changed in the meantime."),
    410: ("gone", "This is no longer open", "Ask the person who sent it to you."),
    413: ("too_large", "That is too large", "Send a smaller file, up to 20 MB."),
    415: ("wrong_type", "That type of content is not understood here", "Send JSON, or a form."),
    422: ("refused", "That cannot be done now", "Go back and try again."),
    429: ("too_many", "That was too often", "Wait a little, then try again."),
    500: (
        "error",
        "Something went wrong on our side",
        "Nothing was saved. Try again; if it stays, tell your administrator.",
    ),
    503: ("busy", "First Call is busy", "Nothing was changed. Try again in a moment."),
}

CUT_OFF = "The link may be over, or cut short on its way. Open it from the mail once more, or answer that mail."
"""To people without an account, who typed no address and have no start to go back to."""


def init_app(app: Flask) -> None:
    app.before_request(_refuse_unstorable)
    app.register_error_handler(Missing, lambda _error: answer(404))
    app.register_error_handler(Denied, lambda _error: answer(403))
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, lambda _error: answer(400))
    app.register_error_handler(IntegrityError, lambda _error: answer(409))
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _mistake)


def _refuse_unstorable() -> Response | None:
    """No database keeps a NUL, so nothing has such an address."""
    return answer(404) if "\x00" in request.path else None


def answer(status: int, sentence: str = "", *, field: str = "") -> Response:
    kind, title, advice = WORDS.get(status, (HTTPStatus(status).phrase.lower(), HTTPStatus(status).phrase, ""))
    if status == 404 and request.blueprint == "guest":
        advice = CUT_OFF
    if is_api():
        told = {"error": kind, "message": sentence or title + "."} | ({"field": field} if field else {})
        response = jsonify(told)
    else:
        response = Response(_page(title, sentence or advice))
    response.status_code = status
    return response


def _page(title: str, sentence: str) -> str:
    try:
        return render_template("errors/error.html", title=title, sentence=sentence)
    except SQLAlchemyError:
        # Every page says whose it is; when the database itself is the trouble, this one does without.
        return Markup('<!doctype html><html lang="en"><title>{0}</title><h1>{0}</h1><p>{1}</p>').format(title, sentence)


def is_api() -> bool:
    return request.path.startswith("/api/")


def _refused(refusal: Refused) -> Response:
    """A button's refusal is said on the page it stands on; nothing of the request was kept."""
    back = _page_behind()
    if is_api() or request.method == "GET" or back is None:
        return answer(422, str(refusal), field=refusal.field)
    flash(str(refusal), "no")
    response = redirect(back, 303)
    assert isinstance(response, Response)
    return response


def _page_behind() -> str | None:
    """The page of ours that the button stood on, as htmx names it; our pages send no Referer."""
    url = request.headers.get("HX-Current-URL", "")
    if url.startswith(request.host_url):
        return "/" + url.removeprefix(request.host_url).split("#")[0].lstrip("/\\")
    return None


def _too_many(refusal: TooMany) -> Response:
    return _later(answer(429, str(refusal)), refusal.seconds)


def _stale(_error: CSRFError) -> Response:
    return answer(400, "This page was open for a long time, or in a second window. Load it again, then try once more.")


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        response = Response(error.get_body(), error.code or 500)
        response.headers.update(error.get_response().headers)
        return response
    response = answer(error.code or 500)
    if error.code == 405:
        response.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return response


def _database(error: OperationalError) -> Response:
    return _later(answer(503), 5) if is_busy(error) else _mistake(error)


def _mistake(error: Exception) -> Response:
    log.error("mistake", exc_info=error)
    return answer(500)


def _later(response: Response, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
