"""Takes out of a text how somebody is reached, or everything by which they are known: names, handles, employer.

Rather too much than too little. What is looked for is compared without accents, case, invisible characters and odd
digits, so that "J Ü R G E N", "Juergen" and "jürgen." are one; what is taken out is the text as it stood.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from crm.kit import companies, lookalikes
from crm.kit.likeness import ORDINARY

MARK = "[hidden]"
Span = tuple[int, int]

_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "miss", "prof", "jr", "sr"))
_UNSPACED = "\u0e00"
"""From Thai on, scripts that set no spaces between words."""

_ENDS = (
    "com|org|net|edu|gov|info|biz|name|dev|app|tech|pro|online|site|page|blog|io|me|co|ai|uk|us|eu|de|at|ch|li|fr|es|"
    "it|pt|nl|be|lu|dk|se|no|fi|is|ie|pl|cz|sk|hu|ro|bg|gr|hr|si|rs|tr|ru|ua|in|cn|jp|kr|br|mx|ar|cl|ca|au|nz|za|gg|ly|ee|xyz|cloud|social|codes|link|example"
)
_NO_PLACES = frozenset(("asp.net", "ado.net", "vb.net", "ml.net", "socket.io", "draw.io", "node.me"))
_SITES = (
    "linkedin|xing|github|gitlab|bitbucket|twitter|skype|telegram|signal|whatsapp|wechat|line|instagram|facebook|"
    "mastodon|bluesky|bsky|medium|stackoverflow|kaggle|dribbble|behance|orcid|discord|matrix|threema"
)
_CALLED = "id|name|handle|user(?:name)?|tag|account|profile|profil|konto"
_PERSONAL = "linkedin|xing|github|gitlab|bitbucket|twitter|skype|telegram|threema|instagram|discord|mastodon"
_NO_NAMES = (
    "actions?|pages|copilot|workflows?|runners?|enterprise|flow|cloud|server|bots?|apis?|apps?|community|communities|"
    "integration|pipelines?|packages?|projects?|issues|repos?|repositories|marketing|ads|recruiter|learning|"
    "navigator|groups?|channels?|administration|automation|management|users?|webhooks?|oauth|security"
)
_AT = r"\s{0,3}(?:@|[\[({<]\s?(?:at|arobase)\s?[\])}>])\s{0,3}"
_DOT = r"(?:\.|\s?[\[({<]\s?(?:dot|punkt|point|punto)\s?[\])}>]\s?|\s(?:dot|punkt)\s)"
_ADDRESS = re.compile(rf"(?<![\w.+'-])[\w.+'-]++{_AT}[\w-]{{1,63}}(?:{_DOT}\n?[\w-]{{1,63}}){{1,5}}")
_SPOKEN = re.compile(
    r"(?<![\w.+-])[\w.+-]++(?: (?:dot|punkt) [\w+-]{1,64}){0,3} at [\w-]{1,63}(?: (?:dot|punkt) [\w-]{1,63}){1,4}"
)
_LINK = re.compile(r"(?:[a-z][a-z+.-]{1,12}://|www\.|mailto:|tel:)[^\s<>]*[^\s<>.,;:!?)\]]")
_PLACE = re.compile(
    rf"(?<![\w.@-])(?:[a-z0-9](?:[\w-]{{0,62}})\.){{1,4}}(?:{_ENDS})(?![\w-])(?:[/:?#](?:[^\s<>]*[^\s<>.,;:!?)\]])?)?"
)
_HANDLE = re.compile(r"(?<![\w@])@[\w][\w.-]{1,63}")
_AT_SITE = re.compile(
    rf"(?<![\w])(?:{_SITES})(?:\.\w{{2,4}})?(?:[ -]?(?:{_CALLED}))?\s?(?:[:/|]|\s-\s|id:)\s?(?:in/|/)?"
    r"[^\s,;|]{1,}[^\s.,;|]"
)
_ODD_NAME = re.compile(
    rf"(?<![\w])(?:{_SITES})(?:[ -](?:{_CALLED}))?[ \t]\(?(?=[\w.#-]*[\d_#])[a-z][\w.-]{{2,40}}(?:#\d{{4}})?\)?"
    r"|(?<![\w#])[a-z][\w.-]{1,31}#\d{4}(?!\w)|(?<!\w)/in/[\w-]{3,60}"
)
"""What is no word, beside the name of a site: night_wolf, nightwolf93, nightwolf#1234."""
_LISTED = re.compile(
    rf"(?:(?<=[|\u00b7\u2022;,(\n])|\A)[ \t]*(?:{_PERSONAL})[ \t](?!(?:{_NO_NAMES})(?!\w))[a-z][\w.-]{{3,40}}[ \t]*"
    r"(?=[|\u00b7\u2022;,)\n]|\Z)"
)
"""A name that could be a word, alone with that of a site between two strokes: github nightwolf | xing wolf"""
_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d[\d \t()./\-\u2010-\u2015\u00b7]{5,40}\d(?![\w])")
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|(?:19|20)\d\d[./-]\d{1,2}(?:[./-]\d{1,2})?(?!\d)"
    r"|\d{1,2}[./-](?:19|20)\d\d(?!\d)|(?:19|20)\d\d(?!\d)"
)
_STREET = re.compile(
    r"\b\w[\w.-]{0,40}(?:strasse|straße|str\.|gasse|allee|platz|weg)\s?\d+\s?[a-z]?\b"
    r"|\b\d{1,5}[a-z]?,? (?:\w+ ){1,3}(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|boulevard|"
    r"blvd\.?|way|court|ct\.?|square)\b"
    r"|\b(?:\d{1,5},? )?(?:rue|avenue|calle|via|avenida|plaza)\s(?:[\w']+ ){1,4}\d{0,5}"
)
_BOX = re.compile(
    r"(?<!\w)(?:postfach|p\.?\s?o\.?[\s-]?box|post office box|postbus|postboks|boite postale|"
    r"apartado(?: de correos| postal)?|casella postale)[\s:]{1,3}(?:(?:nr|no|n)\.?\s?)?\d[\d \t]{0,10}(?<=\d)"
)
_MONTHS = (
    "jan|feb|mar|mrz|maer|apr|mai|may|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic|fev|avr|juin|juil|aou|janv"
)
_BIRTHDAY = (
    rf"(?:\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?\d{{2,4}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er)?\.?\s(?:de\s|of\s)?(?:{_MONTHS})[a-z]{{0,7}}\.?,?(?:\sde)?\s\d{{4}}"
    rf"|(?:{_MONTHS})[a-z]{{0,7}}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})"
)
_SINCE = r"(?:19[3-9]\d|200\d)"
"""Years in which somebody who works was born."""
_BORN = re.compile(
    r"(?<!\w)(?:(?:date|day|year|place and date|date and place) of birth|(?:date|jour|lieu et date) de naissance|"
    r"(?:fecha|dia|ano) de nacimiento|data di nascita|born|birth(?:day|date)?|d\.?o\.?b\.?|geb\.?|geboren|"
    r"geburts(?:tag|datum|jahr)|jahrgang|nacid[oa])(?![^\W\d_])"
    rf"(?:[^\d]{{0,30}}{_BIRTHDAY}|[\s:,.]{{0,3}}(?:(?:in|en|im jahr|year)[\s:]{{1,2}})?{_SINCE}(?!\d|[./-]\d))"
    rf"|(?<!\w)(?:nee?|nat[oa])\s(?:le|il|el|a|en|nel)\s[^\n\d]{{0,30}}(?:{_BIRTHDAY}|{_SINCE}(?!\d))"
    rf"|(?<![^\s(,;|])[*\u2217\u22c6\u2605][ \t]?\d{{1,2}}\.\d{{1,2}}\.{_SINCE}"
    r"(?!\d|\s?(?:[-\u2010-\u2015]|to|bis|until)\s?\d)"
)
_WORD_ALONE = re.compile(r"[^\W\d_]+")
_LEAST_DIGITS, _LEAST_LETTERS, _LONGEST_WORD = 7, 4, 64


