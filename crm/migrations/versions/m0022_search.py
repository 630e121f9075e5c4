"""The index with plain letters, names by themselves, and notes; before, one index of four parts."""

import sqlalchemy as sa
from alembic import op

from crm.kit import spelling
from crm.migrations.versions import m0002_search as before

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BATCH = 1_000
TITLE = "CASE WHEN {0}plain_title = '' THEN {0}title ELSE {0}plain_title END"
WORDS = "CASE WHEN {0}plain = '' THEN {0}person || ' ' || {0}tags || ' ' || {0}resume ELSE {0}plain END"
"""What stands in the index."""
INDEXES = {"search_fts": ("kind, title, words", (TITLE, WORDS)), "search_names": ("kind, title", (TITLE,))}


def _sqlite() -> list[str]:
    words = f"SELECT id, kind, {TITLE.format('')} AS title, {WORDS.format('')} AS words FROM search_entry"
    made = [f"CREATE VIEW search_words AS {words}"]
    for name, (parts, _) in INDEXES.items():
        made.append(
            f"CREATE VIRTUAL TABLE {name} USING fts5({parts}, content='search_words', content_rowid='id', "
            "tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        made.append(f"INSERT INTO {name}({name}) VALUES ('rebuild')")
    added, removed = ("; ".join(_row(name, kind) for name in INDEXES) for kind in ("new", "old"))
    made.append(f"CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN {added}; END")
    made.append(f"CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN {removed}; END")
    changed = "AFTER UPDATE OF kind, title, person, tags, resume, plain_title, plain ON search_entry"
    made.append(f"CREATE TRIGGER search_entry_changed {changed} BEGIN {removed}; {added}; END")
    return made


def _row(name: str, which: str) -> str:
    parts, said = INDEXES[name]
    values = ", ".join((f"{which}.kind", *(one.format(f"{which}.") for one in said)))
    if which == "new":
        return f"INSERT INTO {name}(rowid, {parts}) VALUES (new.id, {values})"
    return f"INSERT INTO {name}({name}, rowid, {parts}) VALUES ('delete', old.id, {values})"


def _postgres() -> list[str]:
    """A sign between the title and the rest keeps a phrase from reaching over; no question can ask for it."""
    title = _read(f"left({TITLE.format('')}, 1000)")
    words = _read(f"left({WORDS.format('')}, 400000)")
    document = f"setweight({title}, 'A') || '''·'':1'::tsvector || {words}"
    return [
        f"ALTER TABLE search_entry ADD COLUMN document tsvector GENERATED ALWAYS AS ({document}) STORED, "
        f"ADD COLUMN named tsvector GENERATED ALWAYS AS ({title}) STORED",
        "CREATE INDEX ix_search_entry_document ON search_entry USING gin (document)",
        "CREATE INDEX ix_search_entry_named ON search_entry USING gin (named)",
    ]


def _read(words: str) -> str:
    """Percent signs are doubled for the driver."""
    signs = spelling.SIGNS.replace("'", "''").replace("%", "%%")
    return f"to_tsvector('simple'::regconfig, translate({words}, '{signs}', '{' ' * len(spelling.SIGNS)}'))"


def upgrade() -> None:
    _take_away(("added", "removed", "changed"), ("search_fts",))
    for name in ("plain_title", "plain"):
        op.add_column("search_entry", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _write_plain()
    _add_notes()
    for statement in _sqlite() if _is_sqlite() else _postgres():
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Notes stay; without the newer program nobody finds them."""
    _take_away(("added", "removed", "changed"), INDEXES)
    if _is_sqlite():
        op.execute("DROP VIEW search_words")
    else:
        op.execute("ALTER TABLE search_entry DROP COLUMN named")
    for name in ("plain_title", "plain"):
        op.drop_column("search_entry", name)
    for statement in before.SQLITE if _is_sqlite() else before.POSTGRES[-2:]:
        op.execute(statement)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _take_away(triggers, indexes) -> None:  # type: ignore[no-untyped-def]
    if not _is_sqlite():
        op.execute("ALTER TABLE search_entry DROP COLUMN document")
        return
    for trigger in triggers:
        op.execute(f"DROP TRIGGER search_entry_{trigger}")
    for index in indexes:
        op.execute(f"DROP TABLE {index}")


def _write_plain() -> None:
    connection, last = op.get_bind(), 0
    while True:
        asked = "SELECT id, title, person, tags, resume FROM search_entry WHERE id > :last ORDER BY id LIMIT :most"
        rows = connection.execute(sa.text(asked), {"last": last, "most": BATCH}).all()
        if not rows:
            return
        last = rows[-1].id
        said = [(row.id, spelling.plain(row.title), spelling.plain(" ".join(row[2:]))) for row in rows]
        if plain := [{"id": id_, "title": title, "words": words} for id_, title, words in said if title or words]:
            connection.execute(
                sa.text("UPDATE search_entry SET plain_title = :title, plain = :words WHERE id = :id"), plain
            )


def _add_notes() -> None:
    """What was written about contacts and at decisions."""
    contacts = "SELECT id, text FROM touchpoint WHERE text <> ''"
    decisions = """SELECT application_id AS id, sentence || ' · ' || missing || ' · ' || would_change || ' · ' || agreed
        AS text FROM debrief"""
    connection = op.get_bind()
    for asked in (contacts, decisions):
        known = "SELECT 1 FROM search_entry WHERE search_entry.subject_id = said.id"
        notes = sa.text(f"SELECT id, text FROM ({asked}) AS said WHERE NOT EXISTS ({known})")
        rows = [
            {"id": row.id, "text": spelling.spelled(row.text), "plain": spelling.plain(row.text)}
            for row in connection.execute(notes)
        ]
        insert = """INSERT INTO search_entry (kind, subject_id, title, person, tags, resume, plain_title, plain)
            VALUES ('note', :id, '', '', '', :text, '', :plain)"""
        for start in range(0, len(rows), BATCH):
            connection.execute(sa.text(insert), rows[start : start + BATCH])
