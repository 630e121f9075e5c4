"""Which languages there are."""

import pytest

from crm.kit import languages


@pytest.mark.parametrize(("code", "spoken"), [("de", "de"), ("", "en"), ("xx", "en"), ("en", "en")])
def test_what_is_none_of_ours_is_english(code, spoken):
    assert languages.known(code) == spoken
