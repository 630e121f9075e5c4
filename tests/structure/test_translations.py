"""Every marked string has its translation, each with the same places to fill, and what is compiled is of its source."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from crm.kit.languages import DEFAULT, LANGUAGES
from tests.structure.source import ROOT

FOLDER = ROOT / "crm" / "translations"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
PLACES = re.compile(r"%\(\w+\)s")
OTHERS = sorted(set(LANGUAGES) - {DEFAULT})


@pytest.fixture(scope="module")
def marked():
    methods, options = parse_mapping_cfg(io.StringIO((FOLDER / "babel.cfg").read_text()))
    found = set()
    for pattern, method in methods:
        top = str(Path(pattern).parts[0])
        for _, _, message, _, _ in extract_from_dir(
            ROOT / top, [(pattern.removeprefix(f"{top}/"), method)],
            {pattern.removeprefix(f"{top}/"): options.get(pattern, {})}, keywords=KEYWORDS,
        ):  # fmt: skip
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def catalog(code):
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=code)


def test_the_languages_are_those_that_can_be_chosen():
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == OTHERS


@pytest.mark.parametrize("code", OTHERS)
def test_every_marked_string_is_translated(marked, code):
    there = {message.id: message.string for message in catalog(code) if message.id}
    assert len(marked) > 100
    assert not [text for text in sorted(marked) if not there.get(text)]
    assert not sorted(set(there) - marked), "translated, and said nowhere"


@pytest.mark.parametrize("code", OTHERS)
def test_the_places_to_fill_are_the_same(code):
    for message in catalog(code):
        assert sorted(PLACES.findall(message.id)) == sorted(PLACES.findall(message.string)) or not message.id, (
            message.id
        )


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_of_its_source(code):
    with (FOLDER / code / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
        found = {message.id: message.string for message in read_mo(compiled) if message.id}
    assert found == {message.id: message.string for message in catalog(code) if message.id}
