"""Every kind of letter is whole: a verb queues it, three parts are written, nothing that people typed acts in it."""

import ast
import html

import pytest
from lxml import html as reader

from crm.db import db
from crm.domain import (
    accounts,
    asking,
    candidates,
    cards,
    circle,
    codes,
    dispatch,
    door_letters,
    door_openers,
    forward_questions,
    forwards,
    introducing,
    introductions,
    permissions,
    personal_letters,
    plans,
    promises,
    revoking,
    shortlisting,
    teasing,
    users,
    workspace,
)  # fmt: skip
from crm.domain.outbox import Letter
from crm.kit import clock, tokens
from crm.mail import letters
from crm.mail.writing import Tokens
from tests import make, people
from tests.structure.source import ROOT, calls, dotted, modules

FOLDER = ROOT / "templates" / "mail"
PARTS = {"subject.txt", "body.txt", "body.html"}
SCRIPT = "<script>x</script>"
HOSTILE = f"{SCRIPT} & \"q\" 'q' {{{{7*191}}}}"


def forward_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    forward = make.forward(alice, person, note=f"Dear {HOSTILE}\n\nsecond {HOSTILE}", position=f"Lead {HOSTILE}")
    return forward.letter


def teaser_letter(alice):
    person = make.candidate(alice)
    make.consent(person, alice, purpose="introduce", company="")
    proposal = teasing.propose(
        person, make.colleague(alice, f"Carol {HOSTILE}"), by=alice, headline=f"One {HOSTILE}",
        strengths=[f"Strong {HOSTILE}"], words=f"Words {HOSTILE}\n\nsecond {HOSTILE}", position=f"Lead {HOSTILE}",
    )  # fmt: skip
    return teasing.send(proposal, by=alice).letter


def revoked_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    forward = make.forward(alice, person)
    make.delivered(forward)
    return revoking.revoke(forward, by=alice).revoked_letter


def shortlist_letter(alice):
    to, found = make.colleague(alice, f"Carol {HOSTILE}"), []
    for number in range(2):
        person = make.candidate(alice, full_name=f"{number} {HOSTILE}", email=f"{number}@example.org")
        make.resume(person, alice)
        make.consent(person, alice)
        found.append(person)
    said = {found[0].id: f"Strong {HOSTILE}\nsecond {HOSTILE}"}
    words = {"note": f"Dear {HOSTILE}\n\nsecond {HOSTILE}", "position": f"Lead {HOSTILE}"}
    return shortlisting.send(shortlisting.plan(found, [to], by=alice, notes=said, **words), by=alice)[0].letter


def personal_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    words = {"subject": f"A line {HOSTILE}", "text": f"Dear {HOSTILE}\n\nsecond {HOSTILE}"}
    return personal_letters.send(person, by=alice, intent="one", **words)


def keep_in_touch_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    words = {"subject": f"A line {HOSTILE}", "text": f"Dear {HOSTILE}\n\nsecond {HOSTILE}"}
    return door_openers.ask(person, by=alice, **words).letter


def introduction_ask_letter(alice):
    """The first of the two."""
    named = "<b>One</b> & \"p\" 'p' {{8*193}}"  # no part of a name is told
    two = make.candidate(alice, full_name=named), make.colleague(alice, f"{HOSTILE} Two")
    told = (f"Who says {HOSTILE}", f"second {HOSTILE}")
    proposal = introducing.propose(*two, told=told, by=alice, names_colleague=True)
    return introducing.ask(proposal, by=alice, intent="one").sides[0].letters[0]


def introduction_letter(alice):
    asked = letters.Case.of(introduction_ask_letter(alice)).subject.introduction
    for side in asked.sides:
        introductions.answer(side, "yes", shares=side.address)
    introducing.make(asked, by=alice)
    return newest()


def needs_letter(alice):
    return circle.ask(make.colleague(alice, HOSTILE), text=f"Dear {HOSTILE}\n\nsecond", by=alice, intent="one")


def thanks_letter(alice):
    forward = make.forward(alice)
    return circle.write("thanks", forward.colleague, f"Dear {HOSTILE}", by=alice, intent="one", forward=forward)


def forward_ask_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE, headline=HOSTILE)
    make.resume(person, alice)
    plan = plans.plan(person, make.colleague(alice, f"{HOSTILE} Two"), by=alice, position=f"Lead {HOSTILE}")
    return letter_of(forward_questions.of_forward(forwards.send(plan, by=alice).id).letter_id)


def forward_reminder_letter(alice):
    asked = forward_ask_letter(alice)
    dispatch.accept(asked, "250 2.0.0 queued")
    question = letters.Case.of(asked).subject.question
    question.asked_at = clock.now() - forward_questions.REMINDED_AFTER
    asking.remind(clock.now())
    return letter_of(question.reminder_id)


def forward_yes_letter(alice):
    question = letters.Case.of(forward_ask_letter(alice)).subject.question
    return letter_of(asking.answer(question, "yes").confirmation_id)


def permission_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    given = {"purpose": "forward", "company": f"Acme {HOSTILE}", "evidence": HOSTILE, "channel": "phone"}
    return letter_of(permissions.record(person, by=alice, **given).letter_id)


def letter_of(letter_id):
    return db.session.get(Letter, letter_id)


def invitation_letter(_alice):
    accounts.invite(name=HOSTILE, email="bo@example.org", access="manager", by=None)
    return newest()


def reset_letter(alice):
    users.rename(alice, HOSTILE)
    db.session.flush()
    accounts._write(alice, "reset", by=None)
    return newest()


