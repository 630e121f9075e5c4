"""Who may import whom, and what only one place may do."""

import ast

import pytest

from tests.structure import source
from tests.structure.source import FUNCTIONS, calls, dotted, imported, inside, modules, ours

MAY_IMPORT = {
    "": {"app"},
    "__main__": {"", "cli"},
    "kit": {"kit"},
    "db": {"db", "kit"},
    "config": {"config", "kit", "mail.relay", "mail.dkim", "mail.imap"},
    "logs": {"logs", "kit"},
    "domain": {"domain", "db", "kit", "config"},
    "forms": {"language", "forms", "domain", "db", "kit"},
    "mail": {"language", "mail", "domain", "db", "kit", "config", "logs"},
    "web": {"language", "web", "forms", "mail", "domain", "db", "kit", "config", "refusals", "headers", "logs"},
    "guest": {"language", "guest", "forms", "mail", "domain", "db", "kit", "config", "refusals", "headers", "logs"},
    "api": {"", "api", "forms", "mail", "domain", "db", "kit", "config", "refusals", "headers", "logs"},
    "cli": {"cli", "forms", "mail", "domain", "db", "kit", "config", "logs", "migrations", "worker", "app", "demo", ""},
    "worker": {"mail", "domain", "db", "kit", "config", "logs"},
    "demo": {"demo"},
    "migrations": {"migrations", "db", "domain.models", "domain.search", "kit.spelling"},
    "headers": {"config"},
    "refusals": {"db", "domain.errors", "logs"},
    "language": {"config", "kit"},
    "assets": set(),
    "app": {
        "api",
        "assets",
        "config",
        "db",
        "domain.models",
        "guest",
        "headers",
        "language",
        "logs",
        "refusals",
        "web",
    },
}
"""Rooms, or single modules where only one of a room is meant. The empty room is crm/__init__.py."""

EDGES = ("web", "guest", "api", "cli")
WEB_LIBRARIES = ("flask", "flask_wtf", "wtforms", "werkzeug", "flask_login", "jinja2")
DOMAIN_MAY = {"flask.current_app"}
PLAIN_MAIL = ("crm.mail.compose", "crm.mail.smtp")
IMPORTS_LATE = {"crm", "crm.__main__"}
"""The two that run where nothing is installed yet."""

AT_THE_SESSION = {
    "crm.web.access": "asks whether the user whom it keeps for the request still belongs to this transaction",
    "crm.web.health": "counts letters and resumes of everybody, without showing one",
    "crm.cli.doctor": "asks SQLite about itself",
    "crm.cli.imports": "works an import off in one go, by the transactions of the worker, and picks in whose name",
    "crm.cli.seed": "writes rows in bulk, past the verbs, to be fast",
    "crm.cli.staging": "asks when the letters of two years were to leave",
    "crm.cli.staging.stage": "plays two years in one go: what a day wrote is flushed on that day",
}
"""Edges that name db.session or write a query, each with its reason."""
QUERIES = {f"sqlalchemy.{verb}" for verb in ("select", "update", "delete", "insert", "text")}


def may(room: str, target: str) -> bool:
    parts = target.split(".")[1:]
    allowed = MAY_IMPORT[room]
    return ".".join(parts[:1]) in allowed or ".".join(parts[:2]) in allowed


def test_every_room_imports_only_what_lies_below():
    wrong = [
        f"{module.path.name}:{line} ({module}) imports {target}"
        for module in modules()
        for target, line in ours(module)
        if not may(module.room, target)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_has_its_rule():
    assert {module.room for module in modules()} <= set(MAY_IMPORT)


def test_the_edges_never_meet():
    for edge in EDGES:
        assert not MAY_IMPORT[edge] & (set(EDGES) - {edge})


def test_the_domain_knows_no_web():
    wrong = [
        f"{module}:{line} imports {name}"
        for module in inside("domain", "kit", "db")
        for name, line in imported(module)
        if name.split(".")[0] in WEB_LIBRARIES and name not in DOMAIN_MAY and module.name != "crm.db"
    ]
    assert not wrong, "\n".join(wrong)
    assert {name for module in inside("db") for name, _ in imported(module) if name.startswith("flask.")} <= {
        "flask.Flask"
    }


def test_what_writes_and_sends_a_mail_knows_nothing_of_the_rest():
    wrong = [
        f"{module}:{line} imports {target}"
        for module in modules()
        if module.name in PLAIN_MAIL
        for target, line in ours(module)
        if not target.startswith(("crm.kit.", "crm.mail.")) and target not in {"crm.kit", "crm.mail"}
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_inside_a_function():
    wrong = [
        f"{module}:{node.lineno}"
        for module in modules()
        if module.name not in IMPORTS_LATE
        for function in ast.walk(module.tree)
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", ["domain", "kit", "mail", "web", "api", "guest", "cli", "demo", "forms"])
def test_no_room_goes_round_in_circles(room):
    below = {module.name: {target for target, _ in ours(module)} - {module.name} for module in inside(room)}
    below = {name: targets & set(below) for name, targets in below.items()}
    while free := {name for name, targets in below.items() if not targets}:
        below = {name: targets - free for name, targets in below.items() if name not in free}
    assert not below, f"these import one another: {below}"


def test_the_domain_never_ends_a_transaction():
    """Savepoints (begin_nested) are its own; bookkeeping that must stay has short_transaction."""
    wrong = [
        f"{module}:{call.lineno} {dotted(call.func)}"
        for module in inside("domain", "forms", "kit")
        for call in calls(module.tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_database_module_commits():
    wrong = [
        f"{module}:{call.lineno}"
        for module in modules()
        if module.name != "crm.db"
        for call in calls(module.tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_clock_asks_what_time_it_is():
    asks = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "datetime.datetime.now"}
    wrong = [
        f"{module}:{call.lineno} {dotted(call.func)}"
        for module in modules()
        if module.name != "crm.kit.clock"
        for call in calls(module.tree)
        if dotted(call.func) in asks or dotted(call.func).endswith(("datetime.utcnow", "date.today"))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_edge_touches_the_session():
    """A page asks the domain; that way what may be seen is decided in one place."""
    wrong = [
        f"{module}:{node.lineno}"
        for module in inside(*EDGES)
        if module.name not in AT_THE_SESSION
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and dotted(node).endswith("db.session")
    ]
    wrong += [
        f"{module}:{line} imports {name}"
        for module in inside(*EDGES)
        if module.name not in AT_THE_SESSION
        for name, line in imported(module)
        if name in QUERIES
    ]
    assert not wrong, "\n".join(wrong)


def test_every_exception_is_still_needed():
    texts = {module.name: module.text for module in modules()}
    assert not [name for name in AT_THE_SESSION if "db.session" not in texts.get(name, "")]


def test_the_rules_bite():
    """The reader of imports sees each form of them."""
    text = "import crm.web.access\nfrom crm.db import db\nfrom crm import config\ndef f():\n    from flask import g\n"
    module = source.Module("crm.domain.made_up", source.ROOT, ast.parse(text), text)
    assert [name for name, _ in imported(module)] == ["crm.web.access", "crm.db.db", "crm.config", "flask.g"]
    assert [target for target, _ in ours(module)] == ["crm.web.access", "crm.db", "crm.config"]
    assert not may("domain", "crm.web.access")
    assert may("domain", "crm.db")
