"""Something useful to send: links here; files are added on the page."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FREE, LINE, MOMENT, Given, given, many, named, shown, text, word
from crm.domain import useful
from crm.domain.useful import LONGEST_NOTE, MOST_TAGS, VISIBILITY, UsefulItem

ITEM = named(
    "UsefulItem",
    shown(id=FREE, title=FREE, link=FREE, filename=FREE, note=FREE, tags=many(FREE), visibility=word(VISIBILITY),
          by_id=FREE, created_at=MOMENT),
)  # fmt: skip
NEW = given(
    needed=["title", "link"],
    title=LINE,
    link=text(500),
    note=text(LONGEST_NOTE),
    tags=many(text(60), MOST_TAGS),
    visibility=word(VISIBILITY),
)


@call("GET", "/useful", "Something useful to send, newest first", query=lists.asked(), answer=lists.of(ITEM))
def index(asked: Given) -> Json:
    query, shows = useful.listed(me()), lists.each(_shown)
    return lists.page(query, asked, UsefulItem.created_at, UsefulItem.id, show=shows, newest_first=True)


@call("POST", "/useful", "Add something useful", body=NEW, answer=ITEM, status=201)
def add(given: Given) -> Json:
    return _shown(useful.add(by=me(), tag_names=given.pop("tags", []), **given))


def _shown(item: UsefulItem) -> Json:
    return {
        "id": item.id,
        "title": item.title,
        "link": item.link,
        "filename": item.filename,
        "note": item.note,
        "tags": [tag.name for tag in item.tags],
        "visibility": item.visibility,
        "by_id": item.by_id,
        "created_at": item.created_at,
    }
