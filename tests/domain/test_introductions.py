"""Introductions: both are asked first, and no letter names one to the other before both said yes."""

from functools import partial
from itertools import permutations, product

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.domain import (
    accounts,
    candidates,
    consents,
    dispatch,
    erasing,
    events,
    introducing,
    introduction_letters,
    introductions,
    outbox,
    recalls,
    suppressions,
    timeline,
    touchpoints,
)
from crm.domain.errors import Denied, Missing, Refused
from crm.domain.introductions import Introduction, Side
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail import letters
from crm.mail.writing import Tokens
from tests import make

TOLD = ("Somebody who builds data teams in shipping.", "A person who leads data teams, whom I know from a search.")


@pytest.fixture
def ada(alice):
    return make.candidate(alice, employer="Globex GmbH")


@pytest.fixture
def grace(alice):
    return make.candidate(alice, "Grace Hopper", email="grace@example.org")


@pytest.fixture
def carol(alice):
    return make.colleague(alice)


def asked(person, other, by, *, told=TOLD, intent="", **more):
    proposal = introducing.propose(person, other, told=told, by=by, **more)
    return introducing.ask(proposal, by=by, intent=intent or tokens.new_id())


def answered(introduction, *answers):
    for side, said in zip(introduction.sides, answers, strict=True):
        introductions.answer(side, said, shares=side.address)
    return introduction


def sent():
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def draft_of(letter):
    return letters.Case.of(letter).draft(Tokens(tokens.new_link(), tokens.new_link()))


def whole(letter):
    draft = draft_of(letter)
    return f"{draft.subject} {draft.text} {draft.html}"


def left(letter):
    """As the worker leaves it."""
    case = letters.Case.of(letter)
    assert not case.why_not(lock=True)
    case.mint(Tokens(tokens.new_link(), tokens.new_link()))
    dispatch.accept(letter, "250 ok")


@pytest.mark.parametrize(
    ("code", "question", "made"),
    [("de", "Darf ich", "Vorstellung"), ("fr", "Puis-je", "présentation"), ("es", "¿Puedo", "presentación")],
)
def test_a_candidate_reads_both_letters_in_their_language_and_a_colleague_in_english(
    alice, ada, carol, code, question, made
):
    candidates.change(ada, candidates.Facts(language=code), by=alice)
    introduction = asked(ada, carol, alice)
    first, second = sent()
    assert draft_of(first).subject.startswith(question)
    assert "Dear" not in whole(first)
    assert draft_of(second).subject == introductions.SUBJECT
    answered(introduction, "yes", "yes")
    introducing.make(introduction, by=alice)
    first, second = sent()[2:]
    assert made in draft_of(first).subject
    assert "said yes" not in whole(first)
    assert "you both said yes" in whole(second)


def test_both_are_asked_and_told_only_what_was_written(alice, ada, carol):
    introduction = asked(ada, carol, alice)
    first, second = sent()
    assert (first.kind, first.to_address, second.to_address) == ("introduction_ask", "ada@example.org", carol.email)
    assert TOLD[0] in draft_of(first).text
    assert TOLD[1] in draft_of(second).text
    assert not [word for word in ("Carol", "Devereux", "Acme", carol.email) if word in whole(first)]
    assert not [word for word in ("Ada", "Byron", "ada@", "Globex") if word in whole(second)]
    assert introduction.state == "asked"


def test_a_colleague_is_named_where_the_asker_chose_so_and_a_candidate_never_is(alice, ada, carol, grace):
    asked(ada, carol, alice, names_colleague=True)
    first, second = sent()
    assert "It is Carol Devereux at Acme." in draft_of(first).text
    assert carol.email not in whole(first)
    assert "Byron" not in whole(second)
    assert "know your name" in draft_of(second).text
    assert asked(ada, grace, alice, names_colleague=True).names_colleague is False


