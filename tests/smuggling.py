"""Forty ways and more of getting two words past a guard, and ordinary texts that say neither."""

import base64
import itertools
import quopri

WORDS = "North Star"


def _b64(text):
    return base64.b64encode(text.encode()).decode()


WAYS = {
    "as it is": WORDS,
    "capitals": "NORTH STAR",
    "mixed case": "nOrTh sTaR",
    "as one word": "Northstar",
    "humped": "aboutNorthStarNow",
    "hyphen": "north-star",
    "underscore": "north_star_plan.pdf",
    "spaced out": "N o r t h  S t a r",
    "dotted": "N.o.r.t.h. S.t.a.r.",
    "hyphens between letters": "N-o-r-t-h S-t-a-r",
    "one space inside": "the No rth Star role",
    "stars": "*N*o*r*t*h* *S*t*a*r*",
    "no-break space": "North\u00a0Star",
    "zero-width space": "No\u200brth St\u200bar",
    "zero-width joiner": "N\u200dorth S\u200dtar",
    "soft hyphen": "Nor\u00adth St\u00adar",
    "byte order mark": "\ufeffNor\ufeffth Star",
    "blank letter": "Nor\u3164th Star",
    "combining marks": "No\u0308r\u0323th Sta\u0301r",
    "accents": "Nörth Stár",
    "fullwidth": "Ｎｏｒｔｈ　Ｓｔａｒ",
    "mathematical": "𝐍𝐨𝐫𝐭𝐡 𝕊𝕥𝕒𝕣",
    "circled": "Ⓝⓞⓡⓣⓗ Ⓢⓣⓐⓡ",
    "flags": "🇳🇴🇷🇹🇭 🇸🇹🇦🇷",
    "small capitals": "ɴᴏʀᴛʜ ꜱᴛᴀʀ",
    "Cyrillic": "Nоrth Stаr",
    "Greek": "Νοrth Stαr",
    "digits": "N0rth 5tar",
    "more digits": "N0r7h S74r",
    "signs": "North $t@r",
    "emphasis": "<b>No</b>rth <i>St</i>ar",
    "a comment": "No<!-- x > y -->rth Star",
    "cells": "<td>North</td><td>Star</td>",
    "entities": "&#78;orth&nbsp;St&#x61;r",
    "entities twice": "&amp;#78;orth Star",
    "soft hyphen entity": "Nor&shy;th Star",
    "attribute": '<img alt="North Star">',
    "quoted-printable": "=4Eorth=20Star",
    "soft line break": "Nor=\r\nth Star",
    "quoted-printable in utf-8": quopri.encodestring("Nörth Stár".encode()).decode(),
    "encoded word, q": "=?utf-8?q?=4Eorth_Star?=",
    "encoded word, b": f"=?utf-8?b?{_b64(WORDS)}?=",
    "two encoded words": f"=?utf-8?b?{_b64('Nor')}?= =?utf-8?b?{_b64('th Star')}?=",
    "base64": _b64(f"we call it {WORDS} here"),
    "base64 over lines": f"{_b64(WORDS * 3)[:20]}\n> {_b64(WORDS * 3)[20:]}",
    "hexadecimal": WORDS.encode().hex(" "),
    "percent": "https://example.org/?q=%4Eorth%20Star",
    "percent twice": "North%2520Star",
    "a web address": "https://example.org/north-star/start",
    "plus signs": "?q=north+star",
    "escapes": "\\u004eorth \\x53tar",
    "template": "{{ 'No' ~ 'rth' }} Star",
    "template field inside": "No{{ nothing }}rth Star",
    "template comment": "No{# x #}rth St{% raw %}ar",
    "merge field": "No*|X|*rth Star",
    "a reply": "> North\n> Star",
    "a reply to a reply": ">> Nor\n>> th Star",
    "line break": "Nor\nth\r\nStar",
    "tab": "North\tStar",
    "plural": "the North Stars",
    "genitive": "North Star’s plan",
    "link text": "[Nor](https://example.org/)th Star",
    "file name": "CV for Project_NorthStar(2).pdf",
}

TERMS = (
    "North Star", "Heron", "Ember", "River", "Stone", "Argon", "Nova", "Titan", "Manta", "Eagle", "Orion", "Together",
    "Raven", "Planet", "Ledger", "AI", "QT", "Eos", "Isle", "Head of Data", "Kestrel", "Tern", "Lupin", "Mint",
    "Marine",
)  # fmt: skip
"""Codenames that many ordinary words contain, or nearly."""
_SENTENCES = (
    "Thank you for the time that you gave us in {month}, and for the way you told us about your work.",
    "Please remember that we said goodbye to the driver of the submarine in September.",
    "I will call her on Monday, or at noon if that suits you more, and let you know how it went.",
    "The interplanetary jargon of the pledgers was a milestone for all of us.",
    "You can reach me at +46 8 1{digits} 05, or on 0510 51315; the office is in room 1513.",
    "Samantha works on innovation and renovation, and she is engraved in our memory as a great colleague.",
    "We are looking for somebody who has led a larger team, north of ten people, with a star or two on the wall.",
    "The data team is headed by Per; the head of the other group is on leave until the {day}th.",
    "It is not the right time to get her the papers that he asked for, but it will be.",
    "Beagles and titanium aside, the alternative of the criterion is historical and available again.",
    "My notes are at https://example.org/a/{token}?page={digits}&from=letters#part-2, if you want to read them.",
    "The role is filled now. Take any other offer gladly; if something opens in {month}, may I write to you again?",
    "To be on the safe side: we said 100% remote, 40 h a week, 25 days off, and a start on 2027-0{day}-01.",
    "In the interim, his letter of the {day}th said that no van was there, and no vase either.",
    "If it is all right with you, I am going to put your resume before a colleague of mine at Acme & Sons.",
    "Sent from my phone. > On {day} {month}, you wrote: > thanks, that sounds good to me.",
    "We talked about streaming, about Kafka, about hiring in Berlin, and about what would change my mind.",
    "Attached is what you asked for ({token}.pdf); tell me if it does not open, and I will send it anew.",
)  # fmt: skip
_MONTHS = ("January", "March", "April", "August", "October")


def innocent(count=200):
    """So many different texts of six sentences."""
    turns = itertools.permutations(_SENTENCES, 6)
    for number, sentences in zip(range(count), itertools.islice(turns, 0, None, 7919), strict=False):
        words = {
            "month": _MONTHS[number % 5],
            "day": number % 9 + 1,
            "digits": 1000 + number * 37,
            "token": _token(number),
        }
        yield " ".join(sentences).format(**words)


def _token(number):
    return base64.urlsafe_b64encode((number * 2654435761).to_bytes(8, "big")).decode().rstrip("=")
