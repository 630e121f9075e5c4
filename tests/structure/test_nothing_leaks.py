"""What one may not see is as if it were not there: on every page, in every search, under every address.

Every GET route is asked as a stranger, as an administrator, with the stranger's API token, as a guest with a link, and
as nobody. The invented workspace says a marker word wherever something could be told; see workspace.py.
"""

import pytest

from tests.structure.questions import arguments_of
from tests.structure.workspace import (
    BEGUN,
    HIDDEN,
    INTERNAL,
    NOWHERE,
    SEALED,
    Visitor,
    absent,
    bare,
    told,
)

pytestmark = pytest.mark.timeout(300)  # every page, as everybody

MARKERS = {"charlie": (SEALED, HIDDEN), "anna": (SEALED, HIDDEN), "": (SEALED, HIDDEN, INTERNAL)}
"""By visitor: what may not be told. Nobody and guests are the same here: a guest is nobody with a link."""
LOCAL_MAILBOX = {"letters.index", "letters.mailbox", "letters.mail", "letters.attachment", "letters.raw"}
"""An administrator reads the letters of everybody there, and with them whom they forwarded; never a sealed role."""


OWN_LINKS = {"guest.calendar", "guest.card", "guest.card_act", "guest.card_undo"}
"""Whoever holds one sees what its user sees: it is Alice's here. Never a sealed role, for it travels by mail."""


def may_tell(visitor, rule, marker):
    if rule.endpoint in OWN_LINKS:
        return marker != SEALED
    return visitor == "anna" and marker == HIDDEN and rule.endpoint in LOCAL_MAILBOX


def cases(house, rule):
    """The hidden things that this route can be asked for."""
    found = []
    for name, args in house.hidden.items():
        mine = {key: value for key, value in args.items() if key in rule.arguments}
        if mine and mine not in [args for _, args in found]:
            found.append((name, mine))
    return found


def answers(house, visitor):
    """Every answer that the visitor can get: to what is shown, to what is hidden, and to the marker as a question."""
    for rule in house.gets():
        yield rule, "shown", visitor.get(rule)
        for name, args in cases(house, rule):
            yield rule, name, visitor.get(rule, args)
        for argument in arguments_of(house, rule):
            for word in BEGUN.values():
                yield rule, f"?{argument}={word}", visitor.get(rule, **{argument: word})


@pytest.mark.parametrize("name", MARKERS)
def test_no_answer_says_a_marker(house, name):
    leaks, visitor = [], Visitor(house, name)
    for rule, asked, answer in answers(house, visitor):
        assert answer.status_code < 500, f"{rule} ({asked}) answers {answer.status_code}"
        text = told(answer)
        leaks += [
            f"{rule} ({asked}) tells {name or 'anybody'} {marker}: …{at(text, marker)}…"
            for marker in MARKERS[name]
            if marker.encode() in text and not may_tell(name, rule, marker)
        ]
    assert not leaks, "\n".join(leaks)


def at(text, marker):
    where = text.find(marker.encode())
    return text[max(0, where - 80) : where + 40].decode(errors="replace")


@pytest.mark.parametrize("name", [name for name in MARKERS if name])
def test_what_is_hidden_answers_like_what_is_not_there(house, name):
    visitor, different = Visitor(house, name), []
    for rule in house.gets():
        for case, args in cases(house, rule):
            if name == "anna" and rule.endpoint in LOCAL_MAILBOX:
                continue
            nothing = absent(args)
            hidden, missing = visitor.get(rule, args), visitor.get(rule, nothing)
            if bare(hidden, *args.values()) != bare(missing, *nothing.values()):
                different.append(
                    f"{rule} ({case}): {hidden.status_code}, and {missing.status_code} for what is not there"
                )
            elif hidden.status_code not in {404, 403}:
                different.append(f"{rule} ({case}): {hidden.status_code}")
    assert not different, "\n".join(different)


@pytest.mark.parametrize("name", ["charlie", "anna"])
@pytest.mark.parametrize("marker", [SEALED, HIDDEN])
def test_a_question_that_finds_what_is_hidden_is_answered_like_one_that_finds_nothing(house, name, marker):
    """Lists, counts, suggestions, filters."""
    visitor, different = Visitor(house, name), []
    there = asked_of(house, marker)
    for rule in house.gets():
        for argument in arguments_of(house, rule):
            missed = {nothing: bare(visitor.get(rule, **{argument: nothing}), nothing) for nothing in there}
            different += [
                f"{rule}?{argument}={word}"
                for nothing, words in there.items()
                for word in words
                if bare(visitor.get(rule, **{argument: word}), word) != missed[nothing]
                and not may_tell(name, rule, marker)
            ]
    assert not different, "\n".join(different)


def asked_of(house, marker):
    """A word that begins the marker, and the ids of hidden things; each under one that nothing has."""
    args = house.hidden["sealed" if marker == SEALED else "a team's"]
    ids = {args.get("role_id"), args.get("candidate_id"), args.get("tag_id")} - {None}
    return {NOWHERE: {BEGUN[marker]}, absent({"id": ""})["id"]: ids}


def test_who_may_see_it_all_is_told_it_all(house):
    """Or the tests above would find nothing because there is nothing to find."""
    told_alice = b"".join(told(answer) for _, _, answer in answers(house, Visitor(house, "alice")))
    assert not [marker for marker in BEGUN if marker.encode() not in told_alice]


def test_every_hidden_thing_opens_for_its_owner(house):
    """Each address that was refused above is right, so that it was refused for the person and not for the address."""
    alice = Visitor(house, "alice")
    for rule in house.gets():
        for case, args in cases(house, rule):
            if "through" not in case and rule.endpoint not in LOCAL_MAILBOX | house.own.keys():
                answer = alice.get(rule, args)
                found = answer.status_code not in {403, 404}  # it may still say that it cannot be done now
                assert found, f"{rule} ({case}) answers {answer.status_code} to its owner"


def test_every_page_opens_for_those_whom_it_is_for(house):
    """The crawl fills every address with something that is there."""
    visitors = [Visitor(house), Visitor(house, "alice"), Visitor(house, "anna")]
    best = {str(rule): min(visitor.get(rule).status_code for visitor in visitors) for rule in house.gets()}
    shut = {"/setup": 404, "/door/<token>/inside/export.json": 403}  # set up already; and nobody here has a code
    assert {rule: status for rule, status in best.items() if status >= 400} == shut
