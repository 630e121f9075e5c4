"""Two records of one person: joined, nothing lost or doubled, nothing allowed that was forbidden; and parted."""

import random
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from crm.db import Base, db
from crm.domain import (
    applications,
    benches,
    cadences,
    candidates,
    consents,
    door_openers,
    erased,
    erasing,
    finding,
    gate,
    identities,
    import_choices,
    merge_moves,
    merged,
    merges,
    promises,
    resumes,
    tags,
    touchpoints,
    wishes,
    withdrawals,
)
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.forwards import Forward
from crm.kit import clock, redaction
from tests import documents, make


@pytest.fixture
def two(alice):
    """The same Ada twice, with different things on record."""
    ada = make.candidate(alice, headline="Analyst", phones=["+44 20 7946 0958"])
    other = make.candidate(
        alice, "Ada Lovelace", email="ada@elsewhere.example.org", location="Lund", headline="Engineer"
    )
    return ada, other


def rows_of(candidate_id):
    """By table, how many rows name them."""
    tables = {column.table for column in merge_moves.references()}
    return {
        table.name: count
        for table in tables
        if (count := db.session.scalar(select(func.count()).where(table.c.candidate_id == candidate_id)))
    }


def everything(*people):
    """All that is stored about them, as plain rows, for comparing before and after."""
    ids = [person.id for person in people]
    db.session.flush()
    found = {}
    for table in Base.metadata.sorted_tables:
        if "candidate_id" in table.c:
            columns = [column for column in table.columns if column.name not in {"position"}]
            rows = db.session.execute(select(*columns).where(table.c.candidate_id.in_(ids)))
            found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found


def test_the_record_that_stays_has_everything(alice, two):
    ada, other = two
    make.near_miss(other, make.role(alice), alice, sentence="Ran the better case.")
    make.resume(other, alice)
    make.consent(other, alice)
    tags.apply(other, "kafka", by=alice)
    touchpoints.log(other, kind="call", direction="out", text="Spoke about spring.", by=alice)
    promises.make(other, text="I will call in spring", due_on=make.in_days(30), by=alice)
    merges.merge(ada, other, by=alice)
    assert ada.full_name == "Ada Byron"
    assert (ada.headline, ada.location) == ("Analyst", "Lund")
    assert [mail.address for mail in ada.emails] == ["ada@example.org", "ada@elsewhere.example.org"]
    assert [one.role.title for one in applications.of(ada, seen_by=alice)] == ["Head of Data"]
    assert resumes.latest(ada) is not None
    assert gate.of(ada, company="Acme", address="carol@acme.example.org").word == ""
    assert tags.names([ada.id])[ada.id] == ["kafka"]
    assert ada.last_contact_kind == "call"
    with pytest.raises(Missing):
        candidates.find(other.id, seen_by=alice)
    assert merges.kept_instead_of(other.id, seen_by=alice) == ada.id
    assert [one.id for one in finding.candidates_named("Ada", seen_by=alice)] == [ada.id]


def test_a_field_is_taken_from_the_one_that_is_right(alice, two):
    ada, other = two
    merges.merge(ada, other, by=alice, take=["full_name", "headline"])
    assert (ada.full_name, ada.name_key, ada.headline) == ("Ada Lovelace", "ada lovelace", "Engineer")


def test_undone_both_are_as_they_were(alice, two):
    ada, other = two
    make.near_miss(other, make.role(alice), alice)
    for person in two:
        make.consent(person, alice)
        tags.apply(person, "kafka", by=alice)
    make.resume(other, alice)
    before = everything(*two)
    done = merges.merge(ada, other, by=alice, take=["full_name"])
    assert everything(*two) != before
    again = merges.undo(done, by=alice)
    assert again.id == other.id
    assert everything(*two) == before
    assert (ada.full_name, ada.location, other.full_name) == ("Ada Byron", "", "Ada Lovelace")
    assert [one.id for one in finding.candidates_named("Lovelace", seen_by=alice)] == [other.id]
    assert merges.undo(done, by=alice).id == other.id


