"""Words about a person that say nothing of their work: a quiet remark, never a refusal.

Whoever wrote them may have a good reason, and a list cannot read; so nothing is decided here.
"""

import re

WORDS = {
    "age": ("young", "younger", "too old", "older", "years old", "age", "elderly", "retire\\w*", "pension\\w*"),
    "family": (
        "family", "children", "kids?", "baby", "pregnan\\w+", "maternity", "paternity", "parental", "married",
        "marriage", "husband", "wife", "mother", "father", "divorced?", "childcare",
    ),
    "health": (
        "(his|her|their) health", "unhealthy", "ill", "illness", "sick\\w*", "disab\\w+", "handicap\\w*", "depress\\w+",
        "burn-?out", "wheelchair",
    ),
    "origin": (
        "foreign\\w*", "immigra\\w+", "nationality", "native speaker", "ethnic\\w*", "racial", "religio\\w*", "muslim",
        "jewish", "hindu", "visa", "passport",
    ),
    "accent": ("accents?", "broken english"),
    "fit": ("(culture |cultural |team )?fit", "one of us"),
}  # fmt: skip
PATTERN = re.compile(rf"\b({'|'.join(word for words in WORDS.values() for word in words)})\b", re.IGNORECASE)


def sentence(found: list[str]) -> str:
    quoted = ", ".join(f"“{word}”" for word in found)
    return f"A word to look at again: {quoted}. They may read this one day; what the work asked for says more."


def remarks(*texts: str | None) -> list[str]:
    """The words that stand out, as they were written, each once."""
    return list(dict.fromkeys(found[0] for text in texts if text for found in PATTERN.finditer(text)))
