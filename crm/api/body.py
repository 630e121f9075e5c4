"""What a program sent: one JSON value, or files. Read before the transaction begins, so that nobody waits for it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import abort, request

from crm.api import schema
from crm.api.schema import Schema
from crm.domain.errors import Refused

LARGEST = 1_000_000
"""Bytes of JSON; a file has the limit of uploads."""
FORM = "multipart/form-data"


class Malformed(Exception):
    """It is no JSON, or not one that reads the same everywhere. str(error) is the sentence."""


def limit_size() -> None:
    if request.mimetype != FORM:
        request.max_content_length = LARGEST


def read_json(wanted: Schema) -> tuple[Any, str]:
    """The body as the schema wants it, and a fingerprint of it that spaces and the order of fields leave alone."""
    if not request.is_json and (request.content_length or request.mimetype or "Transfer-Encoding" in request.headers):
        abort(415)
    value, plain = _parsed(request.get_data())
    return schema.read(wanted, value), _fingerprint(plain.encode())


def read_files(keep: Callable[[str, bytes], Any], most: int) -> tuple[list[Any], str]:
    """What was sent as “file”, checked and kept: one, or up to `most`."""
    if request.mimetype != FORM:
        abort(415)
    for name in (*request.form, *request.files):
        if name != "file":
            raise schema.unknown("", name)
    sent = request.files.getlist("file")
    if not 0 < len(sent) <= most or request.form:
        how_many = "one file, with its name," if most == 1 else f"up to {most} files, with their names,"
        raise Refused(f"Send {how_many} in the field “file”.", field="file")
    read_in = [(one.filename or "", one.read()) for one in sent]
    parts = [part for name, content in read_in for part in (name.encode("utf-8", "replace"), content)]
    return [keep(*one) for one in read_in], _fingerprint(*parts)


def _fingerprint(*parts: bytes) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}".encode("utf-8", "replace"))
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _parsed(body: bytes) -> tuple[object, str]:
    """The value, and its one way to be written. No body at all is an empty object."""
    try:
        value = json.loads(body.decode() or "{}", object_pairs_hook=_once_each, parse_constant=_no_number)
        return value, json.dumps(value, sort_keys=True)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError:
        raise Malformed("The body is not JSON.") from None


def _once_each(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(f"The field “{name[: schema.LONGEST_SHOWN]}” stands twice in one object.")
        found[name] = value
    return found


def _no_number(word: str) -> object:
    raise Malformed(f"{word} is not JSON.")
