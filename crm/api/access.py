"""Who asks: a token in the header, and nothing else. No cookie is looked at, so no other site can ask for anybody."""

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import NotFound

from crm import config
from crm.api import body
from crm.api.pace import Pace
from crm.domain import api_tokens, users
from crm.domain.api_tokens import Bearer
from crm.domain.errors import Denied
from crm.domain.users import User
from crm.refusals import answer

READS = frozenset(("GET", "HEAD"))


def init_app(app: Flask) -> None:
    settings: config.Config = app.config["FIRST_CALL"]
    app.extensions["api_pace"] = Pace(settings.api_requests_a_minute)
    app.before_request(refuse_empty_parts)


def refuse_empty_parts() -> None:
    """Else the router would send a program from /candidates//resumes to /candidates/resumes."""
    if request.path.startswith("/api/") and "//" in request.path:
        raise NotFound


def let_in() -> Response | None:
    """Before the unit of work: what is noted here (that a token is in use, and how often) survives a refusal."""
    body.limit_size()
    if getattr(current_app.view_functions[str(request.endpoint)], "opens_without_token", False):
        return None
    found = _bearer()
    if found is None:
        return _nobody()
    g.bearer = found
    current_app.extensions["api_pace"].keep(found.token_id)
    if found.scope == "read" and request.method not in READS:
        return answer(403, "This token may only read.")
    return None


def me() -> User:
    """The token's user, in this request's transaction, which asks the database for them once."""
    found = g.me = users.find(g.bearer.user_id)  # kept, or the session would forget them between two questions
    if not found.is_active:  # disabled while the request was still coming in
        raise Denied("sign in")
    return found


def scope() -> str:
    word: str = g.bearer.scope
    return word


def _bearer() -> Bearer | None:
    sent = request.authorization
    return api_tokens.bearer(sent.token) if sent is not None and sent.type == "bearer" and sent.token else None


def _nobody() -> Response:
    response = answer(401, "Send a valid token: Authorization: Bearer TOKEN.")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
