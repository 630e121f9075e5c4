"""The full-text index over search_entry: FTS5 kept by triggers on SQLite, a generated tsvector on PostgreSQL."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTS = "kind, title, person, tags, resume"
NEW = "new.kind, new.title, new.person, new.tags, new.resume"
OLD = "old.kind, old.title, old.person, old.tags, old.resume"
JOINTS = "@./_:-+=&?%#~"
WORDS = f"translate({{}}, '{JOINTS}', '{' ' * len(JOINTS)}')"
"""PostgreSQL would keep addresses and hosts whole; taken apart they are found by each of their words, as on SQLite."""
SQLITE = (
    f"""CREATE VIRTUAL TABLE search_fts USING fts5(
        {PARTS}, content='search_entry', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
    "INSERT INTO search_fts(search_fts) VALUES ('rebuild')",
    f"""CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_fts(rowid, {PARTS}) VALUES (new.id, {NEW}); END""",
    f"""CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_fts(search_fts, rowid, {PARTS}) VALUES ('delete', old.id, {OLD}); END""",
    f"""CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
        INSERT INTO search_fts(search_fts, rowid, {PARTS}) VALUES ('delete', old.id, {OLD});
        INSERT INTO search_fts(rowid, {PARTS}) VALUES (new.id, {NEW}); END""",
)
POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TEXT SEARCH CONFIGURATION first_call (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION first_call ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple",
    f"""ALTER TABLE search_entry ADD COLUMN document tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('first_call', {WORDS.format("left(title, 1000)")}), 'A')
        || to_tsvector('first_call', {WORDS.format("left(person || ' ' || tags || ' ' || resume, 400000)")})) STORED""",
    "CREATE INDEX ix_search_entry_document ON search_entry USING gin (document)",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER search_entry_{trigger}")
        op.execute("DROP TABLE search_fts")
    else:
        op.execute("ALTER TABLE search_entry DROP COLUMN document")
        op.execute("DROP TEXT SEARCH CONFIGURATION first_call")
