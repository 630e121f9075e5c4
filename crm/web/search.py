"""Find anyone or anything."""

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from markupsafe import Markup, escape

from crm.domain import finding, search
from crm.domain.finding import Found
from crm.web.access import me

bp = Blueprint("search", __name__)
HEADINGS = {"candidate": "Candidates", "role": "Roles", "colleague": "Colleagues"}


@bp.get("/search")
def find() -> str:
    query = request.args.get("q", "").strip()[: search.LONGEST_QUERY]
    groups = finding.find_each(query, seen_by=me())
    return render_template("search/find.html", query=query, groups=groups, headings=HEADINGS, url=_url, marked=marked)


@bp.get("/search/suggestions")
def suggestions() -> Response:
    found = finding.find(request.args.get("q", ""), seen_by=me(), limit=8)
    return jsonify(items=[
        {"id": one.id, "title": one.title, "snippet": plain(one.snippet), "url": _url(one), "kind": one.kind}
        for one in found
    ])  # fmt: skip


def marked(snippet: str) -> Markup:
    """Escaped, with the words that were found in <mark>."""
    shown = str(escape(snippet)).replace(search.OPEN, "<mark>").replace(search.CLOSE, "</mark>")
    return Markup(shown)  # noqa: S704  (escaped on the line above)


def plain(snippet: str) -> str:
    return snippet.replace(search.OPEN, "").replace(search.CLOSE, "")


def _url(found: Found) -> str:
    if found.kind == "candidate":
        return url_for("candidates.show", candidate_id=found.id)
    if found.kind == "role":
        return url_for("roles.show", role_id=found.id)
    return url_for("colleagues.show", colleague_id=found.id)
