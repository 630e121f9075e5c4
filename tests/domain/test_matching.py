"""Who fits a role: reasons that add up, what is told apart from them, and what never shows or counts."""

import pytest

from crm.db import db
from crm.domain import (
    applications,
    cadences,
    candidates,
    dismissals,
    matching,
    profiles,
    roles,
    signals,
    tags,
    touchpoints,
)
from crm.domain.errors import Refused
from crm.domain.profiles import Profile
from crm.kit import clock
from tests import make

NEEDS = "Streaming with Kafka, Python, a warehouse that analysts trust."


def resume(person, *lines):
    """As the index and the profile have it once the file was read."""
    profiles.write(person.id, "\n".join(lines), name=person.full_name)
    db.session.flush()


@pytest.fixture
def ada(alice):
    person = make.candidate(alice, "Ada Byron", headline="Data engineer")
    resume(person, "Data engineer", "Kafka streaming, Python and SQL")
    return person


@pytest.fixture
def opening(alice):
    return make.role(alice, "Data Engineer", needs=NEEDS)


def names(role, by, **more):
    return [match.candidate.full_name for match in matching.for_role(role, seen_by=by, **more)]


def only(role, by):
    (match,) = matching.for_role(role, seen_by=by)
    return match


def test_reasons_add_up_to_the_score_and_say_where_the_words_stand(alice, ada, opening):
    tags.apply(ada, "streaming", by=alice)
    match = only(opening, alice)
    assert match.score == sum(reason.weight for reason in match.reasons) > 0
    said = " / ".join(reason.words for reason in match.reasons)
    assert "Their headline “Data engineer”" in said
    assert "Tagged Streaming" in said
    assert "Kafka" in said and "in the resume" in said
    assert all(reason.weight > 0 for reason in match.reasons)


def test_a_near_miss_in_a_similar_role_counts_and_brings_its_sentence(alice, ada, opening):
    before = only(opening, alice).score
    earlier = make.role(alice, "Senior Data Engineer")
    make.near_miss(
        ada, earlier, alice, sentence="Designed the best pipeline.", missing="Ran no team", hire_for=["Data lead"]
    )
    match = only(opening, alice)
    said = " / ".join(reason.words for reason in match.reasons)
    assert "Nearly got Senior Data Engineer" in said and "by a hair" in said
    assert "stage “finalist”" in said and "would hire for Data lead" in said
    assert match.score > before
    assert match.round.sentence == "Designed the best pipeline."
    assert matching.met([match]) == [match]
    assert match.against == ("Missing then: Ran no team",)


def test_somebody_without_a_resume_is_found_by_the_debrief(alice, opening):
    bo = make.candidate(alice, "Bo Lind", email="")
    make.near_miss(bo, make.role(alice, "Data Engineer, Berlin"), alice, hire_for=["Data engineering"])
    assert names(opening, alice) == ["Bo Lind"]


def test_today_counts_a_little_and_what_is_stale_does_not(alice, ada, opening):
    before = only(opening, alice)
    assert "Nothing heard from them yet" in before.stale
    ada.availability, ada.said_on = "from May", clock.today()
    make.consent(ada, alice, purpose="contact", company="")
    touchpoints.log(ada, kind="call", direction="in", by=alice)
    db.session.flush()
    after = only(opening, alice)
    assert after.score == before.score + 3 + 3 + 4
    assert after.stale == ()
    ada.said_on = make.in_days(-400)
    db.session.flush()
    faded = only(opening, alice)
    assert faded.score == after.score - 3
    assert any("when they could start" in one for one in faded.stale)


def test_gracious_signals_change_nothing(alice, ada, opening):
    before = only(opening, alice)
    signals.log(ada, kind="thanked", by=alice, words="Kafka Python streaming data engineer")
    assert only(opening, alice) == before


@pytest.mark.parametrize("how", ["archive", "delete", "pause", "hide", "hire"])
def test_who_is_not_there_never_shows(alice, bob, charlie, ada, opening, how):
    acts = {
        "archive": lambda: candidates.archive(ada, by=alice),
        "delete": lambda: candidates.delete(ada, by=alice),
        "pause": lambda: cadences.pause(ada, why="quiet", by=alice),
        "hire": lambda: roles.record_hire(make.role(alice, "Sailor"), by=alice, candidate_id=ada.id),
        "hide": lambda: candidates.share(ada, "owner", by=alice),
    }
    acts[how]()
    db.session.flush()
    assert names(opening, charlie) == []
    assert matching.for_text("Data Engineer", NEEDS, seen_by=charlie) == []


def test_who_is_on_record_for_the_role_is_left_out(alice, ada, opening):
    applications.put(ada, opening, by=alice, stage="screen")
    assert names(opening, alice) == []


