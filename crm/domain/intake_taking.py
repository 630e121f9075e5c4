"""What becomes of the files of an intake: a new candidate, the resume of somebody on record, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from crm.db import db
from crm.domain import candidates, erasing, events, intake, policy, resumes, shape, tags
from crm.domain.candidates import Candidate, Facts
from crm.domain.errors import Missing, Refused
from crm.domain.events import Event
from crm.domain.intake import Intake, IntakeFile, Row
from crm.domain.resumes import Resume
from crm.domain.users import User
from crm.kit import clock

UNDO_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Choice:
    """`what` is new, leave, or the id of somebody on record; `name` is what somebody new is called, and `tags` are
    those of the proposed ones that they get.
    """

    what: str
    name: str = ""
    tags: tuple[str, ...] = ()


@dataclass
class Taken:
    made: list[Candidate] = field(default_factory=list)
    added: list[Candidate] = field(default_factory=list)
    left: int = 0

    @property
    def count(self) -> int:
        return len(self.made) + len(self.added) + self.left


def take(brought: Intake, choices: Mapping[str, Choice], *, by: User) -> Taken:
    """By the file's id. A file that was decided on before, or is not read yet, stays as it is. All of it or nothing."""
    brought = intake.find(brought.id, by=by, locked=True)
    done = Taken()
    for row in intake.rows(brought, seen_by=by):
        choice = choices.get(row.file.id)
        if choice is not None and choice.what and row.is_open:
            _decide(row, choice, done, by=by)
    now = clock.now()
    for file in intake.files_of(brought):
        if file.became and file.taken_at is None:
            file.taken_at = now
    return done


def undo(brought: Intake, *, by: User) -> tuple[int, list[Candidate]]:
    """Takes back what the last press of the button did. How many files wait again, and who stays, because something
    was done with them since.
    """
    brought = intake.find(brought.id, by=by, locked=True)
    theirs = _last(brought)
    if not theirs:
        raise Refused("This can no longer be undone. Change or remove them one by one.")
    stay = []
    for file in theirs:
        if (person := _stays(file, by)) is not None:
            stay.append(person)
        else:
            _take_back(file, by=by)
    brought.held_until = max(brought.held_until, clock.now() + UNDO_WITHIN)
    return len(theirs) - len(stay), stay


def can_be_undone(brought: Intake) -> bool:
    return bool(_last(brought))


# --- parts


def _decide(row: Row, choice: Choice, done: Taken, *, by: User) -> None:
    file, resume = row.file, row.file.resume
    assert resume is not None
    if choice.what == "leave":
        file.became = "left"
        done.left += 1
    elif choice.what == "new":
        person = candidates.add(_facts(row, choice), by=by)
        resumes.attach(resume, person, by=by)
        for name in row.tags:
            if name in choice.tags:
                tags.apply(person, name, by=by)
        file.became, file.made_id = "new", person.id
        done.made.append(person)
    else:
        person = _on_record(choice.what, by)
        if db.session.scalar(resumes.of(person).where(Resume.sha256 == resume.sha256).limit(1)):
            raise Refused(f"{person.full_name} has the file {file.filename} already. Leave it out.")
        resumes.attach(resume, person, by=by)
        file.became = "of"
        done.added.append(person)


def _on_record(candidate_id: str, by: User) -> Candidate:
    try:
        return candidates.find(candidate_id, seen_by=by)
    except Missing as error:
        raise Refused("Somebody whom you chose is no longer there. Please choose again.") from error


def _facts(row: Row, choice: Choice) -> Facts:
    name = intake.tidy(choice.name or row.found["full_name"])
    if not name:
        raise Refused(f"Whose is {row.file.filename}? Type the name beside it.")
    digits = [letter for letter in row.found["phone"] if letter.isdigit()]
    return Facts(
        full_name=name,
        emails=_email(row.found["email"]),
        phones=[row.found["phone"]] if 4 <= len(digits) <= 18 and len(row.found["phone"]) <= 40 else [],
        headline=row.found["headline"],
        location=row.found["location"],
    )


def _email(found: str) -> list[str]:
    """What stands in a file may be no address that a record takes."""
    try:
        return [shape.email(found)] if found else []
    except Refused:
        return []


def _last(brought: Intake) -> list[IntakeFile]:
    """Those of the last press, while it can be taken back."""
    theirs = [file for file in intake.files_of(brought) if file.taken_at is not None]
    last = max((file.taken_at for file in theirs if file.taken_at), default=None)
    if last is None or clock.now() - last >= UNDO_WITHIN:
        return []
    return [file for file in theirs if file.taken_at == last]


def _stays(file: IntakeFile, by: User) -> Candidate | None:
    """Who was made from it, where something was done with them since, or where they are somebody else's by now."""
    person = db.session.get(Candidate, file.made_id) if file.made_id else None
    if person is None or person.is_deleted:
        return None
    used = select(Event.id).where(Event.subject_id == person.id, Event.at > file.taken_at).limit(1)
    is_as_made = file.resume is not None and file.resume.candidate_id == person.id and not db.session.scalar(used)
    return None if is_as_made and policy.may("delete", person, by=by) else person


def _take_back(file: IntakeFile, *, by: User) -> None:
    resume = file.resume
    person = db.session.get(Candidate, resume.candidate_id) if resume and resume.candidate_id else None
    if file.made_id is not None and person is not None and not person.is_deleted:
        erasing.delete(person, by=by)
    if resume is not None and person is not None:
        _part(resume, person, by=by)
    file.became, file.made_id, file.taken_at = "", None, None


def _part(resume: Resume, person: Candidate, *, by: User) -> None:
    """The file waits for somebody again."""
    resume.candidate_id, resume.removed_at = None, None
    db.session.flush()
    resumes.index_latest(person)
    events.record("resume.removed", by=by, subject_id=person.id, text=f"took the resume {resume.filename} back")
