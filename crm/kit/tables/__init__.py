"""Files of people as others hand them out, read into rows: CSV, XLSX, JSON, vCard and packed exports.

Whatever comes is untrusted: `crm.kit.tables.child` reads it in the sandbox and says it line by line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
"""A person as the files tell it: full_name, first_name, last_name, emails, phones, links, location, headline, employer,
source, tags, availability, notice_period, pay_expectation; notes [{text, at, by}]; applications [{role, team, stage,
disposition, reason, applied_on, decided_on}]; more {label: words}; problems [sentence]. Days are ISO 8601.
"""
MOST_COLUMNS = 500
LONGEST_CELL = 2_000_000


class Unreadable(Exception):
    """No file of people; str(error) is a sentence for whoever brought it."""


@dataclass
class Table:
    """`columns` is empty where the rows are records already; else they are cells, in the order of the columns."""

    kind: str
    rows: Iterator[tuple[int, Any]]
    columns: list[str] = field(default_factory=list)
    source: str = ""
    """The program that it was exported from, where that is known."""
