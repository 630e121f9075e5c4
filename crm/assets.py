"""Stylesheets, scripts and icons: ours, and htmx as it comes in its wheel. Named by content, so kept for a year."""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

import js_lib_htmx
from flask import Blueprint, Flask, Response, abort, request, send_file

STATIC = Path(__file__).parent / "static"
HTMX = Path(js_lib_htmx.__path__[0]) / "static" / "htmx" / "htmx.min.js"
YEAR = 31_536_000

bp = Blueprint("assets", __name__)


def init_app(app: Flask) -> None:
    mimetypes.add_type("text/javascript", ".js")
    app.add_url_rule("/static/<path:filename>", "static", static)
    app.register_blueprint(bp)
    app.url_defaults(_stamp)


def static(filename: str) -> Response:
    path = (STATIC / filename).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file():
        abort(404)
    return _sent(path)


@bp.get("/static/lib/htmx.js")
def htmx() -> Response:
    return _sent(HTMX)


@bp.get("/favicon.ico")
def favicon() -> Response:
    return _sent(STATIC / "icon.svg")


@bp.get("/robots.txt")
def robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


def _sent(path: Path) -> Response:
    stamped = "v" in request.args
    response = send_file(path, max_age=YEAR if stamped else 0, conditional=True)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if stamped else "no-cache"
    return response


def _stamp(endpoint: str, values: dict[str, Any]) -> None:
    """Adds the content's own stamp to every address of an asset, so that a new version is fetched at once."""
    if endpoint == "static":
        values["v"] = _stamp_of(STATIC / values["filename"])
    elif endpoint == "assets.htmx":
        values["v"] = _stamp_of(HTMX)


@lru_cache(maxsize=64)
def _stamp_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
