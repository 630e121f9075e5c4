"""The stage: the story's people by their keys, as rows, and the day on which something happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from crm.db import db
from crm.demo import shape as cast
from crm.domain import candidates, colleagues, forwards, users
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.forwards import Forward
from crm.domain.roles import Role
from crm.domain.users import User
from crm.kit import clock


class Stage:
    """Rows are those of one transaction; what is needed in a later one is known by its id."""

    def __init__(self, story: cast.Story) -> None:
        self.story = story
        self.today = clock.today()
        self.users: dict[str, User] = {}
        self.roles: dict[str, Role] = {}
        self.people: dict[str, Candidate] = {}
        self.ids: dict[str, str] = {}
        self._hour = 0

    @contextmanager
    def on(self, day: int) -> Iterator[None]:
        """The hour differs from thing to thing, or everything would have happened at the same minute."""
        with clock.set_to(self.moment(day)):
            yield
            db.session.flush()  # moments are written at the flush, so it has to come on the same day

    def moment(self, day: int) -> datetime:
        self._hour = (self._hour + 37) % 540
        at = datetime.combine(self.day(day), time(8), UTC) + timedelta(minutes=self._hour)
        return min(at, clock.now())

    def day(self, day: int) -> date:
        return self.today + timedelta(days=day)

    def user(self, key: str) -> User:
        user = users.by_email(next(user.email for user in self.story.users if user.key == key))
        assert user is not None
        return user

    def candidate(self, key: str) -> Candidate:
        """With how they are reached, in any transaction once everybody has been met."""
        owner = next(person.owner for person in self.story.people if person.key == key)
        return candidates.find(self.ids[key], seen_by=self.user(owner))

    def colleague(self, key: str) -> Colleague:
        found = colleagues.by_email(next(one.email for one in self.story.colleagues if one.key == key))
        assert found is not None
        return found

    def forward(self, forward_id: str, *, by: str) -> Forward:
        return forwards.find(forward_id, seen_by=self.user(by))
