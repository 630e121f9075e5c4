"""Which words somebody read is told by a version: words that change are counted up, or the record would be wrong."""

import hashlib
import re

import pytest

from crm.domain import disclosures, forward_questions, keeping_answers
from tests.structure.source import ROOT

READ_LIKE = {
    "forward 1": ("mail/forward", "15590bfebf44a459"),
    "shortlist 1": ("mail/shortlist", "01a6ad6926165305"),
    "forward 2026-11": (
        "mail/forward_ask mail/forward_reminder guest/_questions.html guest/question.html",
        "9ae18518df9ea167",
    ),
    "forward 2026-11.2": (
        "mail/forward_ask mail/forward_reminder guest/_questions.html guest/question.html",
        "8ec533055fdb9fe0",
    ),
    "keeping 2026-11": ("mail/keep_in_touch guest/keeping.html", "d60e398f4be5309f"),
}
"""Where the words of each version stand, and the checksum of how they read. Released versions stay in here."""
MARKED = re.compile(r'\b_\("((?:[^"\\]|\\.)+)"')


def now_used():
    letters = [f"{kind} {version}" for kind, version in disclosures.TEXT_VERSIONS.items()]
    return [*letters, forward_questions.TEXT_VERSION, keeping_answers.TEXT_VERSION]


@pytest.mark.parametrize("version", now_used())
def test_words_that_change_are_a_new_version(version):
    assert version in READ_LIKE, f"add {version} here, with the checksum of its words"
    where, known = READ_LIKE[version]
    assert read(where) == known, f"the words of “{version}” have changed: count it up, and pin {read(where)}"


def read(where):
    digest = hashlib.sha256()
    for name in where.split():
        at = ROOT / "templates" / name
        for file in sorted(at.iterdir()) if at.is_dir() else [at]:
            digest.update(" ".join(said(file)).encode())
    return digest.hexdigest()[:16]


def said(file):
    """What is marked to be translated, whatever stands around it; all, where nothing is."""
    text = file.read_text()
    return MARKED.findall(text) or text.split()
