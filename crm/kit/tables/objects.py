"""JSON: what programs for hiring say of people, JSON Resume, jCard, our own export, or a plain list of objects."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from crm.kit.tables import MOST_COLUMNS, Record, Table, Unreadable, cards, headers, hiring, resumes
from crm.kit.tables.records import words

LARGEST = 100_000_000
BROKEN = "This JSON file cannot be read: {}. Is it complete?"
NOBODY = "In this JSON file is nobody that we can find. A list of objects with names is what we read."
MAKERS: tuple[tuple[str, Callable[[Any], bool], Callable[[Any], Record]], ...] = (
    ("jsonresume", resumes.is_one, resumes.person),
    ("first_call", hiring.is_ours, hiring.ours),
    ("greenhouse", hiring.is_greenhouse, hiring.greenhouse),
    ("lever", hiring.is_lever, hiring.lever),
    ("ashby", hiring.is_ashby, hiring.ashby),
    ("workable", hiring.is_workable, hiring.workable),
)


def read(stream: IO[bytes]) -> Table:
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable("This JSON file is larger than 100 MB. Split it, or export it as CSV.")
    return table(loads(content))


def loads(content: bytes) -> Any:
    """Numbers stay as they are written: nobody reckons with them, and a huge one would take for ever."""
    try:
        text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
    except UnicodeDecodeError as error:
        raise Unreadable(BROKEN.format("it is not written in UTF-8")) from error
    except RecursionError as error:
        raise Unreadable(BROKEN.format("it is nested too deeply")) from error
    except json.JSONDecodeError as error:
        raise Unreadable(BROKEN.format(f"line {error.lineno} is broken")) from error


def table(whole: Any) -> Table:
    if isinstance(whole, list) and whole[:1] == ["vcard"]:
        whole = [whole]
    people = _people(whole)
    if people and all(isinstance(one, list) and one[:1] == ["vcard"] and len(one) > 1 for one in people):
        return Table("json", cards.from_json(people), source="jcard")
    objects = [one for one in people if isinstance(one, dict)]
    if not objects:
        raise Unreadable(NOBODY)
    if hiring.is_application_only(objects[0]):
        raise Unreadable("This file holds applications without names. Choose the file of the candidates.")
    for source, fits, make in MAKERS:
        if fits(objects[0]):
            return Table("json", _made(objects, make), source=source)
    return _flat(objects)


def _made(objects: Iterable[dict[str, Any]], make: Callable[[Any], Record]) -> Iterator[tuple[int, Any]]:
    for number, one in enumerate(objects, 1):
        try:
            yield number, make(one)
        except (AttributeError, TypeError, KeyError, ValueError, IndexError):
            yield number, "this is not written as the others are."


def _people(whole: Any) -> list[Any]:
    """The list itself, the one list of an answer that wraps it, or one person alone."""
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, dict):
        return []
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    alone = any(fits(whole) for _, fits, _make in MAKERS) or any(headers.known(str(name)) for name in whole)
    return [whole] if alone or len(lists) != 1 else lists[0]


def _flat(objects: list[dict[str, Any]]) -> Table:
    columns = list(dict.fromkeys(str(name)[:80] for one in objects[:500] for name in one))
    if not any(headers.known(column) for column in columns):
        raise Unreadable(NOBODY)
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(f"These objects have {len(columns):,} fields; {MOST_COLUMNS} are the most.")
    rows = ((number, [words(one.get(column)) for column in columns]) for number, one in enumerate(objects, 1))
    return Table("json", rows, columns, headers.program(columns))
