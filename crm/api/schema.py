"""The shapes of what comes in and goes out, as JSON Schema. The document shows them, and the same ones check a body."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from crm.domain import shape
from crm.domain.errors import Missing, Refused

Schema = dict[str, Any]
Given = dict[str, Any]
"""What came in, as Python has it: dates are dates, and fields that were not given are not there."""

NAMED: dict[str, Schema] = {}
"""Those that the document lists under their own names."""

ID = re.compile(r"[0-9A-Za-z_-]{1,40}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
BROKEN = re.compile(r"[\x00\ud800-\udfff]")
"""Neither database keeps these, so they never come near it."""
LONGEST_SHOWN = 60


# --- words to write a shape with


def named(name: str, schema: Schema) -> Schema:
    NAMED[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def text(most: int = shape.LINE, **more: Any) -> Schema:
    return {"type": "string", "maxLength": most, **more}


def word(words: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(words)}


def number(least: int = 0, most: int | None = None, **more: Any) -> Schema:
    return {"type": "integer", "minimum": least, **({"maximum": most} if most is not None else {}), **more}


def many(items: Schema, most: int | None = None) -> Schema:
    return {"type": "array", "items": items, **({"maxItems": most} if most is not None else {})}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    either = {**schema, "type": [schema["type"], "null"]}
    return {**either, "enum": [*schema["enum"], None]} if "enum" in schema else either


def shown(**fields: Schema) -> Schema:
    """An answer: these fields, all of them, and no other."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def given(*, needed: Iterable[str] = (), clears: bool = False, **fields: Schema) -> Schema:
    """A body. A null in it is a field that was not given or, where it `clears`, one that is to be emptied."""
    needed = list(needed)
    allowed = {name: field if name in needed else maybe(field) for name, field in fields.items()}
    rules = {"required": needed} if needed else {}
    return {"type": "object", "properties": allowed, **rules, "additionalProperties": False, "x-null-empties": clears}


LINE = text()
FREE = {"type": "string"}
DATE = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
REFERENCE = {"type": "string", "format": "id", "description": "The id of something; opaque."}
FLAG = {"type": "boolean"}
NOTHING = given()


# --- reading


def read(schema: Schema, value: object, field: str = "") -> Any:
    """The value as the schema wants it; raises Refused at its field."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None and "null" in kinds:
        return None
    return READERS[kinds[0]](schema, value, field)


def read_query(schema: Schema, asked: Mapping[str, str]) -> Given:
    """The same for what stands behind the question mark, where everything is text."""
    found = {name: _typed(schema["properties"].get(name, FREE), value) for name, value in asked.items()}
    read_in: Given = read(schema, found)
    return read_in


def _typed(schema: Schema, value: str) -> object:
    if "integer" in schema["type"] and re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
        return int(value)
    return {"true": True, "false": False}.get(value, value) if "boolean" in schema["type"] else value


def _object(schema: Schema, value: object, field: str) -> Given:
    if not isinstance(value, dict):
        raise _refused(field, "must be an object")
    for name in value:
        if name not in schema["properties"]:
            raise unknown(field, name)
    for name in schema.get("required", ()):
        if name not in value:
            raise _refused(_below(field, name), "is needed")
    read_in = {name: read(schema["properties"][name], part, _below(field, name)) for name, part in value.items()}
    if schema["x-null-empties"]:
        return {name: _empty(schema["properties"][name]) if part is None else part for name, part in read_in.items()}
    return {name: part for name, part in read_in.items() if part is not None}


def _list(schema: Schema, value: object, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise _refused(field, "must be a list")
    if len(value) > schema.get("maxItems", len(value)):
        raise _refused(field, f"has more than {schema['maxItems']} entries")
    return [read(schema["items"], part, _below(field, str(place))) for place, part in enumerate(value)]


def _string(schema: Schema, value: object, field: str) -> Any:
    if not isinstance(value, str):
        raise _refused(field, "must be text")
    if BROKEN.search(value):
        raise _refused(field, "contains characters that cannot be kept")
    if len(value) > schema.get("maxLength", len(value)):
        raise _refused(field, f"is longer than {schema['maxLength']:,} characters")
    if value not in schema.get("enum", [value]):
        raise _refused(field, f"must be one of: {', '.join(word for word in schema['enum'] if word)}")
    return FORMATS[schema["format"]](value, field) if "format" in schema else value


def _integer(schema: Schema, value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(field, "must be a whole number")
    if value < schema.get("minimum", value):
        raise _refused(field, f"must be at least {schema['minimum']}")
    if value > schema.get("maximum", value):
        raise _refused(field, f"must be at most {schema['maximum']}")
    return value


def _boolean(_schema: Schema, value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise _refused(field, "must be true or false")
    return value


def _date(value: str, field: str) -> date:
    try:
        if DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _refused(field, "must be a day like 2026-11-03")


def _moment(value: str, field: str) -> datetime:
    """Without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(field, "must be a time like 2026-11-03T14:05:00Z") from None


def reference(value: str, _field: str = "") -> str:
    """What cannot be an id is the id of nothing."""
    if not ID.fullmatch(value):
        raise Missing
    return value


def _empty(schema: Schema) -> Any:
    kind = schema["type"][0]
    return [] if kind == "array" else "" if kind == "string" and "format" not in schema else None


def unknown(field: str, name: str) -> Refused:
    called = name[:LONGEST_SHOWN]
    return Refused(f"There is no field “{called}” here.", field=_below(field, called))


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _refused(field: str, trouble: str) -> Refused:
    names = [part for part in field.split(".") if not part.isdigit()]
    called = names[-1].replace("_", " ").capitalize() if field and names else "The body"
    return Refused(f"{called} {trouble}.", field=field)


READERS: dict[str, Callable[[Schema, object, str], Any]] = {
    "object": _object, "array": _list, "string": _string, "integer": _integer, "boolean": _boolean,
}  # fmt: skip
FORMATS: dict[str, Callable[[str, str], Any]] = {"date": _date, "date-time": _moment, "id": reference}
