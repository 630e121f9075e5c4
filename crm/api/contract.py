"""Every call of the API is declared beside its view: the same words check what comes in and write the document."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from crm.api import access, body, schema
from crm.api.access import READS, me
from crm.api.schema import NOTHING, Schema
from crm.db import start_over
from crm.domain import api_tokens, resumes
from crm.domain.errors import Refused, TooMany
from crm.refusals import answer

Json = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])

LONGEST_KEY = 200
bp = Blueprint("api", __name__)
bp.before_request(access.let_in)


@dataclass(frozen=True)
class Call:
    """`upload`: a file comes in place of JSON, up to `most_files`, each through `keep`; where they may be several the
    view gets a list. `answer` None: there is nothing to say, or the answer is a file.
    """

    method: str
    path: str
    summary: str
    view: Callable[..., Any]
    body: Schema | None = None
    query: Schema | None = None
    upload: bool = False
    keep: Callable[[str, bytes], Any] = resumes.receive
    most_files: int = 1
    answer: Schema | None = None
    status: int = 200
    media: str = "application/json"
    is_public: bool = False

    @property
    def noun(self) -> str:
        return self.view.__module__.rsplit(".", 1)[-1]

    @property
    def name(self) -> str:
        return f"{self.noun}_{self.view.__name__}"

    @property
    def reads(self) -> bool:
        return self.method in READS

    @property
    def ids(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


CALLS: list[Call] = []


def call(method: str, path: str, summary: str, **more: Any) -> Callable[[View], View]:
    """The view gets the ids of the path by name and, first, what was given: the body, the query or the upload."""

    def declare(view: View) -> View:
        declared = Call(method, path, summary, view, **more)
        CALLS.append(declared)

        @wraps(view)
        def run(**ids: str) -> Response:
            return _run(declared, **ids)

        run.opens_without_token = declared.is_public  # type: ignore[attr-defined]
        rule = re.sub(r"{(\w+)}", r"<\1>", path)
        bp.add_url_rule(rule, declared.name, run, methods=[method], provide_automatic_options=False)
        return view

    return declare


@contextmanager
def at(prefix: str = "", **names: str) -> Iterator[None]:
    """A refusal in here is told at the field as the caller knows it: below `prefix`, or under another name."""
    try:
        yield
    except TooMany:
        raise
    except Refused as refusal:
        field = names.get(refusal.field, refusal.field)
        raise Refused(str(refusal), field=".".join(part for part in (prefix, field) if part)) from refusal


def _run(declared: Call, **ids: str) -> Response:
    """Whatever is wrong with the shape of a request is said before anything is looked up."""
    for part in ids.values():
        schema.reference(part)
    given, fingerprint = _given(declared)
    return _once(fingerprint, lambda: _response(declared, declared.view(*given, **ids)))


def _given(declared: Call) -> tuple[list[Any], str]:
    if declared.reads:
        wanted = declared.query or NOTHING
        asked = schema.read_query(wanted, request.args.to_dict())
        return ([asked] if declared.query else []), ""
    if declared.upload:
        kept, fingerprint = body.read_files(declared.keep, declared.most_files)
        return [kept if declared.most_files > 1 else kept[0]], fingerprint
    read_in, fingerprint = body.read_json(declared.body or NOTHING)
    return ([read_in] if declared.body else []), fingerprint


def _once(fingerprint: str, act: Callable[[], Response]) -> Response:
    """The same write under the same Idempotency-Key is done once, and answered the same however often it comes."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method in READS:
        return act()
    if not 0 < len(key.strip()) <= LONGEST_KEY or not key.isprintable():
        raise Refused(f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.", field="Idempotency-Key")
    known = api_tokens.answered(me(), key, fingerprint)
    if known is not None:
        again = _plain(known.body or None, known.status)
        start_over()  # and with it goes a file that was received once more
        return again
    response = act()
    api_tokens.remember(me(), key, status=response.status_code, body=response.get_data(as_text=True))
    return response


def _response(declared: Call, said: Any) -> Response:
    if isinstance(said, Response):
        return said
    if said is None:
        return _plain(None, 204)
    return _plain(json.dumps(said, default=_spelled), declared.status)


def _plain(text: str | None, status: int) -> Response:
    response = Response(text, status, mimetype="application/json")
    if text is None:
        del response.headers["Content-Type"]
    return response


def _spelled(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))


def malformed(error: body.Malformed) -> Response:
    return answer(400, str(error))
