"""Tags: applied and removed where they stand."""

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, tags
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("tags", __name__)


@bp.get("/tags/suggestions")
def suggestions() -> Response:
    found = tags.starting_with(request.args.get("q", ""), seen_by=me(), limit=8)
    return jsonify(items=[{"id": tag.id, "title": tag.name} for tag in found])


@bp.post("/candidates/<candidate_id>/tags")
def apply(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    tags.apply(candidate, request.values.get("name", ""), by=me())
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/tags/<tag_id>/removal")
def remove(candidate_id: str, tag_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    removed = tags.remove(candidate, tag_id, by=me())
    if removed is not None:
        undo_url = url_for("tags.apply", candidate_id=candidate_id, name=removed.name)
        undo.offer(f"“{removed.name}” is no longer on {candidate.full_name}.", undo_url)
    return redirect(back_to(candidate), 303)
