"""The document (OpenAPI 3.1), put together from what the calls declare of themselves."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from crm import __version__
from crm.api.body import FORM
from crm.api.contract import LONGEST_KEY, Call, Json
from crm.api.schema import NAMED, Schema

ABOUT = (
    "The CRM for the finalists you did not hire and would like to. Ids are opaque strings, dates are ISO 8601. What you"
    " may not see and what is not there answer the same 404. A null in a body is a field that was not given, or in a "
    "PATCH one that is to be emptied; a field that is not named here is refused."
)
REFUSALS = {
    400: "The body is no JSON, or not one that reads the same everywhere.",
    401: "There is no valid token.",
    403: "This is not yours to do, or the token may only read.",
    404: "It is not there, or you may not see it.",
    409: "Somebody was quicker.",
    413: "The body is too large.",
    415: "The body is of another type than this call takes.",
    422: "It cannot be done; `field` says what it is about.",
    429: "That was too often; `Retry-After` says when to come back.",
}
ERROR: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "message": {"type": "string"}, "field": {"type": "string"}},
    "required": ["error", "message"],
    "additionalProperties": False,
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same write under the same key is done once, and answered the same again for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
FILE: Schema = {
    "type": "object",
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    "required": ["file"],
}
FILES: Schema = {**FILE, "properties": {"file": {"type": "array", "items": FILE["properties"]["file"]}}}
"""One part of the form for each, all of the same name."""


def document(calls: Iterable[Call], base: str) -> Json:
    paths: dict[str, dict[str, Json]] = {}
    for declared in calls:
        paths.setdefault(declared.path, {})[declared.method.lower()] = _operation(declared)
    return {
        "openapi": "3.1.0",
        "info": {"title": "First Call", "version": __version__, "description": ABOUT},
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**NAMED, "Error": ERROR},
            "parameters": {"IdempotencyKey": KEY},
            "responses": {_called(status): _refusal(status) for status in REFUSALS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(declared: Call) -> Json:
    operation: Json = {
        "operationId": declared.name,
        "tags": [declared.noun],
        "summary": declared.summary,
        "parameters": _parameters(declared),
        "responses": _responses(declared),
    }
    if declared.view.__doc__:
        operation["description"] = declared.view.__doc__
    if declared.is_public:
        operation["security"] = []
    if declared.upload:
        sent = FILES if declared.most_files > 1 else FILE
        operation["requestBody"] = {"required": True, "content": {FORM: {"schema": sent}}}
    elif declared.body is not None:
        needed = "required" in declared.body or declared.body["type"] == "array"
        operation["requestBody"] = {"required": needed, "content": _json(declared.body)}
    return operation


def _parameters(declared: Call) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in declared.ids
    ]
    asked = declared.query["properties"] if declared.query else {}
    found += [{"name": name, "in": "query", "schema": schema} for name, schema in asked.items()]
    return found if declared.reads else [*found, {"$ref": "#/components/parameters/IdempotencyKey"}]


def _responses(declared: Call) -> Json:
    return {**_success(declared), **{str(status): _named(status) for status in _refused_with(declared)}}


def _success(declared: Call) -> Json:
    if declared.media != "application/json":
        return {"200": {"description": declared.summary, "content": {"*/*": {"schema": {"type": "string"}}}}}
    if declared.answer is None:
        return {"204": {"description": "Done; there is nothing to say."}}
    return {str(declared.status): {"description": declared.summary, "content": _json(declared.answer)}}


def _refused_with(declared: Call) -> list[int]:
    if declared.is_public:
        return []
    always = {401, 422, 429} | ({404} if declared.ids else set())
    return sorted(always if declared.reads else always | {400, 403, 404, 409, 413, 415})


def _refusal(status: int) -> Json:
    return {"description": REFUSALS[status], "content": _json({"$ref": "#/components/schemas/Error"})}


def _named(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_called(status)}"}


def _called(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
