"""What of a company's name tells it from others, and whether two names, or a name and a domain, are one company.

Names are written by hand: "Acme GmbH, Berlin", "Google (Alphabet)", "Acme / Globex", "acme.com". Each is read in every
way that somebody may have meant; two are the same where one of the ways is. Rather once too often than too seldom,
since what is asked is whether something must not go there.
"""

import re

from crm.kit import domains, lookalikes

LEGAL_FORMS = frozenset(
    ("ab", "ag", "aps", "as", "asa", "bv", "co", "corp", "corporation", "doo", "ek", "ev", "gbr", "gmbh", "inc",
     "incorporated", "kft", "kg", "kgaa", "limited", "llc", "llp", "ltd", "ltda", "mbh", "nv", "ohg", "oy", "oyj",
     "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "sasu", "se", "spa", "spzoo", "srl", "sro", "ug")
)  # fmt: skip
_CLEAR = LEGAL_FORMS - {"as", "co", "ev", "sa", "se", "spa"}
"""Those that are no word besides: what comes after one is a place."""
BRANCHES = frozenset(
    """america americas apac austria belgium benelux canada company deutschland emea españa europe france germany global
    group gruppe holding holdings india international ireland italia italy japan nederland netherlands nordics polska
    schweiz spain suisse sverige sweden switzerland the uk us usa worldwide österreich""".split()
)
"""What a company's name may have besides in one country and not in another."""
_COMMON = frozenset(
    ("air", "bank", "central", "credit", "electric", "energy", "fashion", "first", "food", "foods", "gas", "insurance",
     "media", "news", "oil", "post", "power", "radio", "rail", "steel", "telecom", "telekom", "television", "times",
     "tv", "united", "water", "of", "de", "for", "für")
)  # fmt: skip
"""Half a name: what is left of "Air France" without the country is no airline of its own."""
_LED_BY = frozenset(
    "a an by ehemals ex former formerly früher of part subsidiary vormals aka dba now jetzt heute".split()
)
_JOINING = frozenset("and et og och und y".split())
_ENDINGS = ("corp", "gmbh", "group", "gruppe", "holding", "inc", "llc", "ltd")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_DOTTED = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_SLASHED = re.compile(r"\b([aiks])/([as])\b")
_ZOO = re.compile(r"\bsp\.?\s*z\s*\.?o\.?\s*o\b\.?")
_BESIDE, _BEHIND = re.compile(r"\s*[/|;]\s*"), re.compile(r"\s*,\s*|\s+[-\u2010-\u2015·@]\s+")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?[\w-]+(?:\.[\w-]+)+/?")
_ENDS_LIKE_A_DOMAIN = re.compile(r"\.(?:[a-z]{2}|com|org|net|info|biz|app|dev|tech|example)$")
_SHORTEST, _LEAST_LEFT = 2, 4


def telling(key: str) -> list[str]:
    """The words of a name in lower case without its legal form: Acme GmbH & Co. KG is Acme."""
    words = re.findall(r"\w+", key)
    return [word for word in words if word not in LEGAL_FORMS] or words


def key(company: str) -> str:
    """Acme GmbH & Co. KG is Acme."""
    return _bare(_words(_plain(_cleared(company))))


def is_same(one: str, other: str) -> bool:
    """Whether these two names are of one company. What is in brackets or after a comma may be the place as well as the
    name of the group: it counts against the other's own name, and not against what is beside that.
    """
    (heads, besides), (other_heads, others_besides) = _ways(one), _ways(other)
    return bool(heads & (other_heads | others_besides) or besides & other_heads)


def is_at(company: str, address: str) -> bool:
    """Whether the domain of a mail address is this company's, by the one label that is registered: "mail." and ".co.uk"
    are nobody's names.
    """
    label = domains.label(address.rpartition("@")[2])
    if not label:
        return False
    heads, _ = _ways(company)
    return bool(heads & _labelled(label) or _bracketed(company) & _labelled(label))


# --- parts


def _ways(company: str) -> tuple[set[str], set[str]]:
    """How a company may be called: by its own names, and by what stands beside them."""
    said = _cleared(company)
    heads: set[str] = set()
    besides = _bracketed(company)
    for name in (said, *_BESIDE.split(_BRACKETS.sub(" ", said))):
        head, *behind = _BEHIND.split(_BRACKETS.sub(" ", name))
        heads |= _named(head) | _named(_BRACKETS.sub(" ", name))
        besides |= {way for part in behind for way in _named(part)}
    return heads, besides - heads


def _bracketed(company: str) -> set[str]:
    return {way for part in _BRACKETS.findall(_cleared(company)) for way in _named(part)}


def _cleared(company: str) -> str:
    """In lower case, dotted legal forms without their dots, odd letters read as what they look like."""
    said = " ".join(map(lookalikes.one_script, company.split())).casefold()
    said = _SLASHED.sub(r"\1\2", _ZOO.sub("spzoo", said))
    return _DOTTED.sub(lambda match: match.group().replace(".", ""), said)


def _named(name: str) -> set[str]:
    """One name, as it is spelled, without its legal form, and as domains have it: Müller is mueller there."""
    first, _, more = name.strip().partition(" ")
    if _ADDRESS.fullmatch(first) and (label := _registered(first)):
        return _labelled(label) | _named(more)
    ways = set()
    for spelled in (_plain(name), _plain(name.translate(_SPELLED))):
        words = _words(spelled)
        ways |= {"".join(words), _bare(words), _bare(_before_its_form(words))}
    return {way for way in ways if len(way) >= _SHORTEST and way not in LEGAL_FORMS and not way.isdecimal()}


def _registered(said: str) -> str:
    host = said.removeprefix("https://").removeprefix("http://").rstrip("/")
    return domains.label(host) if _ENDS_LIKE_A_DOMAIN.search(host) else ""


def _words(plain: str) -> list[str]:
    """Without what introduces a name ("formerly", "a ... company") or joins two parts of one."""
    words = re.findall(r"\w+", plain)
    while len(words) > 1 and words[0] in _LED_BY:
        words = words[1:]
    inner = [word for word in words[1:-1] if word not in _JOINING]
    return [*words[:1], *inner, *words[1:][-1:]]


def _bare(words: list[str]) -> str:
    bare = [word for word in words if word not in LEGAL_FORMS] or words
    left = [word for word in bare if word not in _PLAIN_BRANCHES]
    return "".join(bare if not left or (_COMMON.issuperset(left)) else left)


def _before_its_form(words: list[str]) -> list[str]:
    """Acme GmbH Berlin is Acme."""
    forms = (place for place, word in enumerate(words) if word in _CLEAR and place)
    return words[: next(forms, len(words))]


def _labelled(label: str) -> set[str]:
    """ "acme-corp" and "acmegroup" are acme, too."""
    plain = _plain(label)
    glued = plain.replace("-", "")
    ways = {glued, _bare(_words(plain.replace("-", " ")))}
    for ending in _ENDINGS:
        rest = glued.removesuffix(ending)
        if rest != glued and len(rest) >= _LEAST_LEFT:
            ways.add(rest)
    return {way for way in ways if len(way) >= _SHORTEST}


def _plain(text: str) -> str:
    return lookalikes.folded(text.casefold().translate(_LETTERS))


_PLAIN_BRANCHES = frozenset(map(_plain, BRANCHES))
