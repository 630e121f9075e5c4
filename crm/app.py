"""Puts the house together: configuration, database, edges, commands, and the rule for transactions."""

import logging
from typing import Any

from flask import Flask, Request, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from crm import api, assets, config, db, guest, headers, language, logs, refusals, web
from crm.config import ROOT, Config
from crm.db import unit_of_work
from crm.domain import models

READS = frozenset(("GET", "HEAD", "OPTIONS"))
LARGEST_FORM_FIELD = 1_000_000
MOST_FORM_PARTS = 1_000


class RolledBack(Exception):
    """Carries an answer of 400 or more out of the transaction, so that nothing of it stays."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Asked(Request):
    def __init__(self, environ: dict[str, Any], *given: Any, **more: Any) -> None:
        super().__init__(environ, *given, **more)
        if self.method == "HEAD":
            # A view that asks "is this a GET?" would take a mail scanner's HEAD for an act. No body is sent all the
            # same: for that the server looks at its own environ.
            self.method = "GET"
        if self.mimetype != "multipart/form-data":
            self.max_content_length = LARGEST_FORM_FIELD  # only files are larger, and only multipart carries them


class App(Flask):
    """Flask, with one transaction around each request: an answer below 400 commits, anything else rolls back."""

    request_class = Asked

    def dispatch_request(self) -> ResponseReturnValue:
        if request.method not in READS:
            # The whole body is read now, so that nobody waits for a slow upload with the write lock in hand.
            _ = request.form, request.files
        try:
            with unit_of_work(writes=request.method not in READS):
                response = self.make_response(super().dispatch_request())
                if response.status_code >= 400:
                    raise RolledBack(response)
        except RolledBack as refused:
            return refused.response
        return response


def build(**given: Any) -> App:
    settings = config.load(**given)
    app = App("crm", instance_path=str(settings.instance), template_folder=ROOT / "templates", static_folder=None)
    _configure(app, settings)
    logs.init_app(app)
    db.init_app(app, settings.database_url)
    assert models.MODULES  # every table is known before the first query
    headers.init_app(app, settings)
    refusals.init_app(app)
    language.init_app(app)
    for edge in (assets, web, guest, api):
        edge.init_app(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: App, settings: Config) -> None:
    prefix = "__Host-" if settings.is_https else ""
    app.config.update(
        FIRST_CALL=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=(settings.upload_mb + 5) * 1_000_000 * 2,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_FIELD,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_NAME=f"{prefix}first_call",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the Referer is withheld by our own policy; Fetch-Metadata is checked instead
    )
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
