"""Closing a search banks its finalists in one go; taking it back takes back that, and nothing else."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import (
    applications,
    benches,
    candidates,
    closings,
    finalists,
    finding,
    resumes,
    roles,
    tags,
    takebacks,
    touchpoints,
    users,
)
from crm.domain.applications import Words
from crm.domain.closings import Hired
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.finalists import Finalist
from crm.kit import clock, files
from tests import documents, make, people

MIRA = Finalist("Mira Halvorsen", email="mira@example.org", words=Words(margin="hair", sentence="Ran the better case."))
SAMUEL = Finalist("Samuel Osei", words=Words(margin="close", sentence="Strongest on governance."))
INES = Finalist("Ines Carvalho")


def close(role, rows, by, intent="one", **more):
    return closings.close(role, rows, by=by, intent=intent, **more)


def names(closing, by):
    return [row.candidate.full_name for row in closings.banked(closing, seen_by=by)]


def by_name(name, viewer):
    found = [hit.id for hit in finding.find(name, seen_by=viewer) if hit.kind == "candidate"]
    return candidates.find(found[0], seen_by=viewer) if found else None


def test_alice_closes_a_search_with_a_hire_and_three_who_nearly_made_it(alice):
    role = make.role(alice)
    closing = close(role, [MIRA, SAMUEL, INES], alice, hired=Hired("Nadia Brandt", starts_on=make.in_days(9)))
    assert names(closing, alice) == ["Mira Halvorsen", "Samuel Osei", "Ines Carvalho"]
    assert (role.status, roles.hire_of(role, seen_by=alice).name) == ("filled", "Nadia Brandt")
    bench = benches.of(role, seen_by=alice)
    assert [(place.position, place.candidate.full_name, place.reason) for place in bench] == [
        (1, "Mira Halvorsen", "Ran the better case."),
        (2, "Samuel Osei", "Strongest on governance."),
        (3, "Ines Carvalho", ""),
    ]
    mira = bench[0].candidate
    application = applications.of(mira, seen_by=alice)[0]
    assert application.is_near_miss
    assert (application.debrief.margin, application.decided_on) == ("hair", clock.today())
    assert (mira.next_on, mira.owner_id) == (make.in_days(90), alice.id)


def test_a_title_makes_the_role_and_nobody_hired_closes_it(alice):
    closing = close("Head of Data", [MIRA], alice, team="Data")
    role = roles.find(closing.role_id, seen_by=alice)
    assert (role.title, role.team, role.status, role.owner_id) == ("Head of Data", "Data", "closed", alice.id)


def test_everything_else_that_was_typed_is_on_the_record(alice):
    words = Words(missing="Leading ten", would_change="A year of it", hire_for=["Analytics"], agreed="Bob",
                  call_again_on=make.in_days(10))  # fmt: skip
    row = Finalist("Mira Halvorsen", words=words, tags=("governance", "Lyon"), disposition="withdrew", reason="Moved")
    role = make.role(alice)
    mira = closings.banked(close(role, [row], alice), seen_by=alice)[0].candidate
    application = applications.of(mira, seen_by=alice)[0]
    debrief = application.debrief
    assert (application.disposition, application.reason) == ("withdrew", "Moved")
    assert (debrief.missing, debrief.would_change, debrief.hire_for, debrief.agreed) == (
        "Leading ten", "A year of it", ["Analytics"], "Bob",
    )  # fmt: skip
    assert [tag.name for tag in tags.of([mira.id])[mira.id]] == ["governance", "Lyon"]
    assert mira.next_on == make.in_days(10)


def test_a_candidate_who_was_chosen_is_not_added_again(alice):
    mira = make.candidate(alice, "Mira Halvorsen", email="mira@example.org")
    closing = close(make.role(alice), [Finalist("Mira", candidate_id=mira.id, email="mira@work.example.org")], alice)
    (row,) = closings.banked(closing, seen_by=alice)
    assert (row.candidate_id, row.is_new) == (mira.id, False)
    assert [email.address for email in mira.emails] == ["mira@example.org", "mira@work.example.org"]


def test_an_exact_address_finds_the_one_who_has_it(alice):
    mira = make.candidate(alice, "M. Halvorsen", email="mira@example.org")
    closing = close(make.role(alice), [Finalist("Mira Halvorsen", email=" MIRA@example.org ")], alice)
    assert [row.candidate_id for row in closings.banked(closing, seen_by=alice)] == [mira.id]


def test_an_address_that_two_people_share_finds_nobody(alice):
    for name in ("Mira Halvorsen", "Milo Halvorsen"):
        make.candidate(alice, name, email="family@example.org")
    closing = close(make.role(alice), [Finalist("Mira Halvorsen", email="family@example.org")], alice)
    assert closings.banked(closing, seen_by=alice)[0].is_new


def test_who_was_in_the_archive_comes_out_of_it(alice):
    mira = candidates.archive(make.candidate(alice), by=alice)
    closing = close(make.role(alice), [Finalist(candidate_id=mira.id)], alice)
    assert not mira.is_archived
    takebacks.undo(closing, by=alice)
    assert mira.is_archived


def test_a_sooner_date_that_was_set_already_stays(alice):
    mira = candidates.set_next(make.candidate(alice), make.in_days(5), by=alice)
    close(make.role(alice), [Finalist(candidate_id=mira.id)], alice)
    assert mira.next_on == make.in_days(5)


def test_the_hire_is_a_candidate_on_file_and_leaves_the_bench(alice):
    role, nadia = make.role(alice), make.candidate(alice, "Nadia Brandt", email="nadia@example.org")
    benches.add(role, nadia, by=alice)
    closing = close(role, [MIRA], alice, hired=Hired(candidate_id=nadia.id))
    assert [place.candidate.full_name for place in benches.of(role, seen_by=alice)] == ["Mira Halvorsen"]
    assert applications.of(nadia, seen_by=alice)[0].disposition == "hired"
    takebacks.undo(closing, by=alice)
    assert [place.candidate.full_name for place in benches.of(role, seen_by=alice)] == ["Nadia Brandt"]
    assert applications.of(nadia, seen_by=alice) == []


def test_twenty_rows_keep_their_order(alice):
    rows = [Finalist(f"Finalist {number:02}") for number in range(20)]
    assert names(close(make.role(alice), rows, alice), alice) == [row.full_name for row in rows]


# --- files


def test_a_resume_that_came_with_the_form_belongs_to_the_person(alice):
    upload = resumes.receive("mira.pdf", documents.pdf(name="Mira Halvorsen"))
    closing = close(make.role(alice), [Finalist("Mira Halvorsen", upload=upload)], alice)
    mira = closings.banked(closing, seen_by=alice)[0].candidate
    assert resumes.latest(mira).filename == "mira.pdf"


def test_a_file_that_was_read_says_whose_it_is(alice):
    upload = make_upload(alice, {"full_name": "Mira Halvorsen", "email": "mira@example.org"})
    closing = close(make.role(alice), [Finalist(upload_id=upload.id)], alice)
    mira = closings.banked(closing, seen_by=alice)[0].candidate
    assert (mira.full_name, mira.email, upload.candidate_id) == ("Mira Halvorsen", "mira@example.org", mira.id)


def test_a_file_that_was_not_read_yet_needs_the_name(alice):
    upload = make_upload(alice, {})
    with pytest.raises(Refused, match="Type the name") as refused:
        close(make.role(alice), [SAMUEL, Finalist(upload_id=upload.id)], alice)
    assert refused.value.field == "finalists-1-full_name"


def test_the_same_file_again_is_the_version_that_is_there(alice):
    mira = make.candidate(alice, "Mira Halvorsen")
    there = make.resume(mira, alice, content=documents.pdf(name="Mira Halvorsen"))
    upload = make_upload(alice, {}, content=documents.pdf(name="Mira Halvorsen"))
    close(make.role(alice), [Finalist(candidate_id=mira.id, upload_id=upload.id)], alice)
    assert resumes.latest(mira).id == there.id


@pytest.mark.parametrize("owner", ["bob", "nobody"])
def test_a_file_of_somebody_else_is_not_here(alice, bob, owner):
    upload_id = make_upload(bob, {}).id if owner == "bob" else "nothing"
    with pytest.raises(Refused, match="no longer here") as refused:
        close(make.role(alice), [Finalist("Mira Halvorsen", upload_id=upload_id)], alice)
    assert refused.value.field == "finalists-0-file"


# --- what is refused


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        (Finalist("x" * 4096), "full_name", "longer than"),
        (Finalist("Mira\x00"), "full_name", "cannot be shown"),
        (Finalist("Mira", email="=?utf-8?q?x=0ABcc:_evil@example.org?="), "email", "not a mail address"),
        (Finalist("Mira", email="mira at example"), "email", "not a mail address"),
        (Finalist("Mira", words=Words(sentence="x" * 1001)), "sentence", "longer than"),
        (Finalist("Mira", words=Words(call_again_on=make.in_days(-1))), "call_again_on", "passed"),
        (Finalist("Mira", tags=("x" * 61,)), "tags", "longer than"),
        (Finalist("Mira", disposition="vanished"), "disposition", "one of"),
        (Finalist("Mira", reason="x" * 301), "reason", "longer than"),
        (Finalist("Mira", words=Words(hire_for=["Lead"] * 21)), "hire_for", "room for"),
    ],
)
def test_a_row_is_refused_at_its_field(alice, row, field, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        close(make.role(alice), [SAMUEL, row], alice)
    assert refused.value.field == f"finalists-1-{field}"


def test_the_same_person_in_two_rows_is_refused_before_anything_is_written(alice):
    twice = Finalist("Mira H.", email="MIRA@example.org")
    with pytest.raises(Refused, match="row above") as refused:
        close(make.role(alice), [MIRA, SAMUEL, twice], alice)
    assert refused.value.field == "finalists-2-full_name"
    assert by_name("Mira", alice) is None


def test_the_hire_is_not_on_the_bench_as_well(alice):
    nadia = make.candidate(alice, "Nadia Brandt")
    with pytest.raises(Refused, match="got the role"):
        close(make.role(alice), [Finalist(candidate_id=nadia.id)], alice, hired=Hired(candidate_id=nadia.id))


def test_nobody_at_all_is_refused(alice):
    with pytest.raises(Refused, match="at least one"):
        close(make.role(alice), [], alice)


def test_a_search_is_closed_once(alice):
    role = make.role(alice)
    close(role, [MIRA], alice, hired=Hired("Nadia Brandt"))
    with pytest.raises(Refused, match="closed already"):
        close(role, [SAMUEL], alice, intent="another form")


def test_a_sealed_role_is_opened_first_but_one_may_bank_for_it(alice):
    role = make.role(alice, "Project Heron", status="sealed")
    with pytest.raises(Refused, match="sealed"):
        close(role, [MIRA], alice)
    closing = closings.bank(role, MIRA, by=alice, intent="one")
    mira = closings.banked(closing, seen_by=alice)[0].candidate
    assert role.status == "sealed"
    assert "Heron" not in mira.next_why


def test_only_the_owner_and_the_office_close_a_search(alice, bob, rita):
    role = make.role(alice)
    with pytest.raises(Denied):
        close(role, [MIRA], bob)
    assert close(role, [MIRA], rita).role_id == role.id


# --- what is hidden


def test_a_hidden_candidate_is_neither_found_nor_hinted_at(alice, charlie):
    make.candidate(alice, "Mira Halvorsen", email="mira@example.org", visibility="owner")
    closing = close("Head of Data", [MIRA], charlie)
    (row,) = closings.banked(closing, seen_by=charlie)
    assert row.is_new
    assert row.candidate.owner_id == charlie.id


def test_a_hidden_candidate_who_is_named_by_id_is_as_gone_as_one_who_never_was(alice, charlie):
    hidden = make.candidate(alice, visibility="owner")
    said = set()
    for candidate_id in (hidden.id, "nobody"):
        with pytest.raises(Refused) as refused:
            close("Head of Data", [Finalist("Ada", candidate_id=candidate_id)], charlie)
        said.add((str(refused.value), refused.value.field))
    assert len(said) == 1


def test_a_closing_belongs_to_who_made_it(alice, bob):
    closing = close(make.role(alice), [MIRA], alice)
    with pytest.raises(Missing):
        closings.find(closing.id, by=bob)


# --- once


def test_the_same_intent_is_one_closing(alice):
    role = make.role(alice)
    first = close(role, [MIRA], alice, hired=Hired("Nadia Brandt"))
    assert close(role, [MIRA], alice, hired=Hired("Nadia Brandt")).id == first.id
    assert len(benches.of(role, seen_by=alice)) == 1


def test_a_file_that_came_a_second_time_is_not_kept(app):
    content = documents.pdf(name="Mira Halvorsen")
    with app.app_context():
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            role = make.role(alice)
            for _ in range(2):
                last = resumes.receive("mira.pdf", content)
                close(role, [Finalist("Mira Halvorsen", upload=last)], alice)
        with pytest.raises(files.Missing):
            resumes.store().read(last.file_key)


def test_the_same_page_with_other_words_is_refused(alice):
    role = make.role(alice)
    closings.bank(role, MIRA, by=alice, intent="once")
    with pytest.raises(Refused, match="with other words"):
        closings.bank(role, Finalist("Samuel Osei"), by=alice, intent="once")


# --- taken back


def test_taking_it_back_leaves_nothing(alice):
    role = make.role(alice)
    closing = close(role, [MIRA, SAMUEL], alice, hired=Hired("Nadia Brandt"))
    assert takebacks.undo(closing, by=alice) == []
    assert (role.status, role.filled_on, roles.hire_of(role, seen_by=alice)) == ("open", None, None)
    assert benches.of(role, seen_by=alice) == []
    assert applications.for_role(role, seen_by=alice) == []
    assert by_name("Mira", alice) is None
    assert takebacks.undo(closing, by=alice) == []


def test_a_role_that_the_closing_made_goes_with_it(alice):
    closing = close("Head of Data", [MIRA], alice)
    role_id = closing.role_id
    takebacks.undo(closing, by=alice)
    with pytest.raises(Missing):
        roles.find(role_id, seen_by=alice)
    assert closing.role_id is None


def test_what_was_there_before_is_put_back_as_it_was(alice):
    role, mira = make.role(alice), make.candidate(alice, "Mira Halvorsen")
    application = applications.put(mira, role, by=alice, stage="offer", reason="Waiting for the board", panel="Bob")
    applications.debrief(application, Words(sentence="Very good.", hire_for=["Analytics"]), by=alice)
    benches.add(role, mira, by=alice, reason="First of all", good_until=make.in_days(3))
    candidates.set_next(mira, make.in_days(100), by=alice, why="After the summer")
    tags.apply(mira, "Lyon", by=alice)
    row = Finalist(candidate_id=mira.id, words=Words(margin="hair", sentence="Nearly."), tags=("Lyon", "new"),
                   upload=resumes.receive("mira.pdf", documents.pdf(name="Mira")), reason="Board said no")  # fmt: skip
    closing = close(role, [row], alice)
    assert (application.stage, application.disposition, application.panel) == ("offer", "rejected", "Bob")
    assert application.debrief.hire_for == ["Analytics"]

    assert takebacks.undo(closing, by=alice) == []
    assert (application.stage, application.disposition, application.reason) == ("offer", "", "Waiting for the board")
    assert (application.debrief.sentence, application.debrief.margin) == ("Very good.", "")
    (place,) = benches.of(role, seen_by=alice)
    assert (place.reason, place.good_until) == ("First of all", make.in_days(3))
    assert (mira.next_on, mira.next_why) == (make.in_days(100), "After the summer")
    assert [tag.name for tag in tags.of([mira.id])[mira.id]] == ["Lyon"]
    assert resumes.latest(mira) is None


@pytest.mark.parametrize("added", ["a contact", "an application", "a word in the debrief", "a tag"])
def test_a_person_to_whom_something_was_added_since_stays_as_banked(alice, bob, added):
    role = make.role(alice)
    closing = close(role, [MIRA, SAMUEL], alice, hired=Hired("Nadia Brandt"))
    mira = closings.banked(closing, seen_by=alice)[0].candidate
    if added == "a contact":
        touchpoints.log(mira, kind="call", direction="out", by=bob)
    elif added == "an application":
        applications.put(mira, make.role(bob, "Analytics Lead"), by=bob)
    elif added == "a tag":
        tags.apply(mira, "Lyon", by=bob)
    else:
        applications.debrief(applications.of(mira, seen_by=alice)[0], Words(missing="Scale"), by=alice)
    assert [person.full_name for person in takebacks.undo(closing, by=alice)] == ["Mira Halvorsen"]
    assert [place.candidate.full_name for place in benches.of(role, seen_by=alice)] == ["Mira Halvorsen"]
    assert by_name("Samuel", alice) is None
    assert role.status == "open"


def test_a_role_that_somebody_stays_with_stays_too(alice):
    closing = close("Head of Data", [MIRA], alice)
    mira = closings.banked(closing, seen_by=alice)[0].candidate
    touchpoints.log(mira, kind="call", direction="out", by=alice)
    takebacks.undo(closing, by=alice)
    assert roles.find(closing.role_id, seen_by=alice).status == "open"


def test_after_a_day_it_can_no_longer_be_taken_back(alice):
    closing = close(make.role(alice), [MIRA], alice)
    with clock.set_to(clock.now() + closings.UNDO_WITHIN), pytest.raises(Refused, match="one by one"):
        takebacks.undo(closing, by=alice)


def test_one_more_is_banked_for_a_role_that_is_filled(alice):
    role = make.role(alice)
    close(role, [MIRA], alice, hired=Hired("Nadia Brandt"))
    closing = closings.bank(role, SAMUEL, by=alice, intent="another")
    assert role.status == "filled"
    assert [place.candidate.full_name for place in benches.of(role, seen_by=alice)] == ["Mira Halvorsen", "Samuel Osei"]
    takebacks.undo(closing, by=alice)
    assert role.status == "filled"
    assert roles.hire_of(role, seen_by=alice) is not None


def make_upload(by, proposed, *, content=None):
    upload = resumes.add(resumes.receive("dropped.pdf", content or documents.pdf(name="Mira")), by=by)
    upload.proposed, upload.state = proposed, "read" if proposed else "waiting"
    db.session.flush()
    assert finalists.uploads([upload.id], by=by)
    return upload