@dataclass(frozen=True)
class Identity:
    """By what somebody is known, as it is on record."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    employers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def hide_contact(text: str) -> str:
    """Without mail addresses, links, handles, numbers to call, streets and boxes, whoever they belong to."""
    folded = _Folded(text)
    return folded.without(_contact(folded.text))


def contact_spans(text: str) -> list[Span]:
    """Where that stands in it."""
    folded = _Folded(text)
    return [folded.place(*span) for span in _contact(folded.text)]


def hide(text: str, identity: Identity) -> str:
    """Without all that, the day of their birth, and anything of this identity."""
    folded = _Folded(text)
    return _tidied(folded.without([*_contact(folded.text), *_known(folded, identity)]))


def tells(text: str, identity: Identity) -> str:
    """The first words in it by which they are known, or nothing."""
    folded = _Folded(text)
    found = sorted([*_contact(folded.text), *_known(folded, identity)])
    return folded.original(*found[0]) if found else ""


# --- the text, as it is compared


class _Folded:
    """Each character of `text` knows its place in the original."""

    def __init__(self, original: str) -> None:
        self._original = original
        characters: list[str] = []
        self._places: list[int] = []
        for place, character in enumerate(_WORD_ALONE.sub(_in_one_script, original)):
            for plain in _plain(character):
                characters.append(plain)
                self._places.append(place)
        self.text = "".join(characters)

    def place(self, start: int, end: int) -> Span:
        return self._places[start], self._places[end - 1] + 1

    def original(self, start: int, end: int) -> str:
        return self._original[slice(*self.place(start, end))]

    def without(self, spans: Iterable[Span]) -> str:
        kept, upto = [], 0
        places = sorted(self.place(start, end) for start, end in spans if start < end)
        for start, end in places:
            if start >= upto:
                kept.append(self._original[upto:start] + MARK)
            upto = max(upto, end)
        return "".join(kept) + self._original[upto:]


def _in_one_script(word: re.Match[str]) -> str:
    """As long as before: a letter of another script that only looks Latin, among Latin ones."""
    return lookalikes.one_script(word.group())


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if unicodedata.category(character) == "Cf":
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    lower = character.casefold().translate(_SPECIAL)
    return "".join(part for part in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(part))


def _key(text: str) -> str:
    return "".join(map(_plain, text))


def _tidied(text: str) -> str:
    """An initial beside what was hidden goes with it, and several of one line are one."""
    mark = re.escape(MARK)
    text = re.sub(rf"(?<!\w)(?:\w\.[ -]?){{1,3}}{mark}|{mark}(?:[ -]?\w\.){{1,2}}(?!\w)", MARK, text)
    return re.sub(rf"{mark}(?:['’]s)?(?:[ \t,;|/._-]{{0,3}}{mark})+", MARK, text)


# --- how anybody is reached


def _contact(text: str) -> list[Span]:
    found = [
        match.span()
        for pattern in (_ADDRESS, _SPOKEN, _LINK, _HANDLE, _AT_SITE, _ODD_NAME, _LISTED, _STREET, _BOX)
        for match in pattern.finditer(text)
    ]
    found += [match.span() for match in _PLACE.finditer(text) if match.group() not in _NO_PLACES]
    return found + [match.span() for match in _NUMBER.finditer(text) if _is_called(match.group())]


def _is_called(number: str) -> bool:
    """What is left once years and dates are out of it has the digits of a number to call."""
    if number.startswith("+"):
        return True
    return sum(character.isdigit() for character in _DATE.sub(" ", number)) >= _LEAST_DIGITS


# --- how this one is known


def _known(folded: _Folded, identity: Identity) -> Iterator[Span]:
    yield from _spans(_BORN, folded.text)
    for name in identity.names:
        yield from _named(folded, name)
    for phrase in _phrases(identity):
        yield from _spans(_word(phrase), folded.text)
    for employer in identity.employers:
        yield from _employed(folded, employer)
    for number in identity.numbers:
        yield from _called(folded.text, number)


def _named(folded: _Folded, name: str) -> Iterator[Span]:
    parts = [part for part in re.findall(r"[^\W\d_]+", name) if name.islower() or not part.islower()]
    parts = [part for part in parts if _key(part) not in _TITLES]
    for part in parts:
        for key in _spellings(part):
            if len(key) > 1:
                yield from _one_name(folded, part, key)
    for glued in _glued(parts):
        yield from _spans(re.compile(rf"(?<![^\W\d_]){glued}[\w.-]{{0,64}}"), folded.text)
    if len(parts) > 1:
        yield from _initials(folded, parts)


def _one_name(folded: _Folded, part: str, key: str) -> Iterator[Span]:
    if part >= _UNSPACED:
        yield from _spans(re.compile(re.escape(key)), folded.text)
    elif key in ORDINARY:
        capital = (span for span in _spans(_word(key), folded.text) if not folded.original(*span)[0].islower())
        yield from capital
    elif len(key) > _LEAST_LETTERS:
        yield from (_whole(folded.text, *span) for span in _spans(re.compile(_letters(key)), folded.text))
    else:
        yield from _spans(_word(key), folded.text)
    if len(key) > 2:
        yield from _spans(
            re.compile(r"(?<!\w)" + r"[ .\-_·|\t]{1,3}".join(map(re.escape, key)) + r"(?!\w)"), folded.text
        )


def _glued(parts: list[str]) -> set[str]:
    """As in handles: all of it, an initial with the last name, the first name with an initial; both ways round."""
    keys = [_key(part) for part in parts]
    if len(keys) < 2:
        return set()
    first, last = keys[0], keys[-1]
    pairs = {first + last, last + first, first[0] + last, last + first[0], first + last[0], "".join(keys)}
    return {re.escape(pair) for pair in pairs if len(pair) >= _LEAST_LETTERS and pair not in ORDINARY}


def _initials(folded: _Folded, parts: list[str]) -> Iterator[Span]:
    letters = [re.escape(_key(part)[0]) for part in parts]
    pattern = re.compile(r"(?<!\w)" + r"\.?[ -]?".join(letters) + r"\.?(?!\w)")
    for start, end in _spans(pattern, folded.text):
        said = folded.original(start, end)
        if said == said.upper():
            yield start, end


def _phrases(identity: Identity) -> set[str]:
    """Handles out of addresses and links, domains of one's own, names of files."""
    phrases = {_key(address.partition("@")[0]) for address in identity.addresses}
    phrases |= {_key(link.rstrip("/").rpartition("/")[2].lstrip("@~")) for link in identity.links}
    phrases |= {_key(file) for file in identity.files} | {_key(file.rpartition(".")[0]) for file in identity.files}
    return {phrase for phrase in phrases if len(phrase) >= _LEAST_LETTERS and phrase not in ORDINARY | {"resume"}}