def test_what_came_since_stays_where_it_was_put(alice, two):
    ada, other = two
    done = merges.merge(ada, other, by=alice)
    touchpoints.log(ada, kind="call", direction="out", by=alice)
    candidates.change(ada, candidates.Facts(location="Oslo"), by=alice)
    merges.undo(done, by=alice)
    assert ada.location == "Oslo"
    assert rows_of(ada.id)["touchpoint"] == 1
    assert "touchpoint" not in rows_of(other.id)


def test_the_same_role_twice_becomes_one_application_that_says_both(alice, two):
    ada, other = two
    role = make.role(alice)
    applications.put(ada, role, by=alice, stage="interview")
    make.near_miss(other, role, alice, sentence="Ran the better case.", hire_for=["Head of Data"])
    before = everything(*two)
    done = merges.merge(ada, other, by=alice)
    [one] = applications.of(ada, seen_by=alice)
    assert (one.stage, one.disposition) == ("finalist", "rejected")
    assert (one.debrief.sentence, one.debrief.hire_for) == ("Ran the better case.", ["Head of Data"])
    merges.undo(done, by=alice)
    assert everything(*two) == before


def test_the_same_bench_is_sat_on_once(alice, two):
    role = make.role(alice)
    benches.put(role, [benches.Seat(person) for person in two], by=alice)
    done = merges.merge(*two, by=alice)
    assert [place.candidate_id for place in benches.of(role, seen_by=alice)] == [two[0].id]
    merges.undo(done, by=alice)
    assert len(benches.of(role, seen_by=alice)) == 2


def test_a_forward_of_the_same_file_shows_the_one_that_stays(alice, two):
    ada, other = two
    content = documents.pdf("Ada", ["Kafka"])
    kept = make.resume(ada, alice, content=content)
    twin = make.resume(other, alice, content=content)
    sent = make.forward(alice, other)
    assert sent.resume_id == twin.id
    done = merges.merge(ada, other, by=alice)
    db.session.expire_all()
    assert (sent.candidate_id, sent.resume_id) == (ada.id, kept.id)
    merges.undo(done, by=alice)
    db.session.expire_all()
    assert (sent.candidate_id, sent.resume_id) == (other.id, twin.id)


# --- the stricter word


def test_a_no_of_one_holds_for_both(alice, two):
    ada, other = two
    make.consent(ada, alice)
    withdrawn = make.consent(other, alice)
    consents.withdraw(withdrawn, by=alice)
    done = merges.merge(ada, other, by=alice)
    assert gate.of(ada, company="Acme", address="carol@acme.example.org").word == "ask"
    merges.undo(done, by=alice)
    assert gate.of(ada, company="Acme", address="carol@acme.example.org").word == ""
    assert gate.of(other, company="Acme", address="carol@acme.example.org").word == "ask"


def test_no_contact_rules_and_pauses_hold_for_both(alice, two):
    ada, other = two
    make.consent(ada, alice, purpose="contact", company="")
    consents.withdraw(make.consent(other, alice, purpose="contact", company=""), by=alice)
    withdrawals.give_rule(other, kind="never", company="Globex", by=alice, evidence="said so")
    cadences.pause(other, why="quiet", until=None, by=alice)
    merges.merge(ada, other, by=alice)
    assert consents.forbids_contact(ada.id)
    assert gate.of(ada, company="Globex", address="x@globex.example.org").word == "never"
    assert ada.is_paused


def test_who_sees_less_decides_who_sees_it(alice, bob, charlie, two):
    ada, other = two
    candidates.share(other, "owner", by=alice)
    merges.merge(ada, other, by=alice)
    with pytest.raises(Missing):
        candidates.find(ada.id, seen_by=charlie)


def test_kept_to_different_people_they_are_not_merged(alice, rita):
    mine = make.candidate(rita, visibility="owner")
    theirs = make.candidate(alice, visibility="owner")
    with pytest.raises(Refused, match="different people"):
        merges.merge(mine, theirs, by=rita)


