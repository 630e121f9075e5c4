"""Getting in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import sign_ins, users, workspace
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.forms.accounts import SetupForm, SignInForm
from crm.web import access
from crm.web.access import public

bp = Blueprint("accounts", __name__)
WRONG = "That mail address and password do not belong together."


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if request.method == "GET":
        return redirect(url_for("accounts.setup")) if users.is_empty() else _page("sign_in", form)
    user = form.take(lambda: _checked(form))
    if user is None:
        return _page("sign_in", form, 422)
    access.sign_in(user)
    return redirect(access.inside(request.args.get("next")), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    access.sign_out()
    response = redirect(url_for("accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.route("/setup", methods=["GET", "POST"])
@public
def setup() -> ResponseReturnValue:
    """The first visit. Afterwards it is as if it had never been here."""
    if not users.is_empty():
        raise Missing
    form = SetupForm()
    if request.method == "GET":
        return _page("setup", form)
    user = form.take(lambda: _set_up(form))
    if user is None:
        return _page("setup", form, 422)
    access.sign_in(user)
    workspace.forget_setup_code()
    return redirect(url_for("today.show"), 303)


def _checked(form: SignInForm) -> User:
    found = sign_ins.check(form.email.data, form.password.data, address=request.remote_addr or "")
    if found is None:
        raise Refused(WRONG, field="password")
    return users.find(found)


def _set_up(form: SetupForm) -> User:
    workspace.check_setup_code(form.code.data, address=request.remote_addr or "")
    return workspace.set_up(
        company=form.company.data,
        name=form.name.data,
        email=form.email.data,
        password_hash=users.hash_password(form.password.data),
    )


def _page(name: str, form: SignInForm | SetupForm, status: int = 200) -> tuple[str, int]:
    return render_template(f"accounts/{name}.html", form=form), status
