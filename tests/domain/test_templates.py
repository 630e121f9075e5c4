"""Templates of letters: the starting set, one's own, the team's, the company's, and every version that was saved."""

import pytest

from crm.domain import merging, roles, templates
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.starting_letters import STARTERS
from crm.kit import gentle
from tests import make

WORDS = {"name": "After a chat", "subject": "Good to talk", "text": "Dear {first name},\n\nthank you."}
NEVER = (
    "first choice",
    "number one",
    "second best",
    "rank",
    "runner",
    "backup",
    "guarantee",
    "asap",
    "urgent",
    "as soon as",
)


def names(user):
    return [one.name for one in templates.listed(user)]


def test_everybody_begins_with_the_starting_set(alice, bob):
    assert [one.key for one in templates.listed(alice)] == list(STARTERS)
    assert templates.of_kind("thanks", seen_by=bob).subject == "Thank you for your time"
    assert templates.find("thanks", seen_by=bob).is_as_it_came


@pytest.mark.parametrize("key", STARTERS)
def test_the_starting_set_promises_nothing_and_presses_nobody(alice, key):
    came = templates.of_kind(key, seen_by=alice)
    words = f"{came.subject}\n{came.text}".casefold()
    assert not [word for word in NEVER if word in words]
    assert not gentle.remarks(came.subject, came.text)
    ada = make.candidate(alice)
    filled = merging.fill(came.text, ada, by=alice, role=make.role(alice))
    assert "Dear Ada," in filled.text
    assert "With kind regards,\nAlice Okafor\nNorrland" in filled.text
    assert set(filled.missing) <= {"your own words", "when you last spoke"}


def test_a_turn_down_is_true_when_nobody_was_hired_too():
    assert "filled" not in STARTERS["door_open"].text
    assert "somebody else" not in STARTERS["door_open"].text


def test_what_somebody_writes_is_theirs_alone(alice, bob):
    mine = templates.add(by=alice, **WORDS)
    assert names(alice)[-1] == "After a chat"
    assert "After a chat" not in names(bob)
    with pytest.raises(Missing):
        templates.find(mine.id, seen_by=bob)


def test_a_teams_is_the_teams(alice, bob, charlie):
    ours = templates.add(by=alice, shared="team", team_id=alice.teams[0].id, **WORDS)
    assert templates.find(ours.id, seen_by=bob) is ours
    assert "After a chat" not in names(charlie)
    with pytest.raises(Denied):
        templates.change(ours, by=bob, name="Mine now")


def test_the_companys_is_everybodys_and_the_office_may_change_it(alice, charlie, rita):
    ours = templates.add(by=alice, shared="company", **WORDS)
    assert templates.find(ours.id, seen_by=charlie) is ours
    templates.change(ours, by=rita, subject="Good to talk to you")
    with pytest.raises(Denied):
        templates.delete(ours, by=charlie)


def test_the_same_click_twice_is_one_template(alice):
    assert templates.add(by=alice, intent="x", **WORDS) is templates.add(by=alice, intent="x", **WORDS)


def test_every_version_is_kept_and_comes_back(alice):
    mine = templates.add(by=alice, **WORDS)
    templates.change(mine, by=alice, text="Another text")
    templates.change(mine, by=alice, text="Another text")
    templates.change(mine, by=alice, purpose="thanks")
    assert [one.number for one in templates.versions_of(mine, seen_by=alice)] == [2, 1]
    templates.bring_back(mine, 1, by=alice)
    assert mine.text == WORDS["text"]
    assert next((one.number, one.text) for one in templates.versions_of(mine, seen_by=alice)) == (3, WORDS["text"])
    with pytest.raises(Missing):
        templates.version(mine, 9, seen_by=alice)


def test_the_office_gives_one_of_the_starting_set_other_words(alice, rita):
    ours = templates.change(templates.find("thanks", seen_by=rita), by=rita, subject="We thank you")
    assert templates.of_kind("thanks", seen_by=alice) is ours
    assert [one.key for one in templates.listed(alice)] == list(STARTERS)
    assert [one.by for one in templates.versions_of(ours, seen_by=alice)] == [rita, None]
    templates.delete(ours, by=rita)
    assert templates.of_kind("thanks", seen_by=alice).subject == "Thank you for your time"
    templates.restore(templates.find_deleted(ours.id, by=rita), by=rita)
    assert templates.of_kind("thanks", seen_by=alice) is ours


def test_a_manager_changes_it_for_themselves(alice, bob, rita):
    templates.change(templates.find("thanks", seen_by=rita), by=rita, subject="We thank you")
    mine = templates.change(templates.find("thanks", seen_by=alice), by=alice, subject="I thank you", shared="company")
    assert (mine.shared, mine.subject) == ("private", "I thank you")
    assert templates.of_kind("thanks", seen_by=alice) is mine
    assert templates.of_kind("thanks", seen_by=bob).subject == "We thank you"


