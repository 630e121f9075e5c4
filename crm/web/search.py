"""Find anyone or anything."""

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from markupsafe import Markup, escape

from crm.domain import finding, search, snippets
from crm.domain.finding import Found
from crm.web.access import me

bp = Blueprint("search", __name__)
HEADINGS = {"candidate": "Candidates", "role": "Roles", "colleague": "Colleagues", "note": "Notes"}
SHOWN = 20
ALL_OF_A_KIND = 100


@bp.get("/search")
def find() -> str:
    raw = request.args.get("q", "").strip()
    query, kind = raw[: search.LONGEST_QUERY], request.args.get("kind", "")
    kind = kind if kind in search.KINDS else ""
    only, most = ((kind,), ALL_OF_A_KIND) if kind else (search.KINDS, SHOWN)
    groups = finding.find_each(query, seen_by=me(), limit=most, kinds=only)
    return render_template(
        "search/find.html",
        query=query,
        kind=kind,
        groups=groups,
        counts=finding.counted(query, groups, seen_by=me(), limit=most),
        most=finding.MOST_COUNTED,
        alike=[] if groups else finding.alike(query, seen_by=me()),
        troubles=finding.troubles(raw, seen_by=me()),
        headings=HEADINGS,
        kinds=_kinds(query, kind),
        url=_url,
        marked=marked,
    )


@bp.get("/search/suggestions")
def suggestions() -> Response:
    """While somebody types: what is found, or else a name one letter off."""
    query = request.args.get("q", "")
    found = finding.find(query, seen_by=me(), limit=8) or finding.alike(query, seen_by=me())
    return jsonify(items=[
        {"id": one.id, "title": one.title, "snippet": plain(one.snippet), "url": _url(one), "kind": one.kind}
        for one in found
    ])  # fmt: skip


def _kinds(query: str, chosen: str) -> list[dict[str, object]]:
    """As chips: all, or one kind."""
    chips = {"": "Everything", **HEADINGS}
    return [
        {"label": label, "on": kind == chosen, "url": url_for("search.find", q=query, kind=kind or None)}
        for kind, label in chips.items()
    ]


def marked(snippet: str) -> Markup:
    """Escaped, with the words that were found in <mark>."""
    shown = str(escape(snippet)).replace(snippets.OPEN, "<mark>").replace(snippets.CLOSE, "</mark>")
    return Markup(shown)  # noqa: S704  (escaped on the line above)


def plain(snippet: str) -> str:
    return snippet.replace(snippets.OPEN, "").replace(snippets.CLOSE, "")


def _url(found: Found) -> str:
    if found.kind == "role":
        return url_for("roles.show", role_id=found.id)
    if found.kind == "colleague":
        return url_for("colleagues.show", colleague_id=found.id)
    return url_for("candidates.show", candidate_id=found.candidate_id)
