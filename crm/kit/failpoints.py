"""Places where a test may stop, kill or slow this process; they are there only when CRM_TEST_SWITCH=1 says so.

    CRM_TEST_SWITCH=1 CRM_FAILPOINT=after_in_doubt:kill        at once
    CRM_TEST_SWITCH=1 CRM_FAILPOINT=after_dot:stop:3           the third time that it is reached
    CRM_TEST_SWITCH=1 CRM_FAILPOINT=after_claim:sleep=0.2      each time

Several are separated by commas. Without the switch, the variable means nothing and `reach` does nothing.
"""

import os
import re
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = (
    "before_claim", "after_claim", "after_writing", "after_connect", "after_mail", "after_rcpt", "after_354",
    "before_in_doubt", "after_in_doubt", "in_text", "after_dot", "after_250", "before_settled",
    "after_settled", "before_learned", "after_learned",
)  # fmt: skip
_PLANNED = re.compile(r"(?P<name>\w+):(?P<act>kill|stop|sleep=\d+(?:\.\d+)?)(?::(?P<number>\d+))?")


@dataclass
class _Planned:
    act: str
    number: int  # 0: each time
    reached: int = 0

    def come(self) -> None:
        self.reached += 1
        if self.number in {0, self.reached}:
            self.do()

    def do(self) -> None:
        if self.act == "kill":
            self._end_here(signal.SIGKILL)
        elif self.act == "stop":
            self._end_here(signal.SIGSTOP)
        else:
            time.sleep(float(self.act.removeprefix("sleep=")))

    @staticmethod
    def _end_here(number: signal.Signals) -> None:
        """Meant for the whole process, and told to this thread: it does not take one step more."""
        signal.pthread_kill(threading.get_ident(), number)


def plan(environment: Mapping[str, str]) -> dict[str, _Planned]:
    """Raises ValueError for a name or an act that there is not."""
    if environment.get("CRM_TEST_SWITCH") != "1":
        return {}
    planned = {}
    for one in filter(None, environment.get("CRM_FAILPOINT", "").split(",")):
        found = _PLANNED.fullmatch(one.strip())
        if found is None or found["name"] not in NAMES:
            raise ValueError(f"CRM_FAILPOINT={one} is not NAME:kill, NAME:stop or NAME:sleep=SECONDS")
        planned[found["name"]] = _Planned(found["act"], int(found["number"] or 0))
    return planned


_planned = plan(os.environ)


def reach(name: str) -> None:
    if found := _planned.get(name):
        found.come()
