"""Programs of the people everybody knows."""

import pytest

from crm.app import App
from tests.api.program import Program


@pytest.fixture
def alices(app: App) -> Program:
    """A program with Alice's token; the others likewise."""
    return Program(app, "alice")


@pytest.fixture
def bobs(app: App) -> Program:
    return Program(app, "bob")


@pytest.fixture
def charlies(app: App) -> Program:
    return Program(app, "charlie")


@pytest.fixture
def annas(app: App) -> Program:
    return Program(app, "anna")


@pytest.fixture
def nobodys(app: App) -> Program:
    """Without a token."""
    return Program(app)


@pytest.fixture
def ada(alices: Program) -> str:
    """The id of a candidate whom everybody may see."""
    return str(alices.post("/candidates", {"full_name": "Ada Byron", "emails": ["ada@example.org"]})["id"])
