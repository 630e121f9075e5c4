"""Failpoints: a switch and a plan make them, and without the switch they are not there."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm.kit import failpoints

ROOT = Path(__file__).parents[2]
REACHES = "from crm.kit import failpoints\nfor _ in range(3): failpoints.reach('after_claim')\nprint('through')"
SWITCH = {"CRM_TEST_SWITCH": "1"}


def reaching(**environment: str) -> subprocess.CompletedProcess[str]:
    """A process that comes to after_claim three times."""
    return subprocess.run(
        [sys.executable, "-c", REACHES],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_kills_when_it_is_reached():
    assert reaching(**SWITCH, CRM_FAILPOINT="after_claim:kill").returncode == -9


def test_without_the_switch_the_variable_means_nothing():
    assert reaching(CRM_FAILPOINT="after_claim:kill").stdout == "through\n"
    for off in ("", "0", "yes", "true"):
        assert failpoints.plan({"CRM_TEST_SWITCH": off, "CRM_FAILPOINT": "no such thing"}) == {}


def test_the_switch_alone_does_nothing():
    assert reaching(**SWITCH).stdout == "through\n"
    assert failpoints.plan(SWITCH) == {}


def test_a_number_says_which_time():
    assert reaching(**SWITCH, CRM_FAILPOINT="after_claim:kill:3").returncode == -9
    assert reaching(**SWITCH, CRM_FAILPOINT="after_claim:kill:4").stdout == "through\n"
    assert reaching(**SWITCH, CRM_FAILPOINT="after_dot:kill").stdout == "through\n"


def test_it_may_only_take_its_time_each_time():
    began = time.monotonic()
    assert reaching(**SWITCH, CRM_FAILPOINT="after_claim:sleep=0.2").stdout == "through\n"
    assert time.monotonic() - began >= 0.6


def test_several_are_planned_together():
    planned = failpoints.plan({**SWITCH, "CRM_FAILPOINT": "after_claim:sleep=0.1, after_dot:kill:2,"})
    assert [(name, one.act, one.number) for name, one in planned.items()] == [
        ("after_claim", "sleep=0.1", 0), ("after_dot", "kill", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [
    "after_lunch:kill", "after_dot:explode", "after_dot", "after_dot:", "after_dot:sleep", ":kill",
    "after_dot:sleep=long", "after_dot:kill:often", "after_dot:kill:-1", "after_dot:kill:1:2",
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(wrong):
    with pytest.raises(ValueError, match="is not NAME:kill, NAME:stop or NAME:sleep=SECONDS"):
        failpoints.plan({**SWITCH, "CRM_FAILPOINT": wrong})


def test_every_name_is_a_place_in_the_program_and_every_place_has_a_name():
    source = "".join(path.read_text() for path in (ROOT / "crm").rglob("*.py") if path.name != "failpoints.py")
    calls = re.findall(r"failpoints\.reach\(([^)]*)\)", source)
    placed = {name for call in calls for name in re.findall(r'"([a-z]\w*_\w+)"', call)}
    assert placed == set(failpoints.NAMES)
