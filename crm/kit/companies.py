"""What of a company's name tells it from others."""

import re

LEGAL_FORMS = frozenset(
    ("ab", "ag", "as", "asa", "bv", "co", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "limited", "llc",
     "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "spa", "srl", "ug")
)  # fmt: skip


def telling(key: str) -> list[str]:
    """The words of a name in lower case without its legal form: Acme GmbH & Co. KG is Acme."""
    words = re.findall(r"\w+", key)
    return [word for word in words if word not in LEGAL_FORMS] or words
