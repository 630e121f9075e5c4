"""Words that say nothing of the work are remarked upon, once each, and nothing else is."""

import pytest

from crm.kit import gentle


def test_words_stand_out_as_they_were_written():
    assert gentle.remarks("Older than the rest; a strong accent.", None, "Not a culture fit, older") == [
        "Older", "accent", "culture fit", "older",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "She has children",
        "too old for this",
        "was often sick",
        "a native speaker was better",
        "no team fit",
        "pregnant",
    ],
)
def test_each_of_the_six_subjects_is_known(sentence):
    assert gentle.remarks(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ran the better case",
        "manages an old code base",
        "knows healthcare",
        "outfits and benefits",
        "stage and page",
        "",
    ],
)
def test_words_about_the_work_pass(sentence):
    assert gentle.remarks(sentence) == []


def test_the_sentence_names_them():
    assert gentle.sentence(["older", "fit"]).startswith("A word to look at again: “older”, “fit”.")
