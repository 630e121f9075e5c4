"""Who is here. Deny by default: a page is for people who are signed in unless it says otherwise."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from crm import config
from crm.db import db
from crm.domain import policy, sign_ins, users, workspace
from crm.domain.errors import Denied
from crm.domain.policy import Owned
from crm.domain.users import User
from crm.kit import clock, zones

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
OTHER_EDGES = frozenset(("guest", "api", "assets"))
"""Blueprints with their own rule of who may come in."""
WITHOUT_COOKIES = frozenset(("api", "assets"))
"""They never ask who is signed in: a token says it, or nobody needs to."""

PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")
"""What a browser takes for a path of this site, and not for the name of another: //evil.example, /\\evil.example."""

View = TypeVar("View", bound=Callable[..., object])
logins = LoginManager()
csrf = CSRFProtect()


class Visitor(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the session's token in the cookie, its owner's id in the database."""

    def __init__(self, token: str, found: sign_ins.Visitor) -> None:
        self.token, self.user_id, self.sign_in_id, self.is_admin, self.time_zone = (
            token, found.user_id, found.sign_in_id, found.is_admin, found.time_zone,
        )  # fmt: skip

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    """In this order: from where, who, and with our own form. None of it opens the unit of work."""
    logins.session_protection = None  # the session lives on the server; a changed network is no reason to end it
    logins.init_app(app)
    app.teardown_request(lambda _trouble: clock.go_by(zones.DEFAULT))  # the thread serves others, too
    app.before_request(_refuse_other_sites)
    app.before_request(_let_in)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # else it reads a stranger's whole body before asking who it is
    csrf.init_app(app)
    app.before_request(_check_token)


def public(view: View) -> View:
    """A page for everybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def admins_only(view: View) -> View:
    view.for_admins = True  # type: ignore[attr-defined]
    return view


def my_id() -> str:
    """Where the user's row must not be read yet, since something slow comes first."""
    user_id: str = current_user.user_id
    return user_id


def my_sign_in() -> str:
    """The session that this request came with."""
    sign_in_id: str = current_user.sign_in_id
    return sign_in_id


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def me() -> User:
    """The user who is signed in, in this request's transaction."""
    if "me" not in g or g.me not in db.session:
        g.me, g.place = workspace.entered_by(current_user.user_id)  # held, so that its name is not asked for again
    found: User = g.me
    if not found.is_active:  # disabled while the request was still coming in
        logout_user()
        raise Denied("sign in")
    return found


def somebody() -> User | None:
    return me() if is_signed_in() else None


def may(act: str, thing: Owned | None = None) -> bool:
    return policy.may(act, thing, by=me())


def sign_in(user: User) -> None:
    """A new session under a new token; whatever this browser held before is gone, here and on the server."""
    if is_signed_in():
        sign_ins.end(my_sign_in(), by=users.find(my_id()))
    token, found = sign_ins.start(user, agent=request.user_agent.string, address=request.remote_addr or "")
    session.clear()
    g.pop("me", None)
    login_user(Visitor(token, found))


def sign_out() -> None:
    sign_ins.end(my_sign_in(), by=me())
    logout_user()
    session.clear()


def inside(target: str | None) -> str:
    """Where to go after signing in: only a page of ours, else Today."""
    today = url_for("today.show")
    if not target or not PATH.fullmatch(target):
        return today
    try:
        current_app.url_map.bind("").match(target.split("?")[0])
    except RequestRedirect:
        return target
    except HTTPException:
        return today
    return target


@logins.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> Visitor | None:
    found = sign_ins.visitor(token)
    return Visitor(token, found) if found else None


def _let_in() -> Response | None:
    if request.blueprint in WITHOUT_COOKIES or request.endpoint in {None, "static"}:
        return None
    # Asked now, before the unit of work: a page that first asks in the middle of it would wait for its own lock.
    is_known = is_signed_in()
    view = current_app.view_functions[str(request.endpoint)]
    if request.blueprint in OTHER_EDGES or getattr(view, "is_public", False):
        return None
    if not is_known:
        return _to_the_door()
    clock.go_by(current_user.time_zone)
    if getattr(view, "for_admins", False) and not current_user.is_admin:
        raise Denied("administer")
    return None


def _to_the_door() -> Response:
    if workspace.is_new():
        return _redirect(url_for("accounts.setup"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return _redirect(url_for("accounts.sign_in", next=wanted if wanted != "/" else None))


def _redirect(target: str) -> Response:
    answer = redirect(target, 303)
    if request.headers.get("HX-Request"):
        answer.status_code = 200
        answer.headers["HX-Redirect"] = target
        del answer.headers["Location"]
    return answer


def _refuse_other_sites() -> None:
    """Browsers say where a request comes from; one that another site set off is refused before all else."""
    if request.method not in SAFE and request.blueprint != "api" and not _is_one_click() and not _is_from_here():
        abort(403)


def _is_from_here() -> bool:
    """Without Fetch-Metadata (old browsers, programs) the Origin must not name another site; then the token decides."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin", "null")  # "null" is what a form says under our own Referrer-Policy
    return origin == "null" or urlsplit(origin).netloc in {request.host, urlsplit(config.current().base_url).netloc}


def _check_token() -> None:
    if request.method in SAFE or request.blueprint == "api" or request.endpoint is None:
        return
    if not _is_one_click():
        csrf.protect()


def _is_one_click() -> bool:
    """The one kind of act that mail programs do for their users, without a cookie: it can only reduce (RFC 8058)."""
    view = current_app.view_functions.get(str(request.endpoint))
    return bool(getattr(view, "is_one_click", False))
