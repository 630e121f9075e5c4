"""Where the API begins: its version, its document, and who the token belongs to."""

from flask import url_for

from crm import __version__
from crm.api import access, openapi
from crm.api.access import me
from crm.api.contract import CALLS, Json, call
from crm.api.schema import FREE, many, named, shown, word
from crm.domain.api_tokens import SCOPES
from crm.domain.users import ACCESS

START = shown(name=FREE, version=FREE, document=FREE)
ME = named(
    "Me",
    shown(
        id=FREE,
        name=FREE,
        email=FREE,
        access=word(ACCESS),
        scope=word(SCOPES),
        teams=many(shown(id=FREE, name=FREE)),
    ),
)


@call("GET", "/", "Where the API begins", answer=START, is_public=True)
def start() -> Json:
    return {"name": "First Call", "version": __version__, "document": url_for(".index_document")}


@call("GET", "/openapi.json", "This document", answer={"type": "object"}, is_public=True)
def document() -> Json:
    return openapi.document(CALLS, url_for(".index_start").rstrip("/"))


@call("GET", "/me", "Whose token this is", answer=ME)
def show() -> Json:
    user = me()
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "access": user.access,
        "scope": access.scope(),
        "teams": [{"id": team.id, "name": team.name} for team in user.teams],
    }
