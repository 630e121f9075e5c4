"""Mail addresses: plain, divided over two lines, or written so that robots do not see them."""

import re
from itertools import islice

from crm.kit.contacts_words import fold

_LOCAL = re.compile(r"[\w.+'-]{1,64}\Z")
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,62}\.){1,8}[^\W\d_]{2,24}")
_LONGEST = 255
_MOST = 200
_AT = r"\s?[\[({<]\s?(?:at|ät|arobase|σ|собака)\s?[\])}>]\s?"
_DOT = r"(?:\.|\s?[\[({<]\s?(?:dot|punkt|point|punt|τελεια|точка)\s?[\])}>]\s?|\s(?:dot|punkt)\s)"
_HIDDEN = re.compile(rf"(?<![\w.+-])([\w.+-]{{1,64}}){_AT}([\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}})", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<![\w.+-])([\w.+-]{1,64}(?: (?:dot|punkt) [\w+-]{1,64}){0,3}) at "
    r"([\w-]{1,63}(?: (?:dot|punkt) [\w-]{1,63}){1,4})\b",
    re.IGNORECASE,
)
_SAID_DOT = re.compile(_DOT, re.IGNORECASE)
_COMMON_ENDS = ("com", "org", "net", "edu", "gov", "info", "biz", "name", "dev", "app", "tech", "pro", "online")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
_SPLIT_AT = re.compile(r"[ \t]{0,3}@[ \t]{0,3}\n?[ \t]{0,3}")


def find(text: str) -> list[str]:
    """In the order of the document, each once."""
    found = [address for at in _ats(text) if (address := _around(text, at))]
    found += [_said(match) for pattern in (_HIDDEN, _SPOKEN) for match in pattern.finditer(text)]
    return list({address.lower(): address for address in reversed(found)}.values())[::-1]


def spans(line: str) -> list[tuple[int, int]]:
    """Where addresses stand in a line: what is digits there is no phone."""
    return [match.span() for match in re.finditer(r"[^\s@]{0,64}@[^\s@]{1,255}", line)] if "@" in line else []


def _ats(text: str) -> list[re.Match[str]]:
    return list(islice(_SPLIT_AT.finditer(text), _MOST))


def _around(text: str, at: re.Match[str]) -> str | None:
    before, after = text[max(at.start() - 80, 0) : at.start()], text[at.end() : at.end() + _LONGEST]
    joined = at.group() != "@"
    if not before or before[-1] == "\n":
        before, joined = before.rstrip("\n"), True
    local = _LOCAL.search(before)
    domain = _DOMAIN.match(after) or _DOMAIN.match(_unbroken(after))
    if not local or not domain:
        return None
    name = re.sub(r"^mailto:|^[.'-]+|[.]+$", "", local.group())
    certain = not joined or _is_common(domain.group())
    return f"{name}@{domain.group()}" if name and certain else None


def _unbroken(after: str) -> str:
    """A domain that goes on in the next line: "example\\n.com", "example.\\ncom"."""
    return re.sub(r"(?<=\.)[ \t]?\n|[ \t]?\n(?=\.)", "", after, count=2)


def _is_common(domain: str) -> bool:
    end = domain.rpartition(".")[2].lower()
    return len(end) == 2 or end in _COMMON_ENDS


def _said(match: re.Match[str]) -> str:
    local, domain = (_SAID_DOT.sub(".", part) for part in match.groups())
    return f"{local}@{domain}"


def likeness(name: str, address: str) -> float:
    """How much of a name stands in an address: 1 all of it (or initials and surname), 0 nothing."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    spelled = [word.translate(_SPELLED) for word in words]
    return max(_agreement(list(map(fold, words)), address), _agreement(list(map(fold, spelled)), address))


def _agreement(words: list[str], address: str) -> float:
    local, _, domain = fold(address).partition("@")
    place = local + " " + domain.rpartition(".")[0]
    if not words:
        return 0
    whole = [word for word in words if len(word) > 1 and _stands(word, place)]
    if len(whole) == len(words) or any(initials in local for initials in _initialled(words)):
        return 1
    return 0.6 if any(len(word) > 2 for word in whole) else 0


def _stands(word: str, place: str) -> bool:
    return word in place if len(word) > 3 else word in re.split(r"[^a-z]+", place)


def _initialled(words: list[str]) -> list[str]:
    first, last = words[0], words[-1]
    if len(words) < 2 or len(last) < 3 or len(first) < 3:
        return []
    return [first[0] + last, f"{first[0]}.{last}", last + first[0], first + last[0]]
