"""A program that uses the API, and holds every answer against the document."""

import json
import re
from datetime import date, datetime
from typing import Any

from werkzeug.test import TestResponse

from crm.app import App
from crm.db import unit_of_work
from crm.domain import api_tokens, users
from tests import people

KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


class Program:
    def __init__(self, app: App, name: str = "", scope: str = "write", days: int = 90) -> None:
        self.app, self.client = app, app.test_client()
        self.token = token(app, name, scope, days) if name else ""
        self.document = self.client.get("/api/v1/openapi.json").get_json()

    def ask(self, method: str, path: str, *, key: str = "", **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key:
            headers["Idempotency-Key"] = key
        headers |= more.pop("headers", {})
        response = self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)
        check_answer(self.document, method, path, response)
        return response

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self._told("GET", path, status, more)

    def post(self, path: str, body: Any = None, status: int = 201, **more: Any) -> Any:
        return self._told("POST", path, status, {"json": body, **more} if body is not None else more)

    def patch(self, path: str, body: Any, status: int = 200, **more: Any) -> Any:
        return self._told("PATCH", path, status, {"json": body, **more})

    def put(self, path: str, body: Any, status: int = 200, **more: Any) -> Any:
        return self._told("PUT", path, status, {"json": body, **more})

    def delete(self, path: str, status: int = 204, **more: Any) -> Any:
        return self._told("DELETE", path, status, more)

    def _told(self, method: str, path: str, status: int, more: dict[str, Any]) -> Any:
        response = self.ask(method, path, **more)
        told = response.data
        assert response.status_code == status, f"{method} {path} answered {response.status_code}: {told[:400]!r}"
        return json.loads(told) if response.mimetype == "application/json" else told


def token(app: App, name: str, scope: str = "write", days: int = 90) -> str:
    with app.app_context(), unit_of_work(writes=True):
        user = users.by_email(people.address(name))
        assert user is not None
        return api_tokens.add(user, scope=scope, days=days, by=None)[1]


def check_answer(document: dict[str, Any], method: str, path: str, response: TestResponse) -> None:
    """Every refusal is an Error; every other answer is what the document says this call answers."""
    where = f"{method} {path} {response.status_code}"
    if response.status_code >= 400:
        assert response.mimetype == "application/json", where
        return check(document["components"]["schemas"]["Error"], response.get_json(), document, where)
    answer = operation(document, method, path)["responses"][str(response.status_code)]
    if "content" not in answer:
        return check_empty(response, where)
    schema = answer["content"].get("application/json", {}).get("schema")
    return check(schema, response.get_json(), document, where) if schema else None


def check_empty(response: TestResponse, where: str) -> None:
    assert response.data == b"", where


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    path = path.split("?", maxsplit=1)[0]
    fits = [known for known in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), path)]
    named = [path] if path in fits else fits  # a path without a blank comes before one with it
    assert len(named) == 1, f"{path} is documented as {named}"
    found: dict[str, Any] = document["paths"][named[0]][method.lower()]
    return found


def check(schema: dict[str, Any], value: Any, document: dict[str, Any], where: str) -> None:
    """The part of JSON Schema that the document uses."""
    if "$ref" in schema:
        return check(resolved(document, schema["$ref"]), value, document, where)
    if "anyOf" in schema:
        return check(
            next(one for one in schema["anyOf"] if (one.get("type") == "null") == (value is None)),
            value,
            document,
            where,
        )
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(isinstance(value, KINDS[kind]) for kind in kinds), f"{where} is no {kinds}: {value!r}"
    assert value in schema.get("enum", [value]), f"{where} is none of {schema.get('enum')}: {value!r}"
    if isinstance(value, str):
        return check_format(schema.get("format", ""), value, where)
    if isinstance(value, list) and "items" in schema:
        for place, part in enumerate(value):
            check(schema["items"], part, document, f"{where}[{place}]")
    if isinstance(value, dict) and "properties" in schema:
        check_object(schema, value, document, where)
    return None


def check_object(schema: dict[str, Any], value: dict[str, Any], document: dict[str, Any], where: str) -> None:
    assert set(schema.get("required", ())) <= value.keys(), f"{where} lacks {set(schema['required']) - value.keys()}"
    assert value.keys() <= schema["properties"].keys(), f"{where} also has {value.keys() - schema['properties'].keys()}"
    for name, part in value.items():
        check(schema["properties"][name], part, document, f"{where}.{name}")


def check_format(kind: str, value: str, where: str) -> None:
    if kind == "date":
        assert date.fromisoformat(value).isoformat() == value, where
    if kind == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None, where


def resolved(document: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
