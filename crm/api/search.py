"""One search over candidates, roles and colleagues."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, Given, given, named, shown, text, word
from crm.domain import finding, search
from crm.domain.finding import Found

FOUND = named("Found", shown(kind=word(search.KINDS), id=FREE, title=FREE, snippet=FREE))
MARKS = str.maketrans("", "", search.OPEN + search.CLOSE)


@call(
    "GET", "/search", "Names that match before texts that do",
    query=given(q=text(search.LONGEST_QUERY), limit=lists.LIMIT), answer=lists.of(FOUND),
)  # fmt: skip
def index(asked: Given) -> Json:
    found = finding.find(asked.get("q", ""), seen_by=me(), limit=lists.limit(asked))
    return lists.whole([_shown(one) for one in found])


def _shown(one: Found) -> Json:
    return {"kind": one.kind, "id": one.id, "title": one.title, "snippet": one.snippet.translate(MARKS)}
