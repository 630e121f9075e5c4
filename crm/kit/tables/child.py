"""Runs in the sandbox: says what is in the file on standard input, line by line, as JSON.

First an object: kind, columns, source; or only `trouble`, a sentence. Then [number, cells or record or sentence] for
each row; and `trouble` once more, should the file end in it. Argument: "look", for the
first rows as they are, or a plan.
"""

import json
import sys
from itertools import islice
from typing import Any

from crm.kit.tables import Table, Unreadable, kinds, records

LOOKED_AT = 100
SHOWN = 300
"""Characters of a cell, where it is only looked at."""


def main() -> None:
    sys.setrecursionlimit(2_000)
    try:
        table = kinds.opened(sys.stdin.buffer)
        _say({"kind": table.kind, "columns": table.columns, "source": table.source})
        if sys.argv[1] == "look":
            for number, row in islice(table.rows, LOOKED_AT):
                _say([number, [cell[:SHOWN] for cell in row] if isinstance(row, list) else row])
        else:
            _say_records(table, json.loads(sys.argv[1]))
    except Unreadable as error:
        _say({"trouble": str(error)})
    except RecursionError:
        _say({"trouble": "This file is nested too deeply to be read."})


def _say_records(table: Table, plan: dict[str, Any]) -> None:
    """The plan: fields, one for each column; day_first; after, the number of the row to go on behind."""
    fields, after, day_first = plan["fields"], plan.get("after", 0), plan.get("day_first", True)
    write, dumps = sys.stdout.write, json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
    for number, row in table.rows:
        if number > after:
            told = records.make(row, table.columns, fields, day_first=day_first) if isinstance(row, list) else row
            write(dumps([number, told]) + "\n")


def _say(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    main()