def test_two_yes_and_one_button_introduce_them(alice, ada, carol):
    introduction = asked(ada, carol, alice)
    for letter in sent():
        left(letter)
    introductions.answer(introduction.sides[0], "yes", shares="ada.private@example.org")
    assert introduction.state == "asked"
    introductions.answer(introduction.sides[1], "yes", shares=carol.email)
    assert introduction.state == "agreed"
    introducing.make(introduction, by=alice)
    to_ada, to_carol = sent()[2:]
    assert "Carol Devereux at Acme, carol@acme.example.org" in draft_of(to_ada).text
    assert "Ada Byron, ada.private@example.org" in draft_of(to_carol).text
    assert "Globex" not in whole(to_carol)
    assert to_ada.to_address == "ada@example.org"
    for letter in (to_ada, to_carol):
        left(letter)
        dispatch.learn(letter, "delivered", "")
    kinds = [touch.kind for touch in db.session.scalars(touchpoints.of(ada))]
    assert sorted(kinds) == ["introduction", "mail"]
    dispatch.learn(to_ada, "bounced", "550")
    assert [touch.kind for touch in db.session.scalars(touchpoints.of(ada))] == ["mail"]


def test_two_candidates_too(alice, ada, grace):
    introduction = answered(asked(ada, grace, alice), "yes", "yes")
    introducing.make(introduction, by=alice)
    to_ada, to_grace = sent()[2:]
    assert "Grace Hopper, grace@example.org" in draft_of(to_ada).text
    assert "Ada Byron, ada@example.org" in draft_of(to_grace).text


STEPS = [[(0, "yes"), (1, "yes")], [(0, "yes"), (1, "no")], [(0, "no"), (1, "yes")], [(0, "no"), (1, "no")],
         [(0, "yes"), (0, "no"), (1, "yes")], [(0, "yes"), (0, "yes"), (1, "yes")]]  # fmt: skip
ACTS = ("make", "take back", "deliver")


@pytest.mark.parametrize("answers", STEPS)
@pytest.mark.parametrize("where", range(2))
def test_whatever_the_order_nobody_is_named_before_both_said_yes(alice, ada, grace, answers, where):
    """Every order of the answers, with every act tried in between: what is written before both said yes names nobody,
    and after it only where both still say so.
    """
    ids = (ada.id, grace.id)
    for order, acts in product(set(permutations(answers)), zip(ACTS, ACTS[1:] + ACTS[:1], strict=True)):
        ada, grace = (candidates.find(one, seen_by=alice) for one in ids)
        introduction = asked(ada, grace, alice, told=("somebody kind", "somebody else"))
        for place, (side, said) in enumerate(order):
            if place == where:
                _try(introduction, acts, alice)
            _quietly(partial(introductions.answer, introduction.sides[side], said, shares="shared@example.org"))
            _check(introduction)
        _try(introduction, acts, alice)
        _check(introduction)
        _clear(introduction)


def _try(introduction, acts, by):
    does = {"make": lambda: introducing.make(introduction, by=by),
            "take back": lambda: introductions.take_back(introduction, by=by),
            "deliver": lambda: [left(letter) for letter in introductions.letters_of(introduction)
                                if letter.is_waiting]}  # fmt: skip
    for act in acts:
        _quietly(does[act])


def _quietly(act):
    try:
        act()
    except (Refused, AssertionError):
        db.session.flush()


def _check(introduction):
    both = all(side.answer == "yes" for side in introduction.sides)
    for letter in introductions.letters_of(introduction):
        try:
            words = whole(letter)
        except Missing:
            assert letter.kind == "introduction"
            continue
        names = [name for name in ("Hopper", "Byron") if name in words.replace(f"Dear {letter.to_name}", "")]
        assert not names or (letter.kind == "introduction" and both)
        assert letter.kind != "introduction" or both


def _clear(introduction):
    for letter in introductions.letters_of(introduction):
        db.session.delete(letter)
    db.session.flush()
    db.session.execute(Introduction.__table__.delete().where(Introduction.id == introduction.id))
    db.session.expire_all()


# --- never twice


def test_the_same_click_is_one_and_the_same_two_are_asked_once(alice, bob, ada, carol):
    one = asked(ada, carol, alice, intent="one")
    proposal = introducing.Proposal(ada, carol, TOLD, ("ada@example.org", carol.email), "", False)
    assert introducing.ask(proposal, by=alice, intent="one").id == one.id
    for by in (alice, bob):
        with pytest.raises(Refused, match="already"):
            introducing.ask(proposal, by=by, intent="two")
    assert len(sent()) == 2


def test_made_twice_it_is_made_once(alice, ada, carol):
    introduction = answered(asked(ada, carol, alice), "yes", "yes")
    introducing.make(introduction, by=alice)
    introducing.make(introduction, by=alice)
    assert len(sent()) == 4