def _employed(folded: _Folded, employer: str) -> Iterator[Span]:
    key = _key(employer)
    telling = companies.telling(key)
    for words in (re.findall(r"\w+", key), telling):
        if words:
            apart = r"[\W_]{0,3}".join(map(re.escape, words))
            yield from _spans(re.compile(rf"(?<!\w){apart}(?:['’]?s)?(?![^\W_])"), folded.text)
    if telling and len(telling[0]) >= _LEAST_LETTERS and telling[0] not in ORDINARY:
        yield from _spans(_word(telling[0]), folded.text)


def _called(text: str, number: str) -> Iterator[Span]:
    digits = "".join(character for character in _key(number) if character.isdigit())[-9:]
    if len(digits) >= _LEAST_DIGITS:
        yield from _spans(re.compile(r"[+(\d]{0,6}" + r"[\W_]{0,3}".join(digits)), text)


# --- parts


def _spellings(part: str) -> set[str]:
    """Müller is also Mueller and Muller, and the other way round."""
    lower = part.casefold()
    plain = _key(part)
    back = re.sub(r"([aou])e", r"\1", plain)
    return {plain, _key(lower.translate(_SPELLED)), back if len(back) > 2 else plain}


def _letters(key: str) -> str:
    """Divided at the end of a line, too."""
    return r"(?:[-\u2010]\s?\n\s?)?".join(map(re.escape, key))


def _word(key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_]){_letters(key)}(?:['’]s)?(?![^\W\d_])")


def _whole(text: str, start: int, end: int) -> Span:
    """With the rest of the word, or of the handle, that it stands in."""
    before = re.search(r"[\w.-]*\Z", text[max(start - _LONGEST_WORD, 0) : start])
    after = re.compile(r"[\w-]*(?:['’]s)?").match(text, end, end + _LONGEST_WORD)
    return start - (len(before.group().lstrip(".-")) if before else 0), after.end() if after else end


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))