def test_not_this_one_with_a_reason_and_back(alice, ada, opening):
    with pytest.raises(Refused):
        dismissals.put_aside(opening, ada, reason=" ", by=alice)
    dismissals.put_aside(opening, ada, reason="Lives too far away for night shifts", by=alice)
    db.session.flush()
    assert names(opening, alice) == []
    assert [one.reason for one in dismissals.of(opening, seen_by=alice)] == ["Lives too far away for night shifts"]
    assert len(matching.for_text("Data Engineer", NEEDS, seen_by=alice)) == 1
    dismissals.take_back(opening, ada, by=alice)
    dismissals.take_back(opening, ada, by=alice)
    db.session.flush()
    assert names(opening, alice) == ["Ada Byron"]


def test_a_sealed_role_is_matched_and_told_to_nobody_else(alice, bob, ada):
    sealed = make.role(alice, "Data Engineer, Heron", needs=NEEDS, status="sealed", codename="Heron")
    make.near_miss(ada, sealed, alice, sentence="Knows Heron.", hire_for=["Data Engineer"])
    opening = make.role(bob, "Data Engineer", needs=NEEDS)
    assert "Heron" in str(only(opening, alice))
    assert "Heron" not in str(matching.for_role(opening, seen_by=bob))
    other = make.candidate(alice, "Cy Holm", email="", headline="Data engineer")
    assert "Data Engineer, Heron" in [one.role.title for one in matching.roles_for(other, seen_by=alice)]
    assert "Data Engineer, Heron" not in [one.role.title for one in matching.roles_for(other, seen_by=bob)]


def test_roles_that_fit_somebody_come_with_the_same_reasons(alice, ada, opening):
    make.role(alice, "Head chef", needs="Menus and a brigade of ten.")
    (found,) = matching.roles_for(ada, seen_by=alice)
    assert found.role is opening
    assert found.score == sum(reason.weight for reason in found.reasons) == only(opening, alice).score
    applications.put(ada, opening, by=alice)
    assert matching.roles_for(ada, seen_by=alice) == []


def test_nothing_asked_finds_nobody(alice, ada):
    for title, needs in (("", ""), ("!!! %%", "\U0001f600 _"), ("a", "the of and")):
        assert matching.for_text(title, needs, seen_by=alice) == []


PAIRS = [(number, kind) for number in range(125) for kind in ("name", "gender", "age", "address")]
NAMES = (
    "Ada Byron",
    "Mehmet Yıldız",
    "Thi Hoa Nguyen",
    "John Smith",
    "Anna Cook",
    "Kwame Mensah",
    "Sofia Data",
    "Lee Baker",
)
GENDER = (("He", "his", "Mr", "salesman"), ("She", "her", "Mrs", "saleswoman"), ("They", "their", "Mx", "salesperson"))
AGES = ("Born 4 May 1961", "Date of birth: 12.03.1999", "Age: 44 years old", "")
STREETS = (
    "12 Baker Street, London",
    "Hauptstraße 5, 10115 Berlin",
    "4 Rue de la Paix, 75002 Paris",
    "77 Data Avenue, Austin, TX 78701",
)


def texts(name, gender, age, street):
    subject, owner, title, seller = gender
    first = name.split()[0].lower()
    return [
        name, f"{street}", f"{first}@example.org | +44 20 7946 0018", age, "Data engineer",
        f"{title} {name}. {subject} built the streaming platform with Kafka and {owner} team.",
        f"Before that {seller} of warehouses; Python, SQL.",
    ]  # fmt: skip


def test_500_pairs_that_differ_in_name_gender_age_or_address_only(alice, opening):
    """The same score and the same reasons: each in turn takes the place of the one before, and of the first."""
    person = make.candidate(alice, NAMES[0], email="", headline="Data engineer")
    wanted = None
    for number, kind in PAIRS:
        pick = dict.fromkeys(("name", "gender", "age", "address"), 0) | {kind: number}
        name, street = NAMES[pick["name"] % len(NAMES)], STREETS[pick["address"] % len(STREETS)]
        person.full_name, person.location = name, street
        resume(person, *texts(name, GENDER[pick["gender"] % len(GENDER)], AGES[pick["age"] % len(AGES)], street))
        kept = db.session.get_one(Profile, person.id, populate_existing=True)
        facts = (kept.words, kept.size, kept.fields)
        if number < 8:
            match = only(opening, alice)
            assert (match.score, match.reasons) == (wanted or (facts, match.score, match.reasons))[1:]
            wanted = wanted or (facts, match.score, match.reasons)
        assert facts == wanted[0], (kind, name)
