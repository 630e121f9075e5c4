"""One line for each request and each mishap, as JSON on standard error: ids and paths, never people or link tokens."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from crm.kit.tokens import new_id

SECRET_PATHS = re.compile(
    r"^/+(shared|teaser|door|needs|keep|introduction|card|unsubscribe|calendar|invitation|reset|sign-in/+link)/+[^/]+"
)
log = logging.getLogger("first_call")


class Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(), "level": record.levelname.lower(),
                 "what": record.getMessage(), **getattr(record, "facts", {})}  # fmt: skip
        if record.exc_info and record.exc_info[0]:
            # The message of an exception may quote a person's data; its kind and place are enough to find the mistake.
            facts["error"] = record.exc_info[0].__name__
            facts["trace"] = _places(record)
        return json.dumps(facts, ensure_ascii=True)


def init_app(app: Flask) -> None:
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Line())
        log.addHandler(handler)
        log.propagate = False
        log.setLevel(logging.INFO)
    app.logger = log
    app.before_request(_begin)
    app.after_request(_end)


def masked(path: str) -> str:
    return SECRET_PATHS.sub(r"/\1/...", path)


def _begin() -> None:
    g.request_id, g.began = new_id(), time.perf_counter()


def _end(response: Response) -> Response:
    took = round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None
    facts = {"method": request.method, "path": masked(request.path), "status": response.status_code, "ms": took,
             "id": g.get("request_id")}  # fmt: skip
    if not request.path.startswith("/static/"):
        log.info("request", extra={"facts": facts})
    return response


def _places(record: logging.LogRecord) -> list[str]:
    places, trace = [], record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/crm/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
