"""To find people again: a second record, pools, searches, a file of another program, resumes that wait."""

import csv
import io

from crm.cli.staging.stage import Stage
from crm.db import unit_of_work
from crm.demo import resumes as papers
from crm.demo import shape as cast
from crm.demo import shelves
from crm.domain import candidates, duplicates, importing, imports, intake, pools, saved_searches, touchpoints
from crm.domain.candidates import Facts
from crm.kit import clock


class Finding:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.shelves = stage, stage.story.shelves

    def fill(self) -> None:
        for twin in self.shelves.twins:
            self._meet_again(twin)
        for pool in self.shelves.pools:
            self._gather(pool)
        for search in self.shelves.searches:
            with self.stage.on(search.kept):
                saved_searches.add(
                    name=search.name, search=search.search, by=self.stage.user(search.owner),
                    visibility=search.visibility, alert=search.alert,
                )  # fmt: skip
        self._drop(self.stage.story.newcomers)

    def bring(self) -> None:
        """Files, outside of any transaction: they are worked off in those of the worker. Then who is there twice."""
        for file in self.shelves.files:
            with clock.set_to(self.stage.moment(file.day)):
                self._take_in(file)
        with unit_of_work(writes=True):
            duplicates.look(clock.now())

    def _meet_again(self, told: shelves.Twin) -> None:
        first = next(person for person in self.stage.story.people if person.key == told.of)
        by = self.stage.user(told.owner)
        with self.stage.on(told.day):
            facts = Facts(
                full_name=told.full_name, emails=[told.email], phones=[first.phone], headline=told.headline,
                employer=told.employer, location=told.location, source=told.source,
            )  # fmt: skip
            twin = candidates.add(facts, by=by)
            touchpoints.log(twin, kind="mail", direction="in", text=told.note, by=by)

    def _gather(self, told: shelves.Pool) -> None:
        by = self.stage.user(told.owner)
        with self.stage.on(told.made):
            pool = pools.add(name=told.name, about=told.about, search=told.search, by=by)
        for person, reason, day in told.people:
            with self.stage.on(day):
                pools.put_in(pool, self.stage.candidate(person), by=by, reason=reason)

    def _drop(self, people: tuple[cast.Person, ...]) -> None:
        sent = [paper for person in people if (paper := papers.file(person, today=self.stage.today))]
        received = [intake.receive(*paper) for paper in sent]
        with self.stage.on(0):
            intake.add(received, by=self.stage.user(people[0].owner), intent="resumes of today")

    def _take_in(self, told: shelves.File) -> None:
        brought = imports.receive(told.name, _table(told).encode())
        with unit_of_work(writes=True):
            by = self.stage.user(told.by)
            file = imports.bring(brought, by=by)
            file_id = imports.check(file, by=by, fields=file.fields, tag=told.tag).id
        importing.step()
        with unit_of_work(writes=True):
            by = self.stage.user(told.by)
            imports.start(imports.find(file_id, by=by), by=by)
        importing.step()


def _table(told: shelves.File) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([told.columns, *told.rows])
    return lines.getvalue()
