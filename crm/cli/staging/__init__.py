"""Puts the cast of crm.demo on stage: every row is made by a verb, on its day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from crm import demo
from crm.app import App
from crm.cli.staging import door, roles
from crm.cli.staging.circle import Circle
from crm.cli.staging.finding import Finding
from crm.cli.staging.forwards import Forwards
from crm.cli.staging.kindness import Kindness
from crm.cli.staging.people import People
from crm.cli.staging.stage import Stage
from crm.db import db, unit_of_work
from crm.domain import advancing, shortlisting
from crm.domain.outbox import Letter
from crm.kit import clock
from crm.mail import delivery
from crm.worker import read_next

READERS = 3


def address_of(key: str) -> str:
    return next(user.email for user in demo.story(clock.today()).users if user.key == key)


def build(app: App) -> None:
    with app.app_context():
        Play(Stage(demo.story(clock.today()))).perform()
    _read_resumes(app)


class Play:
    """In three acts, between which the letters of the one before leave."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.people, self.forwards = People(stage), Forwards(stage)
        self.kindness, self.circle, self.finding = Kindness(stage), Circle(stage), Finding(stage)

    def perform(self) -> None:
        for act in (self._first, self._second, self._third):
            with unit_of_work(writes=True):
                act()
            _send_letters()
        self.finding.bring()

    def _first(self) -> None:
        """Roles, people, what happened between them, and the letters that were written."""
        roles.set_up(self.stage)
        for role in self.stage.story.roles:
            roles.begin(self.stage, role)
        self.people.meet()
        for role in self.stage.story.roles:
            roles.end(self.stage, role)
        self.people.live()
        self.forwards.send()
        self.circle.write()
        self.kindness.begin()

    def _second(self) -> None:
        """What came of them; some answers let another letter go."""
        self.forwards.settle()
        self.circle.hear()
        self.people.take_back()
        advancing.advance(clock.now())
        self.kindness.hear()
        shortlisting.send_ready(clock.now())

    def _third(self) -> None:
        """What came of those, and whom to write to next."""
        self.forwards.hear()
        self.circle.settle()
        self.people.look_ahead()
        door.hear(self.stage)
        self.finding.fill()


def _send_letters() -> None:
    """Through the worker's own step into the local mailbox, each a moment after it was allowed to leave."""
    with unit_of_work(writes=False):
        queued = select(Letter.not_before).where(Letter.state == "queued", Letter.not_before < clock.now())
        moments = list(db.session.scalars(queued.order_by(Letter.not_before)))
    for moment in moments:
        with clock.set_to(moment + timedelta(seconds=30)):
            delivery.deliver_next(None, "demo")


def _read_resumes(app: App) -> None:
    """Each in its own child process, a few at a time."""

    def read_all() -> None:
        with app.app_context():
            while read_next():
                pass

    with ThreadPoolExecutor(READERS) as readers:
        for reader in [readers.submit(read_all) for _ in range(READERS)]:
            reader.result()
