"""The database as the migrations make it, against the models, on both databases."""

import ast
from contextlib import contextmanager

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text

from crm.db import Base, db, is_sqlite, rebuilding, unit_of_work
from crm.domain import candidates, finding, forwarding_rules, models, users, withdrawals
from crm.domain.consents import Consent
from crm.migrations import upgrade
from tests import make, people
from tests.conftest import make_app
from tests.servers import postgres
from tests.structure.source import inside

NAMES = {
    "pk": "get_pk_constraint",
    "fk": "get_foreign_keys",
    "uq": "get_unique_constraints",
    "ck": "get_check_constraints",
}
OURS = sorted(Base.metadata.tables)
REVISIONS = [script.revision for script in ScriptDirectory(str(upgrade.FOLDER)).walk_revisions()]
"""Newest first."""


@pytest.fixture
def own_app(database_url, tmp_path, request):
    """With a database that no other test uses, since it is taken apart."""
    if database_url.startswith("sqlite"):
        app, drop = make_app(tmp_path, database_url), lambda: None
    else:
        server, name = request.getfixturevalue("postgres_server"), f"schema_{tmp_path.name.strip('_')[-30:]}".lower()
        app = make_app(tmp_path, postgres.create_database(server, name))
        drop = lambda: postgres.drop_database(server, name)  # noqa: E731
        with app.app_context():
            upgrade.to_newest()
            with unit_of_work(writes=True):
                people.create()
    yield app
    with app.app_context():
        db.engine.dispose()
    drop()


@contextmanager
def alembic():
    with rebuilding() as session:
        yield upgrade._config(session.connection())


def count_rows():
    with unit_of_work(writes=False) as session:
        there = set(inspect(session.connection()).get_table_names())
        tables = [table for table in Base.metadata.sorted_tables if table.name in there]
        return {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables}


def fill():
    """A forward brings rows into most tables: a candidate, a resume, a consent, a colleague, a letter, the index."""
    with unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice)
        make.near_miss(ada, make.role(alice), alice)
        make.forward(alice, ada)
        return ada.id


def test_migrations_make_what_the_models_say(app):
    with app.app_context():
        assert upgrade.differences() == []


def test_there_is_one_newest_migration():
    assert len(ScriptDirectory(str(upgrade.FOLDER)).get_heads()) == 1


def test_migrations_run_again_without_harm(app):
    with app.app_context():
        before = count_rows()
        upgrade.to_newest()
        assert count_rows() == before


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_goes_down_and_up_again_with_rows_in_the_tables(own_app, revision):
    with own_app.app_context():
        fill()
        with alembic() as settings:
            command.downgrade(settings, revision)
        before = count_rows()
        with alembic() as settings:
            command.downgrade(settings, "-1")
        kept = count_rows()
        assert kept.items() <= before.items()
        with alembic() as settings:
            command.upgrade(settings, "head")
        assert upgrade.differences() == []
        assert kept.items() <= count_rows().items()


def test_what_an_older_version_does_not_know_leaves_no_permission_wider_than_it_was_given(own_app):
    """By the candidate: which of their permissions hold after the way down, and after the way up again."""
    with own_app.app_context():
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            ada, bo, eva = (
                make.candidate(alice, name, email=f"{name[:2]}@example.org")
                for name in ("Ada Byron", "Bo Ek", "Eva Lind")
            )
            make.consent(ada, alice, company="")
            make.consent(ada, alice, company="", purpose="keep")
            withdrawals.give_rule(ada, kind="never", company="Acme", by=None)
            make.consent(bo, alice, company="")
            make.consent(bo, alice, company="", purpose="introduce")
            lifted, _ = withdrawals.give_rule(bo, kind="blind_only", by=None)
            forwarding_rules.lift(lifted, by=None)
            make.consent(eva, alice, company="Acme", attachment=False)
            make.consent(eva, alice, company="Initech", blind=True)
            make.consent(eva, alice, company="Globex", recipient="c@globex.example.org")
            expected = {(ada.id, "keep"), (bo.id, "forward")}
        with alembic() as settings:
            command.downgrade(settings, "0015")
        with db.engine.connect() as connection:
            purposes = set(connection.execute(text("SELECT purpose FROM consent")).scalars())
        assert purposes == {"forward", "keep"}
        upgrade.to_newest()
        with unit_of_work(writes=False) as session:
            left = session.execute(select(Consent.candidate_id, Consent.purpose).where(Consent.withdrawn_at.is_(None)))
            assert set(map(tuple, left)) == expected


def test_what_was_written_before_the_index_is_found_after_it(own_app):
    with own_app.app_context():
        ada_id = fill()
        with alembic() as settings:
            command.downgrade(settings, "0001")
        upgrade.to_newest()
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            assert [found.title for found in finding.find("Byron", seen_by=alice)] == ["Ada Byron"]
            ada = candidates.find(ada_id, seen_by=alice)
            candidates.change(ada, candidates.Facts(full_name="Ada Lovelace"), by=alice)
            db.session.flush()
            assert [found.title for found in finding.find("Lovelace", seen_by=alice)] == ["Ada Lovelace"]
            assert not [found for found in finding.find("Byron", seen_by=alice) if found.in_title]


def test_nothing_of_ours_is_left_at_the_bottom(own_app):
    with own_app.app_context():
        fill()
        with alembic() as settings:
            command.downgrade(settings, "base")
        with unit_of_work(writes=False) as session:
            left = set(inspect(session.connection()).get_table_names()) - {"alembic_version"}
        assert not left


def test_every_module_that_maps_a_table_is_listed():
    mapping = {
        module.name.rpartition(".")[2]
        for module in inside("domain")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__tablename__"
    }
    assert {module.__name__.rpartition(".")[2] for module in models.MODULES} == mapping


def test_every_constraint_has_a_name_that_says_what_it_is(app):
    with app.app_context(), unit_of_work(writes=False) as session:
        reader = inspect(session.connection())
        wrong = [name for table in OURS for name in _misnamed(reader, table)]
    assert not wrong


def _misnamed(reader, table):
    for kind, get in NAMES.items():
        found = getattr(reader, get)(table)
        for each in [found] if isinstance(found, dict) else found:
            if not (each["name"] or "").startswith(f"{kind}_{table}"):
                yield f"{table}: {each['name']} is a {kind}"
    for index in reader.get_indexes(table):
        if not index["name"].startswith((f"ix_{table}", f"uq_{table}")):
            yield f"{table}: {index['name']} is an index"


def test_every_reference_is_the_first_column_of_an_index(app):
    """Or deleting what it points to reads the whole table. People of the office are exempt: they stay."""
    with app.app_context(), unit_of_work(writes=False) as session:
        reader = inspect(session.connection())
        wrong = [f"{table}.{column}" for table in OURS for column in _unindexed(reader, table)]
    assert not wrong


def _unindexed(reader, table):
    first = {index["column_names"][0] for index in reader.get_indexes(table)}
    first |= {unique["column_names"][0] for unique in reader.get_unique_constraints(table)}
    first |= set(reader.get_pk_constraint(table)["constrained_columns"][:1])
    for reference in reader.get_foreign_keys(table):
        if reference["referred_table"] != "user" and reference["constrained_columns"][0] not in first:
            yield reference["constrained_columns"][0]


def test_the_index_itself_is_exempt_from_the_comparison(app):
    with app.app_context(), unit_of_work(writes=False) as session:
        reader = inspect(session.connection())
        unmodelled = set(reader.get_table_names()) - set(OURS) - {"alembic_version"}
        assert unmodelled <= upgrade.OURS_ALONE
        assert bool(unmodelled) == is_sqlite()
