"""One search over candidates, roles, colleagues and notes."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, Given, given, maybe, named, shown, text, word
from crm.domain import finding, search, snippets
from crm.domain.finding import Found

FOUND = named("Found", shown(kind=word(search.KINDS), id=FREE, candidate_id=maybe(FREE), title=FREE, snippet=FREE))
MARKS = str.maketrans("", "", snippets.OPEN + snippets.CLOSE)


@call(
    "GET", "/search", "Names that match before texts that do",
    query=given(q=text(search.LONGEST_QUERY), limit=lists.LIMIT), answer=lists.of(FOUND),
)  # fmt: skip
def index(asked: Given) -> Json:
    found = finding.find(asked.get("q", ""), seen_by=me(), limit=lists.limit(asked))
    return lists.whole([_shown(one) for one in found])


def _shown(one: Found) -> Json:
    about, snippet = one.candidate_id or None, one.snippet.translate(MARKS)
    return {"kind": one.kind, "id": one.id, "candidate_id": about, "title": one.title, "snippet": snippet}
