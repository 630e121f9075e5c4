"""The cookie that tells one browser of somebody without an account from another: a random word, and nothing else."""

from datetime import timedelta

from flask import Response, request

from crm import config
from crm.kit import tokens

KEPT = timedelta(days=1)


def word() -> str:
    """Of this browser; empty where it has none yet."""
    return request.cookies.get(_name(), "")[:64]


def new_word() -> str:
    return tokens.new_link()


def keep(response: Response, kept: str) -> Response:
    response.set_cookie(
        _name(), kept, max_age=KEPT, path="/", secure=config.current().is_https, httponly=True, samesite="Lax"
    )
    return response


def _name() -> str:
    return f"{'__Host-' if config.current().is_https else ''}browser"
