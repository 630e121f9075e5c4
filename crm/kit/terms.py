"""The telling words of a short text: what somebody looks for, a title, a tag."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from crm.kit import gentle
from crm.kit.likeness import ORDINARY
from crm.kit.trades import TRADES

HIRING = frozenset(
    """anybody anyone available background based best candidate colleague company current currently degree
    employee every excellent experience experienced expert expertise familiar freelance full fulltime good great help
    hiring hire hybrid ideal ideally immediately interested join junior knowledge knows least level looking
    lead main maybe minimum months moment nobody none onsite part parttime people permanent person plus position
    possible possibly practice preferably present proven ready really remote remotely role search seek seeking senior
    several skill skilled skills solid someone somebody somewhere soon start strong talent team teams time
    understanding using wants wanting week willing working would years yes yet""".split()
)
"""Words that stand in what everybody looks for."""
SAY_NOTHING = ORDINARY | HIRING
SHORTEST = 2


def stems(text: str) -> dict[str, str]:
    """By stem, the word as it was written; less what says nothing, and words about a person and not their work."""
    left_out = SAY_NOTHING.union(_plain(word) for remark in gentle.remarks(text) for word in remark.split())
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+(?:[+#]+)?", text):
        plain = _plain(word)
        if len(plain) < SHORTEST or plain.isdigit() or plain in left_out:
            continue
        found.setdefault(stem(plain), word)
    return found


@lru_cache(maxsize=2_000)
def telling(text: str) -> Mapping[str, str]:
    """The same, for short texts that are asked about again and again."""
    return MappingProxyType(stems(text))


def is_a_trade(stemmed: str) -> bool:
    """What very many jobs are called; by itself it tells little."""
    return stemmed in _TRADES


def stem(plain: str) -> str:
    """Plural and -ing are the same word: teams, engineering."""
    if len(plain) > 6 and plain.endswith("ing"):
        return plain[:-3]
    if len(plain) > 4 and plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss") else plain


def _plain(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_TRADES = frozenset(stem(word) for word in TRADES)
