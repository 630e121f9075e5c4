"""What somebody typed, taken apart."""

import pytest

from crm.kit import query_words, spelling, word_forms
from crm.kit.query_words import Query, parse


def test_every_part_of_the_language():
    asked = parse(
        'kafka "event sourcing" engin* -java -"project manager" tag:finalist -stage:applied role:"Head of Data"'
    )
    assert asked.words == ("kafka",)
    assert asked.phrases == (("event", "sourcing"),)
    assert asked.begun == ("engin",)
    assert asked.excluded == (("java",), ("project", "manager"))
    assert asked.fields == (("tag", "finalist"), ("-stage", "applied"), ("role", "Head of Data"))
    assert not asked.is_cut


@pytest.mark.parametrize(
    ("typed", "words"),
    [("C++ c#", ("cplusplus", "csharp")), ("C ++", ("cplusplus",)), (".NET Node.js", ("dotnet", "nodejs")),
     ("node js", ("nodejs",)), ("nodejs f#", ("nodejs", "fsharp")), ("Zürich ŁÓDŹ", ("zurich", "lodz")),
     ("Straße Søren", ("strasse", "soren")), ("ﬁnance", ("finance",)), ("NEAR( AND", ("near", "and"))],
)  # fmt: skip
def test_words_are_normalised(typed, words):
    assert parse(typed).words == words


def test_a_word_of_several_is_a_phrase():
    assert parse("O'Brien ada@example.org").phrases == (("o", "brien"), ("ada", "example", "org"))
    assert parse("山田").phrases == (("山", "田"),)
    assert parse("http://a.b foo:bar").phrases == (("http", "a", "b"), ("foo", "bar"))


@pytest.mark.parametrize("typed", ["", " ", "-", '"', '""', "***", "!!!", "\x00", "🎷", "\u202e", "-:*", "\ud800"])
def test_nothing_is_nothing(typed):
    assert parse(typed) == Query()


def test_a_value_stays_as_it_was_typed():
    assert parse('tag:c++ tag:"Node.js" tag:nodejs').fields == (("tag", "c++"), ("tag", "Node.js"), ("tag", "nodejs"))
    assert parse('"tag:x"').fields == ()


@pytest.mark.parametrize("typed", ["a" * 10_000, " ".join("abcdefghijklmnop"), '"' + "ab " * 3_000, "tag:x " * 40])
def test_too_much_is_cut_and_said(typed):
    asked = parse(typed)
    assert asked.is_cut
    assert len(asked.words) + sum(map(len, asked.phrases)) + len(asked.fields) <= query_words.MOST


def test_only_a_plain_word_at_the_end_may_be_only_begun():
    assert parse("kafka str").last_is_open
    for closed in ('kafka "str"', "kafka -str", "str*", "str tag:x"):
        assert not parse(closed).last_is_open


@pytest.mark.parametrize(
    "forms",
    [("engineer", "engineers", "engineering", "engineered"), ("manage", "managing", "managed", "manages"),
     ("company", "companies"), ("plan", "planning", "plans"), ("hire", "hiring", "hired"), ("test", "testing")],
)  # fmt: skip
def test_forms_of_a_word_find_one_another(forms):
    for one in forms:
        assert set(forms) <= set(word_forms.of(one)), one


def test_some_words_have_no_forms():
    for word in ("java", "news", "go", "ops", "business", "string", "7k", "müller"):
        assert word_forms.of(word)[0] == word
        assert f"{word}ing" not in word_forms.of(word) or word == "java"
    assert word_forms.of("go") == ("go",)


def test_slips_of_a_name():
    for slip in ("bryon", "byon", "byrron", "byrom"):
        assert "byron" in word_forms.slips(slip)
    assert word_forms.slips("ada") == ("ada",)


def test_a_text_is_written_anew_only_where_it_has_to_be():
    assert spelling.plain("Ada · “Kafka” – data…") == ""
    assert spelling.plain("Łukasz\u0301 Straße") == "lukasz strasse"
