"""Who fits a role, whom somebody put aside for it, and which roles fit somebody."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, dismissals, matching, roles
from crm.web import undo
from crm.web.access import me

bp = Blueprint("matches", __name__)
PATH = "/roles/<role_id>/matches"
FEW = 3


@bp.get(PATH)
def index(role_id: str) -> str:
    """The page of a role fetches the first few for itself."""
    role = roles.find(role_id, seen_by=me())
    few = bool(request.args.get("few"))
    return render_template(
        "roles/matches.html",
        role=role,
        few=few,
        matches=matching.for_role(role, seen_by=me(), limit=FEW if few else matching.SHOWN),
        aside=[] if few else dismissals.of(role, seen_by=me()),
    )


@bp.post(f"{PATH}/<candidate_id>/dismissal")
def put_aside(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, candidate = roles.find(role_id, seen_by=me()), candidates.find(candidate_id, seen_by=me())
    dismissals.put_aside(role, candidate, reason=request.form.get("reason", ""), by=me())
    way_back = url_for(".take_back", role_id=role.id, candidate_id=candidate.id)
    undo.offer(f"{candidate.full_name} is put aside for this role.", way_back)
    return redirect(url_for(".index", role_id=role.id), 303)


@bp.post(f"{PATH}/<candidate_id>/dismissal/removal")
def take_back(role_id: str, candidate_id: str) -> ResponseReturnValue:
    role, candidate = roles.find(role_id, seen_by=me()), candidates.find(candidate_id, seen_by=me())
    dismissals.take_back(role, candidate, by=me())
    flash(f"{candidate.full_name} may fit again.")
    return redirect(url_for(".index", role_id=role.id), 303)


@bp.get("/candidates/<candidate_id>/roles")
def roles_that_fit(candidate_id: str) -> str:
    """The candidate's page fetches it for itself."""
    candidate = candidates.find(candidate_id, seen_by=me())
    found = matching.roles_for(candidate, seen_by=me())
    return render_template("candidates/roles.html", candidate=candidate, matches=found)
