"""What pages look for in the question of a request: `/candidates?q=ada` has one word, q."""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from crm.app import App
from crm.web import paging
from tests.structure.workspace import Workspace, class_of

ARGUMENTS = re.compile(r"""request\.args(?:\.get\w*\(|\[)\s*["'](\w+)["']""")
LOOKED_FOR: dict[str, list[str]] = {}
"""By route, the same for all workspaces."""


def arguments_of(house: Workspace, rule: Rule) -> list[str]:
    """The words that the page looks for in the question."""
    if str(rule) not in LOOKED_FOR:
        LOOKED_FOR[str(rule)] = sorted(_looked_for(house, rule))
    return LOOKED_FOR[str(rule)]


def _looked_for(house: Workspace, rule: Rule) -> set[str]:
    """Asked twice: with no question, and with every word that its module reads, so that one leads to the next."""
    module = inspect.getmodule(house.app.view_functions[rule.endpoint])
    assert module is not None
    named = {*ARGUMENTS.findall(inspect.getsource(module)), *paging.MARKS}
    visitor = house.seekers[class_of(house.app, rule)]
    with _noted(house.app) as found:
        visitor.get(rule)
        visitor.get(rule, **dict.fromkeys(named, "1"))
    return found


@contextmanager
def _noted(app: App) -> Iterator[set[str]]:
    """The words that are looked for in a question meanwhile, whether they are in it or not."""
    found: set[str] = set()

    class Question(ImmutableMultiDict):
        def __getitem__(self, key):
            found.add(key)
            return super().__getitem__(key)

        def __contains__(self, key):
            found.add(key)
            return super().__contains__(key)

        def getlist(self, key, *given):
            found.add(key)
            return super().getlist(key, *given)

    plain = app.request_class
    app.request_class = type("Noted", (plain,), {"parameter_storage_class": Question})
    try:
        yield found
    finally:
        app.request_class = plain
