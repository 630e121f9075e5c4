"""Bytes to characters, and characters to text that is safe to store, search and show."""

import re
import unicodedata

MAX_CHARACTERS = 1_000_000

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LANGUAGES = {  # the commonest letters of a language, by the code pages it was written in
    ("cp1251", "koi8-r", "cp866", "iso8859-5"): "оеаинтсрвлкмдпу",
    ("cp1253", "iso8859-7"): "αοιετσνηυρπκμλάέίόή",
    ("gb18030", "big5"): "的一是在有年公司大学工作教育技术人中电话姓名个项目",
    ("shift_jis", "euc_jp"): "のにをはがでとしたるい年月大学",
}
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{4}")  # accented letters stand among plain ones
_LIKELY = 0.1  # Chinese has thousands of letters
_SAMPLE = 20_000

# Ligatures, presentation forms, full-width letters and digits, mathematical letters, Kangxi radicals and odd
# spaces are only other shapes of ordinary letters; a search would miss them. NFKC of everything would make 22 of 2².
_SHAPES = re.compile(
    "[\u00a0\u02c9\u1680\u2000-\u200a\u202f\u205f\u3000\u2f00-\u2fd5\ufb00-\ufdff\ufe70-\ufefc\uff0b\uff0d\uff0e\uff10-\uff19"
    "\uff20-\uff3a\uff41-\uff5a"
    "\U0001d400-\U0001d7ff]+"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ICONS = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff]+"
)


def decode(data: bytes) -> str:
    """The text of a plain file. UnicodeDecodeError when it is none."""
    for mark, codec in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(codec)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_code_page(data[:_SAMPLE]), errors="replace")


def _code_page(sample: bytes) -> str:
    """The old code page whose commonest letters make up most of what is not ASCII; Western when words are mixed."""
    if not _FOREIGN_WORD.search(sample):
        return "cp1252"
    scores = {page: _likeness(sample, page, letters) for pages, letters in _LANGUAGES.items() for page in pages}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > _LIKELY else "cp1252"


def _likeness(sample: bytes, page: str, letters: str) -> float:
    foreign = [c for c in sample.decode(page, errors="replace") if c > "\x7f"]
    return sum(c in letters for c in foreign) / max(len(foreign), 1)


def tidy(text: str) -> str:
    """Ordinary letters, "\\n" line ends, nothing invisible, at most MAX_CHARACTERS."""
    text = _LINE_ENDS.sub("\n", text[: 2 * MAX_CHARACTERS])
    text = _ICONS.sub("•", _UNSEEN.sub("", text))
    text = _SHAPES.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    return unicodedata.normalize("NFC", text)[:MAX_CHARACTERS]
