"""Who is here. Deny by default: a page is for people who are signed in unless it says otherwise."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import RequestRedirect
from werkzeug.exceptions import HTTPException

from crm.db import db
from crm.domain import policy, sign_ins, users
from crm.domain.errors import Denied
from crm.domain.policy import Owned
from crm.domain.users import User

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
OTHER_EDGES = frozenset(("guest", "api", "assets"))
"""Blueprints with their own rule of who may come in."""

View = TypeVar("View", bound=Callable[..., object])
logins = LoginManager()
csrf = CSRFProtect()


class Visitor(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the session's token in the cookie, its owner's id in the database."""

    def __init__(self, token: str, found: sign_ins.Visitor) -> None:
        self.token, self.user_id, self.sign_in_id = token, found.user_id, found.sign_in_id

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    logins.session_protection = None  # the session lives on the server; a changed network is no reason to end it
    logins.init_app(app)
    csrf.init_app(app)
    app.before_request(_refuse_other_sites)
    app.before_request(_let_in)


def public(view: View) -> View:
    """A page for everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def admins_only(view: View) -> View:
    view.for_admins = True  # type: ignore[attr-defined]
    return view


def me() -> User:
    """The user who is signed in, in this request's transaction."""
    if "me" not in g or g.me not in db.session:
        g.me = users.find(current_user.user_id)
    found: User = g.me
    return found


def somebody() -> User | None:
    return me() if current_user.is_authenticated else None


def may(act: str, thing: Owned | None = None) -> bool:
    return policy.may(act, thing, by=me())


def sign_in(user: User) -> None:
    """A new session under a new token; whatever the cookie held before is gone."""
    agent, address = request.user_agent.string, request.remote_addr or ""
    token = sign_ins.start(user, agent=agent, address=address)
    session.clear()
    login_user(Visitor(token, sign_ins.Visitor(user.id, "")))


def sign_out() -> None:
    sign_ins.end(current_user.sign_in_id, by=me())
    logout_user()
    session.clear()


def inside(target: str | None) -> str:
    """Where to go after signing in: only a page of ours, else Today."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return url_for("today.show")
    try:
        current_app.url_map.bind("").match(target.split("?")[0])
    except RequestRedirect:
        return target
    except HTTPException:
        return url_for("today.show")
    return target


@logins.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> Visitor | None:
    found = sign_ins.visitor(token)
    return Visitor(token, found) if found else None


def _let_in() -> Response | None:
    if request.endpoint is None or request.blueprint in OTHER_EDGES:
        return None
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "is_public", False):
        return None
    if not current_user.is_authenticated:
        return _to_the_door()
    if getattr(view, "for_admins", False) and not me().is_admin:
        raise Denied("administer")
    return None


def _to_the_door() -> Response:
    if users.is_empty():
        return _redirect(url_for("accounts.setup"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return _redirect(url_for("accounts.sign_in", next=wanted if wanted != "/" else None))


def _redirect(target: str) -> Response:
    answer = redirect(target, 303)
    assert isinstance(answer, Response)
    if request.headers.get("HX-Request"):
        answer.status_code = 200
        answer.headers["HX-Redirect"] = target
    return answer


def _refuse_other_sites() -> None:
    """Browsers say where a request comes from; one that another site set off is refused before its token is looked at."""
    if request.method in SAFE or request.blueprint == "api":
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
