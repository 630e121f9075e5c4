"""How pages speak to the database: reading writes nothing, and a longer list takes no more statements."""

import shutil

import pytest

from crm.db import db
from tests.conftest import make_app
from tests.structure import workspace
from tests.structure.workspace import Visitor, Workspace, statements

BOOKKEEPING = ("sign_in", "api_token", "counter")
"""When a session or a token was last used, how often somebody guessed: in a transaction of its own beside the page."""
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")
MOST = 12
FEW, MANY = 3, 30
ELSEWHERE = ("api", "guest", "assets", "static", "health", "accounts")
"""Not pages of the office; the API's lists have their own test beside it."""
pytestmark = pytest.mark.timeout(300)
"""Every page is asked for, four times over."""
FURTHER = (
    "/candidates/{candidate_id}?all=1",
    "/candidates/{candidate_id}/write?template=checking_in",
    "/candidates/{candidate_id}/write?template=role_opened&role={role_id}",
    "/candidates/{candidate_id}/write?template={template_id}&promise={promise_id}&purpose=apology",
)
"""Addresses at which a page does more than at its plain one."""


def writes(ran):
    return [statement for statement in ran if statement.startswith(WRITES) and not _is_bookkeeping(statement)]


def _is_bookkeeping(statement):
    return any(f" {table} " in f"{statement.replace('(', ' ')} " for table in BOOKKEEPING)


@pytest.mark.parametrize("name", ["alice", "anna", ""])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(house, name, method):
    visitor = Visitor(house, name)
    for rule in house.gets():
        path = house.path(rule)
        with statements(house.app) as ran:
            answer = visitor.client.open(path, method=method, headers=visitor.bearer(path))
        assert answer.status_code < 500, rule
        assert not writes(ran), f"{method} {rule} writes: {writes(ran)}"


@pytest.mark.parametrize("name", ["alice", "anna", ""])
def test_asking_what_is_allowed_changes_nothing(house, name):
    visitor = Visitor(house, name)
    for rule in house.rules:
        with statements(house.app) as ran:
            visitor.client.open(house.path(rule), method="OPTIONS")
        assert not writes(ran), f"OPTIONS {rule} writes: {writes(ran)}"


def test_a_write_would_be_seen(house):
    with statements(house.app) as ran:
        Visitor(house).post("/reset", email="nobody@example.org")
    assert writes(ran)


# --- as many statements for many rows as for few


@pytest.fixture(scope="module")
def filled(sqlite_template, tmp_path_factory):
    """Three of everything, and thirty."""
    return {count: _filled(sqlite_template, tmp_path_factory.mktemp(f"rows{count}"), count) for count in (FEW, MANY)}


def _filled(template, folder, count):
    shutil.copy(template, folder / "first-call.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'first-call.sqlite'}")
    shown = workspace.fill(app, count)
    return Workspace(app, shown)


def asked(house, name):
    """By route: the statements of a second look, when the session is noted and the page's words are compiled."""
    visitor, found = Visitor(house, name), {}
    for rule in house.gets():
        if rule.endpoint.split(".")[0] in ELSEWHERE:
            continue
        visitor.get(rule)
        with statements(house.app) as ran:
            answer = visitor.get(rule)
        if answer.status_code == 200:
            found[str(rule)] = ran
    return found | {path: _asked_at(visitor, path.format(**house.shown)) for path in FURTHER}


def _asked_at(visitor, address):
    visitor.client.get(address)
    with statements(visitor.house.app) as ran:
        answer = visitor.client.get(address)
    assert answer.status_code == 200, address
    return ran


@pytest.fixture(scope="module")
def counted(filled):
    return {name: {count: asked(house, name) for count, house in filled.items()} for name in ("alice", "anna")}


@pytest.mark.parametrize("name", ["alice", "anna"])
def test_a_longer_list_takes_no_more_statements(counted, name):
    more = [
        f"{rule}: {len(few)} with {FEW} rows, {len(many)} with {MANY}\n    " + "\n    ".join(_new(few, many))
        for rule, few in counted[name][FEW].items()
        if len(many := counted[name][MANY][rule]) > len(few)
    ]
    assert not more, "\n".join(more)


def _new(few, many):
    """The statements that came more often, shortened."""
    return sorted({one[:160] for one in many if many.count(one) > few.count(one)})


@pytest.mark.parametrize("name", ["alice", "anna"])
def test_no_page_asks_often(counted, name):
    often = {rule: len(ran) for rule, ran in counted[name][MANY].items() if len(ran) > MOST}
    assert not often, f"more than {MOST} statements: {often}"


@pytest.mark.parametrize("name", ["alice", "anna"])
def test_every_list_is_counted(counted, name):
    """The routes without arguments are the lists; none of them may have fallen out."""
    assert {"/", "/candidates", "/roles", "/colleagues", "/forwards", "/letters", "/search"} <= set(counted[name][FEW])


def test_the_lists_are_long_enough_to_show_it(filled):
    for house in filled.values():
        with house.app.app_context():
            assert db.engine.dialect.name == "sqlite"
    page = Visitor(filled[MANY], "alice").client.get("/candidates").get_data(as_text=True)
    assert page.count("Nora Number") >= 20
