"""Words as the full-text index has them: the same letters for the same word, whichever database looks for it.

A text that needs it is written for the index with plain letters; what is plain already stays as it is.
"""

import re
import unicodedata

SPELLED = {"c++": "cplusplus", "c#": "csharp", "f#": "fsharp", ".net": "dotnet", "nodejs": "nodejs"}
SHOWN = {"cplusplus": "C++", "csharp": "C#", "fsharp": "F#", "dotnet": ".NET", "nodejs": "Node.js"}
SPECIAL = re.compile(r"(?<![\w.])(c ?\+\+|c#|f#|\.net|node[. ]?js)(?![\w+#])", re.IGNORECASE)
"""Signs that belong to a name. "C ++" is C++ in a careless hand; "C #" is not taken for C#: "Vitamin C #1"."""
SIGNS = "@./_:-+=&?%#~!\"$'()*,;<>[\\]^`{|}·•“”‘’–—…\u00a0®™€£«»"
"""What stands between words in ordinary texts. A text with these and plain letters needs no writing anew."""
OTHER = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t",
     "ŋ": "n"}
)  # fmt: skip
"""Letters that do not fall into a plain one and a mark."""
UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Scripts without spaces: each sign counts as a word, and a word of several as a phrase."""
_NO_SIGNS = {ord(sign): " " for sign in SIGNS}
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Control characters, marks of direction, halves of pairs."""


def spelled(words: str) -> str:
    """Names of tools whose signs the engines would drop become words of their own."""
    return SPECIAL.sub(lambda match: SPELLED[match[0].lower().replace("node.", "node").replace(" ", "")], words)


def joined(words: str) -> str:
    """C ++ and Node JS in one word, before the words are told apart."""
    return _LOOSE.sub(lambda match: "c++" if match[0][0] in "cC" else "node.js", words)


def shown(words: str) -> str:
    """Spelled the usual way again."""
    return _SHOWN.sub(lambda match: SHOWN[match[0]], words)


def cleaned(words: str) -> str:
    return _UNREADABLE.sub("", words)


def folded(words: str) -> str:
    """No case, no accents, letters of other alphabets as they are."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(OTHER)
    return unicodedata.normalize("NFC", plain)


def tokens(words: str) -> list[str]:
    """As the index has them: letters and digits only, in order."""
    if not words.isascii():
        words = UNSPACED.sub(r" \1 ", cleaned(words).translate(_NO_SIGNS))
    return re.findall(r"[^\W_]+", folded(words))


def plain(words: str) -> str:
    """The tokens of a text in which letters stand that the databases take apart differently; else nothing."""
    return "" if words.translate(_NO_SIGNS).isascii() else " ".join(tokens(words))


_LOOSE = re.compile(r"(?<!\w)(c \+\+|node js)(?![\w+#])", re.IGNORECASE)
_SHOWN = re.compile("|".join(SHOWN))