def test_a_no_that_was_said_while_they_were_one_holds_for_both_after(alice, two):
    ada, other = two
    make.consent(other, alice)
    done = merges.merge(ada, other, by=alice)
    with later(minutes=5):
        [one] = db.session.scalars(consents.of(ada))
        consents.withdraw(one, by=None)
        withdrawals.give_rule(ada, kind="never", company="Globex", by=alice, evidence="said so")
        cadences.pause(ada, why="quiet", until=None, by=alice)
        merges.undo(done, by=alice)
    for person in two:
        assert gate.of(person, company="Globex", address="x@globex.example.org").word == "never"
        assert person.is_paused
    assert gate.of(other, company="Acme", address="carol@acme.example.org").word == "ask"


@pytest.mark.parametrize("seed", range(25))
def test_joined_or_parted_never_allows_what_was_forbidden(alice, two, seed):
    """Random permissions on both: what is allowed after was allowed before by one of them, and forbidden by none."""
    chance = random.Random(seed)
    companies = ("Acme", "Globex")
    for person in two:
        for number in range(chance.randint(0, 4)):
            given = consents.record(
                person, purpose="forward", company=chance.choice(("", *companies)), evidence=f"yes {number}", by=alice,
                attachment=chance.random() < 0.5,
            )  # fmt: skip
            if chance.random() < 0.4:
                consents.withdraw(given, by=alice)
    before = [allowed(person, companies) for person in two]
    refused = [forbidden(person, companies) for person in two]
    stored = everything(*two)
    done = merges.merge(*two, by=alice)
    after = allowed(two[0], companies)
    assert after <= before[0] | before[1]
    assert not after & (refused[0] | refused[1])
    merges.undo(done, by=alice)
    assert [allowed(person, companies) for person in two] == before
    assert everything(*two) == stored


def allowed(person, companies):
    return {
        (company, attached)
        for company in companies
        for attached in (False, True)
        if any(one.covers(company, attached=attached) for one in db.session.scalars(consents.of(person)))
    }


def forbidden(person, companies):
    """Where they heard a no, and no yes besides."""
    mine = list(db.session.scalars(consents.of(person)))
    return {
        (company, attached)
        for company in companies
        for attached in (False, True)
        if any(one.withdrawn_at and one.company in {"", company} for one in mine)
        and not any(one.is_valid and one.company in {"", company} for one in mine)
    }


ACME = {"company": "Acme", "address": "carol@acme.example.org"}


@pytest.mark.parametrize("narrower", [{"attachment": False}, {"blind": True}, {"parts": ["headline"]}])
def test_a_narrower_yes_of_one_does_not_carry_a_wider_one_of_the_other(alice, two, narrower):
    ada, other = two
    make.consent(ada, alice)
    consents.withdraw(make.consent(other, alice), by=alice)
    consents.record(other, purpose="forward", company="Acme", evidence="only so", by=alice, **narrower)
    merges.merge(ada, other, by=alice)
    assert gate.of(ada, **ACME, attached=True, parts=("headline", "resume", "file")).word == "ask"


@pytest.mark.parametrize(
    ("kept", "gone"),
    [(("quiet", None), ("restricted", 20)), (("restricted", 30), ("quiet", 60)), (None, ("restricted", 9))],
)
def test_what_one_restricted_stays_restricted_as_long_as_either_pauses(alice, two, kept, gone):
    make.consent(two[0], alice)
    for person, pause in zip(two, (kept, gone), strict=True):
        if pause:
            until = None if pause[1] is None else make.in_days(pause[1])
            cadences.pause(person, why=pause[0], until=until, by=alice)
    done = merges.merge(*two, by=alice)
    ends = [pause[1] for pause in (kept, gone) if pause]
    assert (two[0].pause_why, two[0].paused_until) == (
        "restricted", None if None in ends else make.in_days(max(ends)),
    )  # fmt: skip
    merges.undo(done, by=alice)
    assert two[0].pause_why == (kept[0] if kept else "")


