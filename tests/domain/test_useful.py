"""Something useful: never the same twice, nobody against their word, and all of it taken back."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.domain import (
    cadences,
    candidates,
    consents,
    dispatch,
    erasing,
    events,
    outbox,
    recalls,
    resumes,
    roles,
    suppressions,
    tags,
    touchpoints,
    useful,
    useful_letters,
)
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.useful import UsefulSent
from crm.kit import tokens
from crm.mail import letters
from crm.mail.writing import Tokens
from tests import documents, make

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF" * 9 + b"\xff\xd9"


ITEM = {"title": "A field guide to streams", "link": "https://example.org/guide", "note": "Chapter two."}


@pytest.fixture
def ada(alice):
    return make.candidate(alice)


@pytest.fixture
def grace(alice):
    return make.candidate(alice, "Grace Hopper", email="grace@example.org")


def an_item(by, **more):
    return useful.add(**{"title": "A field guide to streams", "link": "https://example.org/guide",
                         "note": "Chapter two is the best I know.", "by": by, **more})  # fmt: skip


def sent(item, people, by, batch=""):
    people = useful_letters.chosen([person.id for person in people], seen_by=by)
    return useful_letters.send(item, people, by=by, batch=batch or tokens.new_id())


def count(of):
    return db.session.scalar(select(func.count()).select_from(of))


def draft_of(letter):
    return letters.Case.of(letter).draft(Tokens(tokens.new_link(), tokens.new_link()))


def only_letter():
    return db.session.scalars(select(Letter)).one()


def test_it_goes_to_each_as_a_letter_of_their_own(alice, ada, grace):
    done = sent(an_item(alice), [ada, grace], alice)
    assert (done.count, done.left_out) == (2, [])
    first, second = db.session.scalars(select(Letter).order_by(Letter.to_address))
    assert (first.to_address, second.to_address) == ("ada@example.org", "grace@example.org")
    text = draft_of(first).text
    assert "Dear Ada," in text
    assert "Chapter two is the best I know.\n\nA field guide to streams\nhttps://example.org/guide" in text
    assert "your words" not in text
    assert "Grace" not in text


def test_it_counts_as_something_useful_once_it_left(alice, ada):
    sent(an_item(alice), [ada], alice)
    assert ada.last_contact_at is None
    dispatch.accept(only_letter(), "250 ok")
    [logged] = db.session.scalars(touchpoints.of(ada))
    assert (logged.kind, logged.direction) == ("useful", "out")


def test_never_the_same_twice_by_whomever(alice, bob, ada, grace):
    item = an_item(alice)
    sent(item, [ada], alice)
    again = sent(item, [ada, grace], bob)
    assert again.count == 1
    assert [(one.full_name, why) for one, why in again.left_out] == [("Ada Byron", "Ada Byron has it already.")]
    assert count(Letter) == 2


def test_the_same_press_of_the_button_is_one(alice, ada):
    item = an_item(alice)
    assert sent(item, [ada], alice, "one").count == 1
    assert sent(item, [ada], alice, "one").count == 1
    assert count(Letter) == 1


def test_who_was_quicker_in_between_has_sent_it(alice, bob, ada):
    """Both looked while nobody had it; the second finds the row of the first, and no letter of theirs is left."""
    item = an_item(alice)
    people = useful_letters.chosen([ada.id], seen_by=bob)
    planned = useful_letters.plan(item, people, by=bob)
    sent(item, [ada], alice)
    assert useful_letters._queue(planned.letters[0], item, bob, "two") is False
    assert (count(Letter), count(UsefulSent)) == (1, 1)


def test_taken_back_it_may_be_sent_again(alice, ada, grace):
    item, gone = an_item(alice), 0
    done = sent(item, [ada, grace], alice)
    letter = db.session.scalars(select(Letter).where(Letter.to_address == "grace@example.org")).one()
    dispatch.accept(letter, "250 ok")
    assert useful_letters.take_back(done.batch, by=alice) == (1, 1)
    assert sent(item, [ada, grace], alice).count == 1
    assert gone == 0


def test_a_letter_cancelled_or_failed_elsewhere_is_no_obstacle(alice, ada):
    item = an_item(alice)
    sent(item, [ada], alice)
    recalls.take_back(only_letter(), by=alice)
    assert sent(item, [ada], alice).count == 1
    newest = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    dispatch.fail(newest, "550")
    assert sent(item, [ada], alice).count == 1
    assert count(UsefulSent) == 1


def test_nobody_takes_back_what_another_sent(alice, bob, ada):
    done = sent(an_item(alice), [ada], alice)
    with pytest.raises(Missing):
        useful_letters.take_back(done.batch, by=bob)


# --- refused


def test_who_has_something_against_it_is_named_and_left_out(alice, ada, grace):
    consents.withdraw(make.consent(ada, alice, purpose="contact", company=""), by=alice)
    suppressions.add("grace@example.org", why="unsubscribed")
    mute = make.candidate(alice, "Mute Person", email="")
    done = sent(an_item(alice), [ada, grace, mute], alice)
    assert done.count == 0
    assert [person.full_name for person, _ in done.left_out] == ["Ada Byron", "Grace Hopper", "Mute Person"]
    assert count(Letter) == 0


def test_who_is_paused_let_go_or_hired_gets_none_and_is_named_with_the_reason(app, alice, ada, grace):
    tove, vera = (make.candidate(alice, name, email=f"{name[:4]}@example.org") for name in ("Tove Quick", "Vera Rubin"))
    cadences.pause(ada, why="quiet", by=alice)
    candidates.let_go(grace, by=alice)
    roles.record_hire(make.role(alice, "Analyst"), by=alice, candidate_id=tove.id)
    planned = useful_letters.plan(an_item(alice), [ada, grace, tove, vera], by=alice)
    assert [letter.candidate for letter in planned.letters] == [vera]
    reasons = dict(zip(("paused", "let go", "hired"), (sentence for _, sentence in planned.left_out), strict=True))
    assert all(word in sentence for word, sentence in reasons.items()), reasons
    assert sent(an_item(alice), [ada, grace, tove], alice).count == 0
    assert count(Letter) == 0


def test_it_tells_of_no_sealed_role(alice, ada):
    make.role(alice, "Chief Zanzibar Officer", codename="Project Zanzibar", status="sealed")
    done = sent(an_item(alice, note="It is for Project Zanzibar.", visibility="private"), [ada], alice)
    assert done.count == 0
    assert "Project Zanzibar" in done.left_out[0][1]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"link": ""}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "ftp://example.org/x"}, "link"),
        ({"title": ""}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"note": "x" * 2_001}, "note"),
        ({"visibility": "world"}, "visibility"),
        ({"tag_names": [f"tag {number}" for number in range(11)]}, "tags"),
    ],
)
def test_what_is_added_is_whole(alice, given, field):
    with pytest.raises(Refused) as refusal:
        an_item(alice, **given)
    assert refusal.value.field == field


def test_at_most_fifty_at_once_and_somebody_at_least(alice):
    with pytest.raises(Refused, match="50 people"):
        useful_letters.chosen([tokens.new_id() for _ in range(51)], seen_by=alice)
    with pytest.raises(Refused, match="Choose who"):
        useful_letters.chosen([], seen_by=alice)


def test_a_days_letters_are_counted_and_all_or_none_goes(app, alice, ada, grace):
    app.config["FIRST_CALL"] = replace(app.config["FIRST_CALL"], letters_a_day=1)
    with pytest.raises(Refused, match="within a day"):
        sent(an_item(alice), [ada, grace], alice)


def test_nothing_in_it_is_taken_for_a_field(alice, ada):
    words = "{{7*7}} {% x %} {config} {full name} {your words}"
    sent(an_item(alice, title=words, note=words), [ada], alice)
    left = list(db.session.scalars(select(Letter)))
    for letter in left:
        assert words in draft_of(letter).text
    assert "49" not in "".join(draft_of(letter).text for letter in left)


# --- files


@pytest.mark.parametrize(
    ("content", "kind", "media_type"),
    [(PNG, "png", "image/png"), (JPEG, "jpg", "image/jpeg"), (b"plain words\n", "txt", "text/plain")],
)
def test_a_file_goes_along_as_it_is(alice, ada, content, kind, media_type):
    upload = useful.receive("../../notes.exe", content)
    item = an_item(alice, link="", upload=upload)
    assert (item.kind, item.filename) == (kind, f"notes.{kind}")
    sent(item, [ada], alice)
    [attached] = draft_of(only_letter()).attachments
    assert (attached.content, attached.media_type, attached.filename) == (content, media_type, f"notes.{kind}")
    assert "A field guide to streams (attached)" in draft_of(only_letter()).text


def test_a_pdf_too(alice, ada):
    content = documents.pdf(name="Guide", lines=["Streams"])
    assert an_item(alice, link="", upload=useful.receive("guide.pdf", content)).kind == "pdf"


@pytest.mark.parametrize("field", ["title", "link", "note", "file"])
def test_what_everybody_here_reads_tells_of_no_sealed_role(alice, field):
    make.role(alice, "Chief of Bluebirds", status="sealed", codename="Bluebird")
    given = {field: "https://example.org/bluebird" if field == "link" else "About Bluebird"}
    if field == "file":
        given = {"link": "", "upload": useful.receive("About Bluebird.txt", b"words")}
    assert useful.add(**{**ITEM, **given}, by=alice, visibility="private").id
    with pytest.raises(Refused, match="sealed") as refusal:
        useful.add(**{**ITEM, **given}, by=alice)
    assert refusal.value.field == field


def test_what_was_done_with_it_is_on_record(alice, ada, grace):
    item = an_item(alice)
    useful.put_away(item, by=alice)
    useful.bring_back(item, by=alice)
    batch = sent(item, [ada, grace], alice).batch
    useful_letters.take_back(batch, by=alice)
    db.session.flush()
    told = [event.kind for event in db.session.scalars(events.of(item.id))]
    assert sorted(told) == ["useful.added", "useful.brought_back", "useful.put_away"]
    for person in (ada, grace):
        told = {event.kind for event in db.session.scalars(events.of(person.id))}
        assert {"useful.sent", "useful.taken_back"} <= told


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00 program", b"<html><script>x</script>", PNG[:-8], JPEG + b"<?php x ?>", b"#!/bin/sh\nrm",
     b"GIF89a" + b"\x00" * 20, b"PK\x03\x04" + b"\x00" * 60],
)  # fmt: skip
def test_any_other_file_is_refused_and_not_kept(alice, content):
    with pytest.raises(Refused) as refusal:
        useful.receive("x.pdf", content)
    assert refusal.value.field == "file"
    assert not resumes.store().all_keys()


def test_a_file_that_was_changed_goes_to_nobody(alice, ada):
    item = an_item(alice, link="", upload=useful.receive("a.txt", b"plain words\n"))
    sent(item, [ada], alice)
    resumes.store()._path(item.file_key).write_bytes(b"other words")
    with pytest.raises(Missing):
        draft_of(only_letter())


def test_the_sweep_knows_the_files(alice):
    item = an_item(alice, link="", upload=useful.receive("a.txt", b"plain words\n"))
    assert item.file_key in erasing.file_keys()


# --- hidden, erased


def test_what_is_private_is_there_for_nobody_else(alice, bob):
    item = an_item(alice, visibility="private")
    assert useful.find(item.id, seen_by=alice) is item
    assert not list(db.session.scalars(useful.listed(bob)))
    with pytest.raises(Missing):
        useful.find(item.id, seen_by=bob)


def test_hidden_people_can_neither_be_chosen_nor_counted(alice, charlie, ada):
    hidden = make.candidate(alice, "Hidden One", email="h@example.org", visibility="owner")
    item = an_item(alice)
    with pytest.raises(Missing):
        useful_letters.chosen([ada.id, hidden.id], seen_by=charlie)
    sent(item, [hidden], alice)
    assert useful.counts([item.id], seen_by=alice) == {item.id: 1}
    assert useful.counts([item.id], seen_by=charlie) == {}
    assert [one.full_name for one in useful.who_may_get(item, seen_by=charlie)] == ["Ada Byron"]


def test_what_one_could_bring_has_a_tag_of_theirs_and_was_not_brought(alice, bob, ada, grace):
    tags.apply(ada, "streams", by=alice)
    item = an_item(alice, tag_names=["#Streams", "streams", " "])
    an_item(alice, tag_names=["other"])
    private = an_item(bob, tag_names=["streams"], visibility="private")
    ids = [ada.id, grace.id]
    assert useful.for_people(ids, seen_by=alice) == {ada.id: item}
    assert useful.for_people(ids, seen_by=bob) == {ada.id: private}
    done = sent(item, [ada], alice)
    assert useful.for_people(ids, seen_by=alice) == {}
    useful_letters.take_back(done.batch, by=alice)
    assert useful.for_people(ids, seen_by=alice) == {ada.id: item}
    useful.put_away(item, by=alice)
    assert useful.for_people(ids, seen_by=alice) == {}


def test_erasing_somebody_leaves_nothing_of_it(alice, ada):
    sent(an_item(alice), [ada], alice)
    outbox.stop(only_letter())
    candidates.delete(ada, by=alice)
    erasing.erase(ada)
    db.session.expire_all()
    assert (count(UsefulSent), count(Letter)) == (0, 0)


def test_added_twice_by_the_same_click_it_is_one(alice):
    assert an_item(alice, intent="one").id == an_item(alice, intent="one").id