def test_the_other_way_round_it_is_the_same_two(alice, ada, grace):
    asked(ada, grace, alice)
    with pytest.raises(Refused, match="already"):
        asked(grace, ada, alice)


# --- no


def test_one_no_ends_it_and_stops_what_still_waits(alice, ada, carol):
    introduction = asked(ada, carol, alice)
    left(sent()[0])
    introductions.answer(introduction.sides[0], "no")
    assert introduction.state == "declined"
    assert sent()[1].state == "cancelled"
    with pytest.raises(Refused, match="Both have to say yes"):
        introducing.make(introduction, by=alice)
    with pytest.raises(Refused, match="said no to this"):
        asked(ada, carol, alice)
    assert len(sent()) == 2
    assert introduction_letters.sorry_draft(introduction) is None


def test_who_had_said_yes_may_be_told_by_a_draft_that_nobody_sends(alice, ada, carol):
    introduction = answered(asked(ada, carol, alice), "yes", "no")
    side, _, text = introduction_letters.sorry_draft(introduction)
    assert side.name == "Ada Byron"
    assert "did not come about" in text
    assert "Carol" not in text
    assert len(sent()) == 2


def test_a_yes_can_be_taken_back_until_it_is_made(alice, ada, carol):
    introduction = answered(asked(ada, carol, alice), "yes", "yes")
    introductions.answer(introduction.sides[0], "no")
    assert introduction.state == "declined"
    assert introduction.sides[0].shares == ""


@pytest.mark.parametrize("address", ["", "nobody", "a@b@example.org", "x\r\nBcc: y@example.org"])
def test_a_yes_comes_with_an_address(alice, ada, carol, address):
    introduction = asked(ada, carol, alice)
    with pytest.raises(Refused) as refusal:
        introductions.answer(introduction.sides[0], "yes", shares=address)
    assert refusal.value.field == "shares"
    assert introduction.sides[0].answer == ""


# --- refused


def test_never_at_the_candidates_own_employer(alice, ada, carol, grace):
    candidates.change(ada, candidates.Facts(employer="Acme Inc."), by=alice)
    with pytest.raises(Refused, match="works at Acme"):
        asked(ada, carol, alice)
    candidates.change(grace, candidates.Facts(employer="ACME GmbH"), by=alice)
    with pytest.raises(Refused, match="works at"):
        asked(ada, grace, alice)
    candidates.change(grace, candidates.Facts(employer="", emails=["grace@acme.example.org"]), by=alice)
    with pytest.raises(Refused, match="works at Acme"):
        asked(ada, grace, alice)


@pytest.mark.parametrize(
    "words",
    ["", "Write to carol@acme.example.org", "Carol leads data teams",
     "Ask for carol's team", "https://example.org/carol", "see www.example.org", "call +46 8 123 45 67",
     "call 0812345678", "Carol Devereux of Acme", "It is DEVEREUX.", "linkedin: in/carol", "x" * 601],
)  # fmt: skip
def test_what_is_told_leads_to_nobody(alice, ada, carol, words):
    with pytest.raises(Refused) as refusal:
        asked(ada, carol, alice, told=(words, TOLD[1]))
    assert refusal.value.field == "told_candidate"


@pytest.mark.parametrize(
    ("name", "words"),
    [("Okafor, Nora", "Okafor leads teams"), ("Nora Okafor", "Mrs Okafor leads teams"), ("Anne Smith-Lind", "A smith"),
     ("Nora Okafor", "nora leads teams"), ("Li Wu", "Li runs data"), ("Émile Zölle", "Emile writes"),
     ("李小龙", "他是李小龙"),
     ("Юлия Орлова", "Юлия пишет"), ("Will May", "I know that Will leads"), ("ada byron", "one byron of them")],
)  # fmt: skip
def test_no_part_of_a_name_is_told(alice, ada, name, words):
    with pytest.raises(Refused, match="names") as refusal:
        asked(ada, make.colleague(alice, name, email="x@acme.example.org"), alice, told=(words, TOLD[1]))
    assert refusal.value.field == "told_candidate"


@pytest.mark.parametrize(
    ("name", "words"),
    [("Will May", "This may be somebody who will like to talk"), ("Dr Ludwig van Beek", "A van and a Dr of music"),
     ("A Lindqvist", "A person of data"), ("Li Wu", "Somebody who likes to build")],
)  # fmt: skip
def test_ordinary_words_are_no_names(alice, ada, name, words):
    assert asked(ada, make.colleague(alice, name, email="x@acme.example.org"), alice, told=(words, TOLD[1]))


