"""Where somebody works, as their resume tells it."""

import pytest

from crm.kit import employers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Globex Marine GmbH, Senior engineer, 2020 - today", ["Globex Marine GmbH", "Globex Marine GmbH"]),
        ("EXPERIENCE\nGlobex Marine\nSenior Engineer   01/2020 – present\nBuilt pipelines", ["Globex Marine"]),
        ("Experience\nSenior Engineer, since March 2019\nInitech\n- Kafka", ["Initech"]),
        ("Lead analyst at Hooli | Jan 2021 - now", ["Hooli"]),
        ("Entwicklerin bei Umbrella, seit 2018", ["Umbrella"]),
        ("Data engineer, 2016 - 2020, Kafka and Python", []),
        ("She is now a data engineer.", []),
    ],
)
def test_where_somebody_works_is_found(text, found):
    assert employers.found_in(text) == list(dict.fromkeys(found))
