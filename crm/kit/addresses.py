"""Mail addresses beyond their shape: which are the same mailbox, and our own with a word after a plus."""

import re

_KEYED = re.compile(r"\+(b|r|log|cv)-([0-9a-z]{20,40})@")


def normal(address: str) -> str:
    """One key for one mailbox: without case, and without what stands after a plus."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.split('+', 1)[0] or local}@{domain}"


def domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def with_word(address: str, word: str) -> str:
    """crm@example.org with "b-123" is crm+b-123@example.org."""
    local, _, host = address.rpartition("@")
    return f"{local}+{word}@{host}"


def words_in(text: str, ours: str) -> list[tuple[str, str]]:
    """(purpose, key) of each of our own addresses with a key that stands in the text; `ours` is the plain one."""
    local, _, host = ours.lower().rpartition("@")
    found = re.finditer(re.escape(local) + _KEYED.pattern + re.escape(host), text.lower())
    return list(dict.fromkeys((one.group(1), one.group(2)) for one in found))