def test_nobody_is_introduced_to_themselves(alice, ada):
    with pytest.raises(Refused, match="same person"):
        asked(ada, ada, alice)


def test_consent_and_what_they_asked_for_hold(alice, ada, carol, grace):
    suppressions.add("grace@example.org", why="unsubscribed")
    with pytest.raises(Refused, match="asked not to be written to"):
        asked(ada, grace, alice)
    yes = make.consent(ada, alice, purpose="contact", company="")
    introduction = asked(ada, carol, alice)
    consents.withdraw(yes, by=alice)
    assert letters.Case.of(sent()[0]).why_not(lock=True) == "consent"
    assert not introductions.is_open(introduction.sides[0])
    with pytest.raises(Refused, match="no longer open"):
        introductions.answer(introduction.sides[0], "yes", shares="ada@example.org")


def test_a_made_letter_rests_on_what_both_permit(alice, ada, carol):
    yes = make.consent(ada, alice, purpose="contact", company="")
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    consents.withdraw(yes, by=alice)
    assert [letters.Case.of(letter).why_not(lock=True) for letter in sent()[2:]] == ["consent", "consent"]
    assert introduction.state == "made"


def test_a_sealed_role_is_not_told(alice, ada, carol):
    make.role(alice, "Chief Zanzibar Officer", codename="Project Zanzibar", status="sealed")
    with pytest.raises(Refused, match="sealed"):
        asked(ada, carol, alice, told=(TOLD[0], "The one for Project Zanzibar."))


def test_who_left_or_was_deleted_is_not_written_about(alice, anna, ada, carol):
    asked(ada, carol, alice)
    candidates.archive(ada, by=alice)
    assert {letters.Case.of(letter).why_not(lock=True) for letter in sent()} == {"revoked"}
    candidates.unarchive(ada, by=alice)
    accounts.disable(alice, by=anna)
    assert {letters.Case.of(letter).why_not(lock=True) for letter in sent()} == {"owner"}


def test_only_who_asked_makes_it(alice, bob, ada, carol):
    introduction = answered(asked(ada, carol, alice), "yes", "yes")
    with pytest.raises(Denied):
        introducing.make(introduction, by=bob)


# --- taken back


def test_taken_back_before_the_letters_left_nothing_leaves(alice, ada, carol):
    introduction = introductions.take_back(asked(ada, carol, alice), by=alice)
    assert introduction.state == "taken_back"
    assert {letter.state for letter in sent()} == {"cancelled"}
    assert not introductions.is_open(introduction.sides[0])
    assert asked(ada, carol, alice).state == "asked"


def test_made_it_is_taken_back_as_a_whole_or_not_at_all(alice, ada, carol):
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    introductions.take_back(introduction, by=alice)
    assert introduction.state == "agreed"
    introducing.make(introduction, by=alice)
    waiting = [letter for letter in sent() if letter.kind == "introduction" and letter.is_waiting]
    assert len(waiting) == 2
    left(waiting[0])
    with pytest.raises(Refused, match="has left already"):
        introductions.take_back(introduction, by=alice)
    assert outbox.find(waiting[1].id, seen_by=alice).is_waiting


def test_after_a_month_it_is_over(alice, ada, carol):
    introduction = asked(ada, carol, alice)
    introduction.until = clock.today() - make.days(1)
    assert introduction.is_over
    assert letters.Case.of(sent()[0]).why_not(lock=False) == "overtaken"
    assert asked(ada, carol, alice).state == "asked"


def test_a_yes_holds_for_as_long_as_it_can_be_taken_back(alice, ada, carol):
    introduction = answered(asked(ada, carol, alice), "yes", "yes")
    introduction.until = clock.today() - make.days(1)
    assert (introduction.is_over, introduction.can_be_made) == (True, False)
    assert db.session.scalar(select(introductions.count_agreed(alice, clock.today()))) == 0
    with pytest.raises(Refused, match="Ask both again"):
        introducing.make(introduction, by=alice)
    assert asked(ada, carol, alice).state == "asked"


