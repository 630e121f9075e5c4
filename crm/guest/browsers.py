"""The cookie that tells one browser of somebody without an account from another: a random word, and nothing else; and
where it asks from.
"""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from flask import Response, request

from crm import config
from crm.kit import tokens

KEPT = timedelta(days=1)
IPV6 = 6


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


def network() -> str:
    """That the request came from: one has a whole range of the newer addresses."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    return str(ip_network((address, 64), strict=False)) if address.version == IPV6 else str(address)


def _name() -> str:
    return f"{'__Host-' if config.current().is_https else ''}browser"
