"""`import` and `export` with what is no file, no map or no folder: a sentence each, and never a traceback."""

import contextlib
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from crm.cli import commands
from crm.domain.errors import Refused


@pytest.fixture
def house(sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "first-call.sqlite")
    files = {
        "ok.csv": b"Name,Email\nAda,ada@example.org\nBo,nonsense\n", "empty.csv": b"", "binary.csv": bytes(range(256)),
        "heads.csv": b"Name,Email\n", "words.json": b"nonsense", "list.json": b"[1]", "binary.json": bytes(range(256)),
        "deep.json": b"[" * 100_000, "column.json": b'{"Shoe": "email"}', "field.json": b'{"Email": "shoe size"}',
        "nobody.json": b'{"Name": "ignore"}', "right.json": b'{"Email": "note"}',
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    return tmp_path


def said(house, *words):
    """What an operator reads, and the exit code."""
    environment = {"CRM_INSTANCE": str(house), "CRM_DATABASE_URL": f"sqlite:///{house / 'first-call.sqlite'}"}
    done = CliRunner().invoke(commands, [word.replace("@", f"{house}/") for word in words], env=environment)
    if isinstance(done.exception, Refused):
        return str(done.exception), 1
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output, done.exit_code


WRONG = [
    ("import @none.csv", "does not exist", 2),
    ("import @folder", "is a directory", 2),
    ("import @empty.csv", "This file is empty.", 1),
    ("import @binary.csv", "This file is no table of people.", 1),
    ("import @heads.csv", "There is nobody in this file", 1),
    ("import @ok.csv --map @none.json", "does not exist", 2),
    ("import @ok.csv --map @words.json", "is no JSON.", 1),
    ("import @ok.csv --map @binary.json", "is no JSON.", 1),
    ("import @ok.csv --map @deep.json", "is no JSON.", 1),
    ("import @ok.csv --map /proc/self/mem", "cannot be read", 1),
    ("import @ok.csv --map @list.json", "has to say", 1),
    ("import @ok.csv --map @column.json", "There is no column “Shoe” in this file.", 1),
    ("import @ok.csv --map @field.json", "There is no field “shoe size”.", 1),
    ("import @ok.csv --map @nobody.json", "Say which column holds the name", 1),
    ("import @ok.csv --on-known perhaps", "is not one of", 2),
    ("import @ok.csv --as=nobody", "Nobody here has this address.", 1),
    ("export @ok.csv", "is a file", 2),
    ("export @ok.csv/below", "Nothing more can be written into", 1),
    ("export /proc/nowhere", "Nothing more can be written into /proc/nowhere", 1),
    ("export @out --as=nobody", "Nobody here has this address.", 1),
]


def test_what_cannot_be_done_is_said_in_a_sentence(house):
    for words, sentence, code in WRONG:
        told, left = said(house, *words.split())
        assert sentence in told, words
        assert left == code, words
        assert "Traceback" not in told


def test_a_dry_run_changes_nothing_and_the_same_file_again_neither(house):
    words = ("import", "@ok.csv", "--map", "@right.json")
    assert "Would be: 2 made anew." in said(house, *words, "--dry-run")[0]
    assert "Done: 2 made anew." in said(house, *words)[0]
    assert "Done" not in said(house, *words)[0]
    assert said(house, "export", "@out")[1] == 0
    with contextlib.closing(sqlite3.connect(house / "first-call.sqlite")) as database:
        rows = database.execute("select text from event where kind = 'candidates.exported'").fetchall()
    assert [text for (text,) in rows] == ["took out all that Anna Nyholm sees"]
    assert (house / "out" / "candidates.csv").read_bytes().count(b"\r\n") == 3
