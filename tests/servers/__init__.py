"""Real servers and a real browser for the tests: started for the run, gone with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Unavailable(Exception):
    """A server or browser that a test needs is not on this machine; the text says what to do about it."""


@contextmanager
def needed() -> Iterator[None]:
    """Skips the test for what is missing here, or fails it where CRM_REQUIRE_ALL=1 says that nothing may be missing."""
    try:
        yield
    except Unavailable as missing:
        if os.environ.get("CRM_REQUIRE_ALL") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