def test_nothing_goes_to_either_employer(alice, two):
    ada, other = two
    candidates.change(ada, candidates.Facts(employer="Globex"), by=alice)
    candidates.change(other, candidates.Facts(employer="Acme"), by=alice)
    make.consent(ada, alice)
    done = merges.merge(ada, other, by=alice)
    assert gate.of(ada, **ACME).word == "never"
    merges.undo(done, by=alice)
    assert gate.of(ada, **ACME).word == ""
    assert gate.of(other, **ACME).word == "employer"


def test_by_what_either_was_known_is_not_told_of_somebody_without_a_name(alice, two):
    ada, other = two
    candidates.change(other, candidates.Facts(full_name="Countess Lovelace", employer="Babbage Engines"), by=alice)
    candidates.change(ada, candidates.Facts(employer="Globex Marine"), by=alice)
    text = "Ada Byron, also Countess Lovelace. Worked at Babbage Engines and Globex Marine."
    done = merges.merge(ada, other, by=alice, take=["full_name"])
    with later(days=31):
        erasing.deleted_candidates(clock.now())
        told = redaction.hide(text, identities.of(ada))
    assert not [word for word in ("Byron", "Lovelace", "Babbage", "Globex") if word in told]
    assert (done.moved, done.before, done.added) == ({}, {}, {})


# --- who may, and when


def test_nobody_takes_a_record_over_by_merging_it_into_their_own(alice, bob):
    theirs = make.candidate(alice)
    mine = make.candidate(bob, "Mine", email="mine@example.org", visibility="owner")
    assert not merges.may_merge(theirs, mine, by=bob)
    with pytest.raises(Denied):
        merges.merge(theirs, mine, by=bob)
    assert candidates.find(theirs.id, seen_by=alice)


def test_of_several_the_latest_is_undone_first(alice, two):
    third = make.candidate(alice, "Ada B", email="ada@elsewhere.example.org")
    for person in (two[1], third):
        tags.apply(person, "kafka", by=alice)
    before = everything(*two, third)
    first = merges.merge(*two, by=alice)
    second = merges.merge(two[0], third, by=alice)
    with pytest.raises(Refused, match="Ada B was merged into it after that"):
        merges.undo(first, by=alice)
    merges.undo(second, by=alice)
    merges.undo(first, by=alice)
    assert everything(*two, third) == before


def test_a_living_person_does_not_count_as_erased(alice, two):
    merges.merge(*two, by=alice)
    known = import_choices.Known()
    import_choices._by_mail(known, {"ada@elsewhere.example.org"}, alice)
    assert not known.gone
    with later(days=31):
        erasing.deleted_candidates(clock.now())
    db.session.flush()
    assert erased.among({"ada@elsewhere.example.org"}) == set()


def test_a_chain_is_remembered_until_the_person_is_erased(alice, two):
    third = make.candidate(alice, "Ada B", email="third@example.org")
    merges.merge(*two, by=alice)
    merges.merge(third, two[0], by=alice)
    with later(days=40):
        erasing.deleted_candidates(clock.now())
        assert set(merged.every_id(third.id)) == {one.id for one in two}
        erasing.delete(third, by=alice)
    with later(days=60):
        erasing.deleted_candidates(clock.now())
    db.session.flush()
    assert set(wishes.on_record().erased) == {third.id, *(one.id for one in two)}
    assert merged.every_id(third.id) == []


def test_more_addresses_than_there_is_room_for_can_still_be_saved(alice, two):
    ada, other = two
    for person in two:
        mails = [f"{person.id}{number}@example.org" for number in range(10)]
        candidates.change(person, candidates.Facts(emails=mails), by=alice)
    merges.merge(ada, other, by=alice)
    candidates.change(ada, candidates.Facts(emails=[one.address for one in ada.emails]), by=alice)
    assert len(ada.emails) == 20


