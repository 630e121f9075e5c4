"""The forms of a word that count as the same: engineers, engineer, engineering. And its slips, for names.

English endings, put on and taken off; a form that nobody ever wrote finds nothing. Short words, and words with other
letters than a to z, have no forms.
"""

from functools import lru_cache

SHORTEST = 4
"""Of such words forms are looked for; "go" and "ops" stand for themselves."""
MOST = 12
LEAST_TYPO = 4
"""Shorter names are too near to one another."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEEP = frozenset(
    """analysis always business news series species process address access class less mass loss boss
    during using string spring bring king ring wing thing morning evening nothing something everything bing beijing
    need feed seed speed indeed breed java linux windows kubernetes pandas keras jenkins postgres james paris
    texas status campus focus virus bonus plus atlas canvas redis sales mathematics physics economics politics
    logistics statistics ethics graphics""".split()
)
"""Whose ending is none."""


@lru_cache(maxsize=4_000)
def of(word: str) -> tuple[str, ...]:
    """The word itself first."""
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return (word,)
    found = [*written(word)]
    for root in _roots(word):
        found += [root, *_inflected(root)]
    return tuple(dict.fromkeys(form for form in found if len(form) >= SHORTEST - 1))[:MOST]


def written(word: str) -> tuple[str, ...]:
    """The word, and how else the same name is written: Mueller for Müller, which the index has as muller."""
    plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return (word, plain) if plain != word and len(word) > SHORTEST else (word,)


def _roots(word: str) -> list[str]:
    if word in KEEP:
        return []
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2 and _has_vowel(word[: -len(ending)]):
            return [f"{word[:-3]}y"] if word.endswith("ied") else _without(word[: -len(ending)])
    return _without_s(word)


def _without_s(word: str) -> list[str]:
    if word.endswith("ies") and len(word) > 5:
        return [f"{word[:-3]}y"]
    if word.endswith(("ses", "xes", "zes", "ches", "shes")) and len(word) > 5:
        return [word[:-2], word[:-1]]
    return [word[:-1]] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else [word]


def _has_vowel(root: str) -> bool:
    return any(letter in "aeiouy" for letter in root)


def _without(root: str) -> list[str]:
    """What stood before -ing or -ed: manag(e), plan(n), test."""
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
        return [root[:-1]]
    if root[-1] in "cgsuvz" and not root.endswith("ss"):
        return [f"{root}e"]
    if root[-1] in "aeiouwxy" or root[-2] not in "aeiou":
        return [root, f"{root}e"] if root[-1] in "tlr" else [root]
    return [root, f"{root}e"]


def _inflected(root: str) -> list[str]:
    if root.endswith("e"):
        return [f"{root}s", f"{root}d", f"{root[:-1]}ing"]
    if root.endswith("y") and root[-2] not in "aeiou":
        return [f"{root[:-1]}ies", f"{root[:-1]}ied", f"{root}ing"]
    if root.endswith(("s", "x", "z", "ch", "sh")):
        return [f"{root}es", f"{root}ed", f"{root}ing"]
    doubled = [f"{root}{root[-1]}{end}" for end in ("ed", "ing")] if _is_doubled(root) else []
    return [f"{root}s", f"{root}ed", f"{root}ing", *doubled]


def _is_doubled(root: str) -> bool:
    """plan, planning; ship, shipped."""
    return len(root) in {3, 4} and root[-1] in "bdgmnpt" and root[-2] in "aeiou" and root[-3] not in "aeiou"


@lru_cache(maxsize=200)
def slips(name: str) -> tuple[str, ...]:
    """What the name would be with one letter too many, too few, wrong, or changed with its neighbour; itself first."""
    if not LEAST_TYPO <= len(name) <= 20 or not name.isalpha():
        return (name,)
    halves = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    letters = LETTERS if name.isascii() else "".join(sorted(set(name)))
    found = [name]
    found += [left + right[1:] for left, right in halves if right]
    found += [left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1]
    found += [left + letter + right[1:] for left, right in halves if right for letter in letters]
    found += [left + letter + right for left, right in halves for letter in letters]
    return tuple(dict.fromkeys(found))