def test_there_is_one_of_each_for_the_company(alice, rita):
    first = templates.change(templates.find("thanks", seen_by=rita), by=rita, subject="We thank you")
    templates.delete(first, by=rita)
    templates.change(templates.find("thanks", seen_by=rita), by=rita, subject="Thanks")
    with pytest.raises(Refused, match="taken its place"):
        templates.restore(templates.find_deleted(first.id, by=rita), by=rita)


def test_who_began_from_an_older_version_is_told(alice):
    mine = templates.add(by=alice, **WORDS)
    templates.change(mine, by=alice, text="From one window", seen=1)
    templates.change(mine, by=alice, text="From one window", seen=1)
    with pytest.raises(Refused, match="changed it since"):
        templates.change(mine, by=alice, text="From another", seen=1)


@pytest.mark.parametrize(("field", "value"), [
    ("name", " "), ("name", "x" * 81), ("subject", ""), ("subject", "a\nb"), ("text", " "), ("text", "x" * 10_001),
    ("purpose", "spam"), ("shared", "everybody"), ("team_id", "another"),
])  # fmt: skip
def test_what_is_refused_says_where(alice, field, value):
    with pytest.raises(Refused) as refusal:
        templates.add(by=alice, **{**WORDS, "shared": "team", "team_id": alice.teams[0].id, field: value})
    assert refusal.value.field == field


def test_one_of_the_starting_set_is_not_deleted(rita):
    with pytest.raises(Refused, match="starting set"):
        templates.delete(templates.find("thanks", seen_by=rita), by=rita)


@pytest.mark.parametrize("field", ["name", "subject", "text"])
def test_what_others_read_tells_of_no_sealed_role(alice, field):
    make.role(alice, "Chief of Bluebirds", status="sealed", codename="Bluebird")
    words = {**WORDS, field: "About Bluebird"}
    mine = templates.add(by=alice, **words)
    for shared in ("team", "company"):
        with pytest.raises(Refused, match="sealed"):
            templates.change(mine, by=alice, shared=shared, team_id=alice.teams[0].id)


def test_others_read_its_versions_from_when_it_was_shared(alice, bob, rita):
    make.role(alice, "Chief of Bluebirds", status="sealed", codename="Bluebird")
    mine = templates.add(by=alice, **{**WORDS, "text": "About Bluebird"})
    templates.change(mine, by=alice, text="About nothing")
    templates.change(mine, by=alice, shared="company", text="About us")
    templates.change(mine, by=alice, subject="Again")
    for reader in (bob, rita):
        assert [one.number for one in templates.versions_of(mine, seen_by=reader)] == [4, 3]
        with pytest.raises(Missing):
            templates.version(mine, 1, seen_by=reader)
    with pytest.raises(Missing):
        templates.bring_back(mine, 1, by=rita)
    assert len(templates.versions_of(mine, seen_by=alice)) == 4
    with pytest.raises(Refused, match="sealed"):
        templates.bring_back(mine, 1, by=alice)


def test_shared_more_widely_it_is_read_from_then_on(alice, bob, charlie):
    mine = templates.add(by=alice, shared="team", team_id=alice.teams[0].id, **WORDS)
    templates.change(mine, by=alice, text="For my team")
    assert len(templates.versions_of(mine, seen_by=bob)) == 2
    templates.change(mine, by=alice, shared="company")
    assert [one.text for one in templates.versions_of(mine, seen_by=charlie)] == ["For my team"]


def test_it_is_shared_again_only_where_it_tells_nothing(alice):
    mine = templates.add(by=alice, shared="company", **{**WORDS, "text": "About Bluebird"})
    templates.delete(mine, by=alice)
    make.role(alice, "Chief of Bluebirds", status="sealed", codename="Bluebird")
    with pytest.raises(Refused, match="sealed"):
        templates.restore(templates.find_deleted(mine.id, by=alice), by=alice)
    assert mine.deleted_at


def test_what_looks_like_code_is_kept_as_it_is(alice):
    odd = "{{7*7}} {% raw %} {config} {self.__class__}"
    mine = templates.add(by=alice, name=odd, subject=odd, text=odd)
    assert (mine.name, mine.subject, mine.text) == (odd, odd, odd)
    assert merging.fill(mine.text, make.candidate(alice), by=alice).text == odd


def test_a_role_is_named_unless_it_is_sealed(alice):
    role = make.role(alice, "Head of Data")
    opened = templates.of_kind("role_opened", seen_by=alice)
    ada = make.candidate(alice)
    assert merging.fill(opened.subject, ada, by=alice, role=role).text == "A role that may interest you: Head of Data"
    roles.change(role, by=alice, status="sealed")
    assert merging.fill(opened.subject, ada, by=alice, role=role).missing == ("a role",)
