"""The document and the routes are one thing told twice: neither has what the other has not."""

import re

from crm.api.contract import CALLS
from tests.api.program import KINDS, resolved

METHODS = {"get", "post", "put", "patch", "delete"}
WORDS = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "format",
    "maxLength",
    "minLength",
    "minimum",
    "maximum",
    "maxItems",
    "description",
    "anyOf",
    "contentMediaType",
    "x-null-empties",
}


def routes(app):
    """Path as the document writes it, and method."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    return {
        (re.sub(r"<(\w+)>", r"{\1}", str(rule)).removeprefix("/api/v1"), method.lower())
        for rule in rules
        for method in rule.methods - {"HEAD"}
    }


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def schemas_in(part):
    """Every schema, wherever it stands."""
    if isinstance(part, list):
        return [found for one in part for found in schemas_in(one)]
    if not isinstance(part, dict):
        return []
    mine = [part] if {"type", "anyOf"} & part.keys() and not isinstance(part.get("type"), dict) else []
    return mine + [found for one in part.values() for found in schemas_in(one)]


def references_in(part):
    if isinstance(part, list):
        return [found for one in part for found in references_in(one)]
    if not isinstance(part, dict):
        return []
    mine = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return mine + [found for one in part.values() for found in references_in(one)]


def test_every_route_is_documented_and_everything_documented_is_a_route(app, nobodys):
    documented = {(path, method) for path, method, _ in operations(nobodys.document)}
    assert documented == routes(app)
    assert len(documented) == len(CALLS) > 40


def test_it_is_an_openapi_document(nobodys):
    document = nobodys.document
    assert document["openapi"] == "3.1.0"
    assert document["info"].keys() >= {"title", "version"}
    assert document["servers"] == [{"url": "/api/v1"}]
    assert all(path.startswith("/") for path in document["paths"])
    assert all(method in METHODS for _, method, _ in operations(document))
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_every_operation_is_whole(nobodys):
    names = []
    for path, method, operation in operations(nobodys.document):
        names.append(operation["operationId"])
        assert operation["summary"], path
        given = [parameter for parameter in operation["parameters"] if "$ref" not in parameter]
        named = [parameter["name"] for parameter in given if parameter["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path)
        assert all(parameter["required"] for parameter in given if parameter["in"] == "path")
        assert all("schema" in parameter for parameter in given)
        assert [status for status in operation["responses"] if status < "300"], f"{method} {path} answers nothing"
        assert all(re.fullmatch(r"[2-4]\d\d", status) for status in operation["responses"])
        assert ("requestBody" in operation) <= (method in {"post", "put", "patch"})
        if operation.get("security") != []:
            assert operation["responses"].keys() >= {"401", "429"}
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere_and_nothing_is_left_over(nobodys):
    document = nobodys.document
    references = set(references_in(document))
    assert all(resolved(document, reference) for reference in references)
    for kind in ("schemas", "parameters", "responses"):
        unused = {f"#/components/{kind}/{name}" for name in document["components"][kind]} - references
        assert not unused


def test_every_schema_is_of_the_part_of_json_schema_that_is_checked(nobodys):
    found = schemas_in(nobodys.document["paths"]) + schemas_in(nobodys.document["components"]["schemas"])
    assert len(found) > 200
    for schema in found:
        if schema.get("type") == "http" or "in" in schema:
            continue
        assert schema.keys() <= WORDS, schema.keys() - WORDS
        kinds = schema.get("type", [])
        assert set([kinds] if isinstance(kinds, str) else kinds) <= KINDS.keys()
        assert set(schema.get("required", ())) <= schema.get("properties", {}).keys()


def test_every_answer_names_all_of_its_fields(nobodys):
    for name, schema in nobodys.document["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name
        if name != "Error":
            assert schema["required"] == list(schema["properties"]), name


def test_nothing_is_documented_that_this_version_lacks(nobodys):
    told = str(list(nobodys.document["paths"]))
    assert not [word for word in ("webhooks", "reports") if word in told]
