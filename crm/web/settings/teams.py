"""Teams: a candidate may be kept to one of them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import users
from crm.domain.users import Team
from crm.forms.settings import NewTeamForm, TeamForm
from crm.web.access import admins_only, me
from crm.web.settings.board import bp


@bp.route("/teams", methods=["GET", "POST"])
@admins_only
def teams() -> ResponseReturnValue:
    form = NewTeamForm()
    added = form.take(lambda: users.add_team(form.name.data, by=me())) if request.method == "POST" else None
    if added is None:
        page = render_template("settings/teams.html", form=form, teams=users.teams(), counts=users.count_members())
        return page, 422 if request.method == "POST" else 200
    return redirect(url_for("settings.team", team_id=added.id), 303)


@bp.route("/teams/<team_id>", methods=["GET", "POST"])
@admins_only
def team(team_id: str) -> ResponseReturnValue:
    found = users.find_team(team_id)
    form = TeamForm.with_people(users.listed(), found, users.members(found))
    changed = form.take(lambda: _change(found, form)) if request.method == "POST" else None
    if changed is None:
        return render_template("settings/team.html", form=form, team=found), 422 if request.method == "POST" else 200
    flash(f"{changed.name} was changed.", "ok")
    return redirect(url_for("settings.teams"), 303)


def _change(team: Team, form: TeamForm) -> Team:
    return users.change_team(team, by=me(), name=form.name.data, member_ids=form.member_ids.data)