def test_what_hangs_on_a_sealed_role_is_not_counted_for_others(alice, bob, two):
    sealed = make.role(alice, "Head of Data", status="sealed", codename="North Star")
    applications.put(two[0], sealed, by=alice, stage="interview")
    assert merges.what_hangs(two[0], seen_by=alice) == "1 application"
    assert merges.what_hangs(two[0], seen_by=bob) == "nothing yet"


def test_letters_about_the_same_role_are_about_the_application_that_stays(alice, two):
    role = make.role(alice)
    theirs = [make.near_miss(person, role, alice) for person in two]
    table = Base.metadata.tables["keeping_question"]
    door_openers.ask(two[1], by=alice).application_id = theirs[1].id
    db.session.flush()
    about = select(table.c.application_id)
    done = merges.merge(*two, by=alice)
    assert db.session.scalars(about).all() == [theirs[0].id]
    merges.undo(done, by=alice)
    assert db.session.scalars(about).all() == [theirs[1].id]


def test_pressed_twice_it_is_one_merge(alice, two):
    assert merges.merge(*two, by=alice).id == merges.merge(*two, by=alice).id


def test_a_record_is_not_merged_with_itself_and_not_by_somebody_who_may_not_delete(alice, bob, two):
    with pytest.raises(Refused):
        merges.merge(two[0], two[0], by=alice)
    with pytest.raises(Denied):
        merges.merge(*two, by=bob)


def test_two_that_were_introduced_to_each_other_are_two_people(alice, two):
    table = Base.metadata.tables["introduction"]
    assert len([c for c in merge_moves.references() if c.table is table]) == 2
    assert not merge_moves.between(two[0].id, two[1].id)


def test_after_thirty_days_it_is_for_good(alice, two):
    done = merges.merge(*two, by=alice)
    with pytest.raises(Missing):
        candidates.find_deleted(two[1].id, by=alice)
    with later(days=29):
        assert erasing.deleted_candidates(clock.now()) == 0
        assert done.can_be_undone
    with later(days=31):
        with pytest.raises(Refused, match="30 days"):
            merges.undo(done, by=alice)
        assert erasing.deleted_candidates(clock.now()) == 1
    assert wishes.on_record().erased == {}


def test_in_a_row_they_are_undone_from_the_last(alice, two):
    ada, other = two
    third = make.candidate(alice, "Countess", email="third@example.org")
    tags.apply(other, "kafka", by=alice)
    first = merges.merge(ada, other, by=alice)
    second = merges.merge(third, ada, by=alice)
    assert tags.names([third.id])[third.id] == ["kafka"]
    assert merges.kept_instead_of(other.id, seen_by=alice) == third.id
    with pytest.raises(Refused, match="Undo that first"):
        merges.undo(first, by=alice)
    merges.undo(second, by=alice)
    merges.undo(first, by=alice)
    assert tags.names([other.id])[other.id] == ["kafka"]


def test_deleted_and_erased_all_of_it_goes_and_stays_gone(alice, two):
    ada, other = two
    merges.merge(ada, other, by=alice)
    ids = {ada.id, other.id}
    assert wishes.on_record().deleted == {}
    erasing.delete(ada, by=alice)
    db.session.flush()
    assert set(wishes.on_record().deleted) == ids
    with later(days=8):
        erasing.deleted_candidates(clock.now())
    db.session.flush()
    assert set(wishes.on_record().erased) == ids
    assert db.session.scalar(select(func.count()).select_from(Base.metadata.tables["candidate_email"])) == 0
    assert db.session.scalar(select(func.count()).select_from(Forward)) == 0


def test_every_table_that_names_a_candidate_is_moved_or_says_why_not():
    named = {c.table.name for c in merge_moves.references()} | merge_moves.STAYS
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name == "candidate" for key in table.foreign_keys):
            assert table.name in named
        partial = [i for i in table.indexes if i.unique and i.dialect_options["sqlite"]["where"] is not None]
        if table.name in named and any("candidate_id" in index.columns for index in partial):
            assert table.name in merge_moves.ONLY_WHILE, f"{table.name}: unique only while what?"


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)
