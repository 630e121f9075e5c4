"""Getting in and out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import accounts, sign_ins, users, workspace
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.forms import Form
from crm.forms.accounts import AskResetForm, ChoosePasswordForm, SetupForm, SignInForm
from crm.web import access
from crm.web.access import public

bp = Blueprint("accounts", __name__)
WRONG = "That mail address and password do not belong together."


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    after = access.inside(request.args.get("next"))
    if request.method == "GET":
        return _past_the_door(after) or _page("sign_in", form)
    user = form.take(lambda: _checked(form))
    if user is None:
        return _page("sign_in", form, 422)
    access.sign_in(user)
    return redirect(after, 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    access.sign_out()
    response = redirect(url_for("accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@public
def sign_in_by_link(token: str) -> ResponseReturnValue:
    """Only the button uses it up: programs that look at links in advance do not press buttons."""
    try:
        if request.method == "GET":
            return render_template("accounts/sign_in_by_link.html", who=sign_ins.owner_of_link(token), token=token)
        access.sign_in(sign_ins.take_link(token))
    except Missing:
        return _over("sign_in_by_link")
    return redirect(url_for("today.show"), 303)


@bp.route("/setup", methods=["GET", "POST"])
@public
def setup() -> ResponseReturnValue:
    """The first visit. Afterwards it is as if it had never been here."""
    if not workspace.is_new():
        raise Missing
    form = SetupForm()
    if request.method == "GET":
        return _page("setup", form)
    user = form.take(lambda: _set_up(form))
    if user is None:
        return _page("setup", form, 422)
    access.sign_in(user)
    return redirect(url_for("today.show"), 303)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    return _choose_password(token, "invitation")


@bp.route("/reset", methods=["GET", "POST"])
@public
def ask_reset() -> ResponseReturnValue:
    form = AskResetForm()
    if request.method == "GET":
        return _page("ask_reset", form)
    form.take(lambda: accounts.ask_reset(form.email.data, address=_address()))
    if form.errors:
        return _page("ask_reset", form, 422)
    return redirect(url_for("accounts.reset_asked"), 303)


@bp.get("/reset/asked")
@public
def reset_asked() -> str:
    """What is said does not depend on whether there is such an account."""
    return render_template("accounts/reset_asked.html")


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    return _choose_password(token, "reset")


def _choose_password(token: str, purpose: str) -> ResponseReturnValue:
    form = ChoosePasswordForm()
    try:
        person = accounts.person_of(token, purpose)
        user = form.take(lambda: accounts.choose_password(token, purpose, form.password.data)) if _is_post() else None
    except Missing:
        return _over(purpose)
    if user is None:
        page = render_template(f"accounts/{purpose}.html", form=form, person=person, token=token)
        return page, 422 if _is_post() else 200
    access.sign_in(user)
    flash("Your password holds from now on.", "ok")
    return redirect(url_for("today.show"), 303)


def _over(kind: str) -> tuple[str, int]:
    """A link that is unknown, used or too old: the three look the same."""
    return render_template("accounts/over.html", kind=kind), 404


def _past_the_door(after: str) -> ResponseReturnValue | None:
    if workspace.is_new():
        return redirect(url_for("accounts.setup"), 303)
    return redirect(after, 303) if access.is_signed_in() else None


def _checked(form: SignInForm) -> User:
    found = sign_ins.check(form.email.data, form.password.data, address=_address())
    if found is None:
        raise Refused(WRONG, field="password")
    return users.find(found)


def _set_up(form: SetupForm) -> User:
    workspace.check_setup_code(form.code.data, address=_address())
    about = (form.company.data, form.name.data, form.email.data)
    return workspace.set_up(
        company=form.company.data,
        name=form.name.data,
        email=form.email.data,
        password_hash=users.hash_password(form.password.data, about),
    )


def _is_post() -> bool:
    return request.method == "POST"


def _address() -> str:
    return request.remote_addr or ""


def _page(name: str, form: Form, status: int = 200) -> tuple[str, int]:
    return render_template(f"accounts/{name}.html", form=form), status
