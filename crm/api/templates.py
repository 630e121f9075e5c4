"""Templates of letters: the starting set, and what people wrote."""

from crm.api import lists
from crm.api.access import me
from crm.api.contract import Json, call
from crm.api.schema import FLAG, FREE, MOMENT, REFERENCE, Given, given, maybe, named, number, shown, text, word
from crm.domain import templates
from crm.domain.personal_letters import LONGEST_SUBJECT, LONGEST_TEXT
from crm.domain.templates import LONGEST_NAME, PURPOSES, SHARED, LetterTemplate

TEMPLATE = named(
    "Template",
    shown(
        id={**FREE, "description": "Of one in the starting set that nobody has changed, its key."},
        key={**FREE, "description": "Of the one in the starting set that it stands for; empty for others."},
        name=FREE,
        subject=FREE,
        text={**FREE, "description": "With merge fields in braces: `{first name}`."},
        purpose={**word(PURPOSES), "description": "What a letter of it counts as."},
        shared=word(SHARED),
        team_id=maybe(FREE),
        owner_id=maybe(FREE),
        number={**number(), "description": "Of the version that this is; 0 for one as it came."},
        is_as_it_came=FLAG,
        changed_at=maybe(MOMENT),
    ),
)
NEW = given(
    needed=["name", "subject", "text"],
    name=text(LONGEST_NAME),
    subject=text(LONGEST_SUBJECT),
    text=text(LONGEST_TEXT),
    purpose=word(PURPOSES),
    shared=word(SHARED),
    team_id=REFERENCE,
)
CHANGE = given(
    name=text(LONGEST_NAME),
    subject=text(LONGEST_SUBJECT),
    text=text(LONGEST_TEXT),
    purpose=word(PURPOSES),
    shared=word(SHARED),
    team_id=REFERENCE,
    seen={**number(), "description": "The `number` that was read; refused where somebody saved since."},
)


@call("GET", "/templates", "Templates of letters, the starting set first", answer=lists.of(TEMPLATE))
def index() -> Json:
    return lists.whole([_shown(one) for one in templates.listed(me())])


@call("POST", "/templates", "Write a template", body=NEW, answer=TEMPLATE, status=201)
def add(given: Given) -> Json:
    return _shown(templates.add(**given, by=me()))


@call("GET", "/templates/{template_id}", "A template", answer=TEMPLATE)
def show(template_id: str) -> Json:
    return _shown(templates.find(template_id, seen_by=me()))


@call("PATCH", "/templates/{template_id}", "Change a template", body=CHANGE, answer=TEMPLATE)
def change(given: Given, template_id: str) -> Json:
    """One of the starting set is changed for everybody by recruiters and administrators, by others for themselves."""
    return _shown(templates.change(templates.find(template_id, seen_by=me()), **given, by=me()))


def _shown(template: LetterTemplate) -> Json:
    names = ("id", "key", "name", "subject", "text", "purpose", "shared", "team_id", "owner_id", "number",
             "is_as_it_came", "changed_at")  # fmt: skip
    return {name: getattr(template, name) for name in names}