def test_what_was_made_leaves_while_the_yes_holds_and_to_both_or_neither(alice, ada, carol):
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    first, second = sent()[2:]
    introduction.until = clock.today() - make.days(1)
    assert {letters.Case.of(letter).why_not(lock=True) for letter in (first, second)} == {"overtaken"}
    introduction.until = clock.today()
    left(first)
    introduction.until = clock.today() - make.days(1)
    assert not letters.Case.of(second).why_not(lock=True)


@pytest.mark.parametrize("which", [0, 1])
def test_who_unsubscribes_meanwhile_stops_both(alice, ada, carol, which):
    introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    letters_to = sent()[2:]
    outbox.suppress(letters_to[which].to_address, why="unsubscribed")
    assert letters.Case.of(letters_to[1 - which]).why_not(lock=True) == "suppressed"


@pytest.mark.parametrize("end", ["cancelled", "blocked", "failed"])
def test_whose_counterpart_came_to_nothing_does_not_go_either(alice, ada, carol, end):
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    first, second = sent()[2:]
    outbox.end(first, end)
    assert letters.Case.of(second).why_not(lock=True) == "overtaken"
    introductions.take_back(introduction, by=alice)
    assert (introduction.state, second.state) == ("agreed", "cancelled")
    introducing.make(introduction, by=alice)
    assert not [why for letter in sent()[4:] if (why := letters.Case.of(letter).why_not(lock=True))]


def test_one_of_the_two_taken_back_on_the_list_of_letters_stops_both(alice, ada, carol):
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    recalls.take_back(sent()[2], by=alice)
    assert [letter.state for letter in sent()[2:]] == ["cancelled", "cancelled"]
    assert introduction.state == "agreed"
    introducing.make(introduction, by=alice)
    left(sent()[4])
    with pytest.raises(Refused, match="has left already"):
        recalls.take_back(sent()[5], by=alice)
    assert sent()[5].is_waiting


def test_one_question_taken_back_on_the_list_of_letters_ends_it(alice, bob, ada, carol):
    introduction = asked(ada, carol, alice)
    with pytest.raises(Denied):
        recalls.take_back(sent()[0], by=bob)
    recalls.take_back(sent()[0], by=alice)
    assert (introduction.state, {letter.state for letter in sent()}) == ("taken_back", {"cancelled"})


def test_in_doubt_it_may_have_left_and_is_not_taken_back(alice, ada, carol):
    introduction = introducing.make(answered(asked(ada, carol, alice), "yes", "yes"), by=alice)
    sent()[2].state = "in_doubt"
    with pytest.raises(Refused, match="may have left"):
        introductions.take_back(introduction, by=alice)


def test_who_did_what_is_on_record_with_both(alice, ada, grace):
    introduction = introducing.make(answered(asked(ada, grace, alice), "yes", "yes"), by=alice)
    introductions.take_back(introduction, by=alice)
    introductions.take_back(introduction, by=alice)
    db.session.flush()
    for person in (ada, grace):
        kinds = [event.kind for event in db.session.scalars(events.of(person.id))]
        assert [kinds.count(f"introduction.{did}") for did in ("made", "taken_back")] == [1, 2]


# --- hidden, erased


def test_an_introduction_is_as_hidden_as_the_most_hidden_of_the_two(alice, charlie, anna, ada):
    hidden = make.candidate(alice, "Hidden One", email="h@example.org", visibility="owner")
    introduction = asked(ada, hidden, alice)
    assert [one.text for one in timeline.of(ada, seen_by=alice) if one.is_introduction] == ["Hidden One"]
    assert [one.text for one in timeline.of(hidden, seen_by=alice) if one.is_introduction] == ["Ada Byron"]
    assert not [one for one in timeline.of(ada, seen_by=charlie) if one.is_introduction]
    with pytest.raises(Missing):
        introductions.find(introduction.id, seen_by=charlie)
    assert not [letter for letter in db.session.scalars(outbox.listed(anna)) if letter.kind == "introduction_ask"]


@pytest.mark.parametrize("which", [0, 1])
def test_erasing_either_leaves_nothing_of_it(alice, ada, grace, which):
    introducing.make(answered(asked(ada, grace, alice), "yes", "yes"), by=alice)
    dispatch.keep_locally(sent()[0], "subject", b"raw")
    gone = (ada, grace)[which]
    candidates.delete(gone, by=alice)
    erasing.erase(gone)
    db.session.expire_all()
    counted = [db.session.scalar(select(func.count()).select_from(table)) for table in (Introduction, Side, Letter)]
    assert counted == [0, 0, 0]
