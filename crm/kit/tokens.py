"""Random words: ids that cannot be guessed, links that are stored only as hashes."""

import base64
import hashlib
import secrets
import time
from functools import lru_cache

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_OURS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_id() -> str:
    """20 characters: the time in milliseconds, so that new rows lie together in the index, and 55 random bits."""
    return _stamp(time.time_ns() // 1_000_000) + base64.b32encode(secrets.token_bytes(7)).translate(_OURS)[:11].decode()


def new_link() -> str:
    """192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)


def new_key() -> str:
    """130 random bits in lower case, for the part of a mail address before the @, where case gets lost."""
    return _base32(secrets.randbits(130), 26)


def new_code() -> str:
    """Twelve characters in three groups, for people to type: 59 bits."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))
    return "-".join(letters[start : start + 4] for start in range(0, 12, 4))


def digest(token: str) -> str:
    """What is stored of a link. The token is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=4)
def _stamp(milliseconds: int) -> str:
    return _base32(milliseconds, 9)


def _base32(number: int, length: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (length - 1), -1, -5))
