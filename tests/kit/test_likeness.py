"""What counts as saying a term, and what only looks a little like it."""

import random
import time

import pytest

from crm.kit.likeness import GLUED, Term, Text
from tests import smuggling


def says(words, text):
    return Term(words).is_in(Text.of(text))


@pytest.mark.parametrize("way", smuggling.WAYS)
def test_a_term_is_found_however_it_is_dressed_up(way):
    text = smuggling.WAYS[way]
    assert says(smuggling.WORDS, text)
    assert says(smuggling.WORDS, f"Hello Ada,\n\nabout {text}, and more.\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("Heron", "h e r o n"), ("Heron", "he ron"), ("Heron", "HeRon"), ("Heron", "ProjectHeron"),
        ("Heron", "projectheron"), ("Heron", "heronproject"), ("Heron", "heron2.pdf"), ("Heron", "The herons."),
        ("Heron", "h3r0n"), ("Northstar", "North Star"), ("North-Star", "northstar"), ("AI", "A.I."), ("AI", "on AI."),
        ("Nova", "N o v a"), ("C3PO", "c3po"), ("R2-D2", "r2d2"), ("鹤", "关于鹤的项目"), ("🦊", "the 🦊 role"),
        ("Север", "С Е В Е Р"), ("Север", "cевep"), ("Straße", "STRASSE"), ("Åland", "aland"),
        ("Head of Data", "HeadOfData"), ("Head of Data", "head-of-data"),
        ("interplanetary", "xinterplanetaryx"), ("محطة", "عن محطة الشمال"),
    ],
)  # fmt: skip
def test_a_term_is_found_in_its_own_way(words, text):
    assert says(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("Heron", "call her on Monday"), ("Ember", "remember"), ("River", "driver"), ("Together", "to get her"),
        ("AI", "available"), ("AI", "a i"), ("Nova", "no va"), ("Isle", "1513"), ("Eos", "videos"),
        ("Head of Data", "data"), ("Head of Data", "head of the data team"),
        ("North Star", "north of the stars"), ("Stone", "milestone"),
        ("Planet", "interplanetary"), ("Heron", ""), ("C3PO", "cepo"), ("2027", "20271"), ("Mall", "mail"), ("", "x"),
    ],
)  # fmt: skip
def test_other_words_are_left_alone(words, text):
    assert not says(words, text)


def test_ordinary_letters_name_nothing():
    terms, texts = [Term(words) for words in smuggling.TERMS], list(smuggling.innocent())
    assert len(set(texts)) == 200
    for text in texts:
        read = Text.of(text)
        assert not [term.words for term in terms if term.is_in(read)], text


def test_made_up_names_are_not_found_in_ordinary_letters():
    """Five hundred that could be said, of any length."""
    luck = random.Random(7)
    texts = [Text.of(text) for text in smuggling.innocent(20)]
    for _ in range(500):
        word = "".join(luck.choice("bdfgklmnprstv") + luck.choice("aeiou") for _ in range(luck.randint(2, 5)))
        letters = "".join(text.readings[0][1] for text in texts)
        if len(word) >= GLUED and Term(word).forms[0].bare in letters:
            continue
        assert not [text for text in texts if Term(word).is_in(text)], word


@pytest.mark.parametrize("text", ["!", "<", "{{", "=?", "&#", "%4", "1", "i ", "<a i!", "A", "[](", "{%", "*|", "<!--"])
def test_no_text_takes_long(text):
    began = time.process_time()
    says("i" * 80, text * 5_000)
    says("North Star", text * 5_000)
    assert time.process_time() - began < 2