def card_letter(alice):
    """Everything that can stand on it, typed to act."""
    person = make.candidate(alice, full_name=HOSTILE, headline=HOSTILE)
    make.near_miss(person, make.role(alice, f"Lead {HOSTILE}"), alice, sentence=HOSTILE)
    candidates.call_again(person, clock.today(), f"since {HOSTILE}")
    promises.make(person, text=f"call {HOSTILE}", due_on=clock.today(), by=alice)
    users.rename(alice, f"Alice {HOSTILE}")
    db.session.flush()
    return cards.queue(alice, clock.today())


def door_letter(alice):
    person = make.candidate(alice, full_name=HOSTILE)
    words = {"subject": f"A line {HOSTILE}", "text": f"Dear {HOSTILE}\n\nsecond {HOSTILE}"}
    return door_letters.send(person, by=alice, intent="one", **words)


def code_letter(alice):
    codes.send("door", make.candidate(alice).id, "ada@example.org", tokens.new_link())
    return newest()


def test_letter(_alice):
    anna = users.by_email(people.address("anna"))
    users.rename(anna, HOSTILE)
    return workspace.write_test_letter(by=anna)


test_letter.__test__ = False
MADE = {
    "permission": permission_letter,
    "forward_ask": forward_ask_letter, "forward_reminder": forward_reminder_letter, "forward_yes": forward_yes_letter,
    "forward": forward_letter, "teaser": teaser_letter, "shortlist": shortlist_letter, "personal": personal_letter,
    "keep_in_touch": keep_in_touch_letter,
    "invitation": invitation_letter, "reset": reset_letter, "test": test_letter, "card": card_letter,
    "revoked": revoked_letter, "needs": needs_letter, "thanks": thanks_letter,
    "code": code_letter, "door": door_letter,
    "introduction_ask": introduction_ask_letter, "introduction": introduction_letter,
}  # fmt: skip


def newest():
    return db.session.query(Letter).order_by(Letter.id.desc()).first()


def written(kind, alice):
    workspace.rename(f"Norrland {HOSTILE}", by=users.by_email(people.address("anna")))
    return letters.Case.of(MADE[kind](alice)).draft(Tokens(tokens.new_link(), tokens.new_link()))


@pytest.mark.parametrize("kind", letters.KINDS)
def test_a_letter_has_its_three_parts(kind):
    assert {path.name for path in (FOLDER / kind).iterdir()} == PARTS


def test_no_part_is_without_a_letter():
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(letters.KINDS)


def test_letters_to_candidates_are_sent_by_pages_and_programs_alone():
    """Where a person has clicked; by itself only what somebody started leaves, step by step (advancing.advance)."""
    sending = {
        (module.room, dotted(call.func))
        for module in modules()
        for call in calls(module.tree)
        if dotted(call.func)
        in {
            "personal_letters.send",
            "call_letters.write",
            "door_openers.ask",
            "door_letters.send",
            "door_openers.tell",
            "useful_letters.send",
            "introducing.ask",
            "introducing.make",
            "circle.ask",
            "outcomes.thank",
            "outcomes.tell",
        }
    }
    assert sending == {
        ("web", "circle.ask"), ("web", "outcomes.thank"), ("web", "outcomes.tell"),
        ("domain", "personal_letters.send"),  # by call_letters, useful_letters, advancing, outcomes
        ("api", "outcomes.thank"), ("api", "outcomes.tell"),
        ("web", "door_letters.send"), ("api", "door_letters.send"),
        ("web", "useful_letters.send"), ("web", "introducing.ask"), ("web", "introducing.make"),
        ("api", "introducing.ask"),
        ("web", "personal_letters.send"), ("web", "call_letters.write"), ("api", "call_letters.write"),
        ("domain", "door_openers.tell"),  # by closings.close
        ("web", "door_openers.tell"), ("web", "door_openers.ask"), ("api", "door_openers.ask"),
        ("cli", "door_openers.ask"), ("cli", "useful_letters.send"), ("cli", "introducing.ask"),
        ("cli", "circle.ask"),  # the sample workspace
    }  # fmt: skip


def test_every_queued_kind_is_known_and_every_known_kind_is_queued():
    queued = {
        node.value
        for module in modules()
        for call in calls(module.tree)
        if dotted(call.func).endswith(("outbox.queue", "write")) and call.args
        for node in call.args
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    direct = {
        call.args[0].value
        for module in modules()
        for call in calls(module.tree)
        if dotted(call.func) == "outbox.queue" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert direct <= set(letters.KINDS)
    assert set(letters.KINDS) <= queued


@pytest.mark.parametrize("kind", letters.KINDS)
def test_what_people_typed_is_text_in_every_part(kind, alice):
    draft = written(kind, alice)
    assert "<script" not in draft.html
    assert html.escape(SCRIPT) in draft.html
    assert SCRIPT in draft.text
    assert "&lt;" not in draft.text
    assert "1337" not in draft.html + draft.text + draft.subject
    assert "\n" not in draft.subject
    assert draft.subject.strip()


@pytest.mark.parametrize("kind", letters.KINDS)
def test_a_letter_loads_nothing_from_elsewhere(kind, alice):
    tree = reader.fromstring(written(kind, alice).html)
    assert not tree.xpath("//img | //link | //script | //iframe | //object | //form | //*[@background]")
    assert "url(" not in reader.tostring(tree, encoding="unicode")


@pytest.mark.parametrize("kind", letters.KINDS)
def test_both_bodies_say_the_same_links(kind, alice):
    draft = written(kind, alice)
    links = {link.get("href") for link in reader.fromstring(draft.html).iter("a")}
    assert all(link in draft.text for link in links)
    assert not [word for word in draft.text.split() if word.startswith("http") and word not in links]
