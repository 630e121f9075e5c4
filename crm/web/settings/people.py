"""Who may come in, as what, and in which teams."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import accounts, sign_ins, users
from crm.domain.users import User
from crm.forms.settings import InviteForm, PersonForm
from crm.web.access import admins_only, me
from crm.web.settings.board import bp


@bp.route("/people", methods=["GET", "POST"])
@admins_only
def people() -> ResponseReturnValue:
    form = InviteForm.with_teams(users.teams())
    invited = form.take(lambda: _invite(form)) if request.method == "POST" else None
    if invited is None:
        return _list(form), 422 if request.method == "POST" else 200
    flash(f"An invitation goes to {invited.email}. Its link works for seven days.", "ok")
    return redirect(url_for("settings.people"), 303)


@bp.route("/people/<user_id>", methods=["GET", "POST"])
@admins_only
def person(user_id: str) -> ResponseReturnValue:
    user = users.find(user_id)
    form = PersonForm.with_teams(users.teams(), user)
    changed = form.take(lambda: _change(user, form)) if request.method == "POST" else None
    if changed is None:
        return render_template("settings/person.html", form=form, person=user), 422 if request.method == "POST" else 200
    return _done(changed, f"{changed.name} was changed.")


@bp.post("/people/<user_id>/invitation")
@admins_only
def invite_again(user_id: str) -> ResponseReturnValue:
    user = accounts.invite_again(users.find(user_id), by=me())
    return _done(user, f"A new invitation goes to {user.email}; the link of the earlier one is closed.")


@bp.post("/people/<user_id>/disabling")
@admins_only
def disable(user_id: str) -> ResponseReturnValue:
    user = accounts.disable(users.find(user_id), by=me())
    return _done(user, f"{user.name} is signed out everywhere and can no longer sign in.")


@bp.post("/people/<user_id>/enabling")
@admins_only
def enable(user_id: str) -> ResponseReturnValue:
    user = accounts.enable(users.find(user_id), by=me())
    return _done(user, f"{user.name} can sign in again.")


def _invite(form: InviteForm) -> User:
    return accounts.invite(
        name=form.name.data, email=form.email.data, access=form.access.data, team_ids=form.team_ids.data, by=me()
    )


def _change(user: User, form: PersonForm) -> User:
    return users.change(user, by=me(), name=form.name.data, access=form.access.data, team_ids=form.team_ids.data)


def _list(form: InviteForm) -> str:
    return render_template("settings/people.html", form=form, people=users.listed(), last_here=sign_ins.latest())


def _done(user: User, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("settings.person", user_id=user.id), 303)
