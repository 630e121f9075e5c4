"""A forward without a name: forty things by which the person is known, and none of them anywhere."""

import re
from email import message_from_bytes, policy

import pypdfium2
import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import asking, doors, identities, sharing, shortlisting, users
from crm.domain.errors import Refused
from crm.domain.outbox import KeptMail, Letter
from crm.kit import clock, redaction, tokens
from crm.mail import delivery, letters
from tests import documents, make, people

NAME = "Jürgen van der Weidmann"
METADATA = "JW PRIVATE EYES ONLY"
"""Stands in no text, but in the file's own fields: author, title, subject and keywords."""
CANARIES = (
    "Jürgen", "Juergen", "Jurgen", "JÜRGEN", "Weidmann", "WEIDMANN", "weidmann", "J. Weidmann", "W E I D M A N N",
    "J Ü R G E N", "Weid-", "JuergenWeidmann", "jweidmann", "weidmann.j", "J.W.", "Weidmann, Jürgen", "Weidmann's",
    "juergen@weidmann.example", "j.weidmann@posteo.example", "weidmann.example", "posteo.example", "jw [at] web",
    "+49 30 1234 5678", "030/12345678", "030 1234-5678", "0170 5556677", "(030) 1234 5678", "12345678",
    "linkedin.com/in/juergen-w-93ab", "juergen-w-93ab", "github.com/nightwolf", "nightwolf", "@nightwolf",
    "www.weidmann.example", "https://weidmann.example/cv", "live:jw93", "Globex Data Systems GmbH", "Globex", "GLOBEX",
    "CV_JW_final2", METADATA, "Lindenstraße 12",
    "12.03.1980", "Postfach 1234", "juergen.m", "wolf#1234", "wolfpack", "wolf_pack",
    "J\u00fcrg\u0435n", "W\u0435idmann",
)  # fmt: skip
RESUME = """Jürgen van der Weidmann (JÜRGEN WEIDMANN)
W E I D M A N N / J Ü R G E N / Juergen / Jurgen
J. Weidmann, J.W., Weidmann, Jürgen, Weid-
mann, JuergenWeidmann, jweidmann, weidmann.j
juergen@weidmann.example · j.weidmann@posteo.example · jw [at] web [dot] example
+49 30 1234 5678 · 030/12345678 · 030 1234-5678 · 0170 5556677 · (030) 1234 5678
linkedin.com/in/juergen-w-93ab · github.com/nightwolf · @nightwolf · Skype: live:jw93
www.weidmann.example · https://weidmann.example/cv
Lindenstraße 12, Berlin · Postfach 1234 · geb. 12.03.1980 in Ulm · Skype: juergen.m · Discord wolf#1234
t.me/wolfpack · gitlab.com/wolfpack · Telegram wolf_pack · J\u00fcrg\u0435n W\u0435idmann
Streaming engineer at Globex Data Systems GmbH, 2016 - 2020. Weidmann's law is named for him.
GLOBEX runs on Kafka. His file is CV_JW_final2.pdf.
"""


@pytest.fixture
def blind(app):
    """Jürgen, forwarded without his name and delivered to the local mailbox; the token of the link."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        jurgen = make.candidate(
            alice, NAME, email="j.weidmann@posteo.example", phones=["+49 30 1234 5678"],
            employer="Globex Data Systems GmbH",
            headline="Streaming engineer at Globex, call 0170 5556677", location="Berlin",
            links=["https://www.linkedin.com/in/juergen-w-93ab", "https://github.com/nightwolf"],
        )  # fmt: skip
        make.resume(jurgen, alice, content=RESUME.encode(), filename="CV_JW_final2.txt")
        forward = make.forward(alice, jurgen, blind=True, position="Lead", note="We lost them by a hair.")
        forward_id = forward.id
    with app.app_context():
        delivery.deliver_next(None, "test")
    with app.app_context(), unit_of_work(writes=False):
        raw = db.session.scalars(select(KeptMail.raw)).one()
    text = message_from_bytes(raw, policy=policy.default).get_body(("plain",)).get_content()
    return {"id": forward_id, "raw": raw, "token": re.search(r"/shared/([\w-]+)", text).group(1)}


def told_in(text):
    return [canary for canary in CANARIES if canary.casefold() in text.casefold()]


def test_the_canaries_sing():
    assert len(CANARIES) >= 40
    assert {*CANARIES} - {*told_in(RESUME)} == {METADATA}
    fields = pypdfium2.PdfDocument(_pdf()).get_metadata_dict()
    assert [fields[name] for name in ("Author", "Title", "Subject", "Keywords")] == [METADATA] * 4


def test_nothing_in_the_mail_tells_who_it_is(blind):
    parsed = message_from_bytes(blind["raw"], policy=policy.default)
    bodies = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
    assert [part for part in parsed.walk() if part.get_filename()] == []
    everything = "\n".join([*(f"{name}: {value}" for name, value in parsed.items()), *bodies])
    assert "Somebody for Lead" in everything
    assert told_in(everything.replace(blind["token"], "")) == []


def test_nothing_on_the_page_or_in_what_can_be_taken_along_tells_who_it_is(app, browser, blind):
    at = f"/shared/{blind['token']}"
    page = browser.get(at)
    assert "Somebody worth meeting" in page.text
    page = browser.submit(page, "/open")
    assert "Streaming engineer at [hidden]" in page.text
    assert "runs on Kafka" in page.text
    assert "2016 - 2020" in page.text
    everything = page.response.get_data(as_text=True) + str(page.response.headers)
    assert told_in(everything.replace(blind["token"], "")) == []
    assert not page.tree.xpath("//section//img")
    assert not page.forms(f"{at}/file")
    reminder = browser.client.get(f"{at}/reminder.ics")
    assert told_in(reminder.get_data(as_text=True) + str(reminder.headers)) == []


def test_no_file_no_picture_and_no_card_is_to_be_had(browser, blind):
    at = f"/shared/{blind['token']}"
    page = browser.submit(browser.get(at), "/open")
    sent = {"csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    assert browser.client.post(f"{at}/file", data=sent).status_code == 404
    for path in ("pages/1", "person.vcf", "resume.json"):
        answer = browser.client.get(f"{at}/{path}")
        assert answer.status_code == 404
        assert told_in(answer.get_data(as_text=True) + str(answer.headers)) == []


def test_the_preview_shows_what_will_leave_and_no_more(app, as_alice, blind):
    with app.app_context(), unit_of_work(writes=False):
        forward = sharing.find_by_link(blind["token"])
        ids = {"candidate": forward.candidate_id, "colleague": forward.colleague_id}
    at = f"/candidates/{ids['candidate']}/forwards/new"
    filled = {"to": "Carol Devereux", "to_id": ids["colleague"], "blind": "y", "note": "We lost them by a hair."}
    page = as_alice.submit(as_alice.get(at), at, **filled)
    [letter] = page.tree.xpath("//pre")
    assert told_in(letter.text_content()) == []
    assert "never: the name" in page.text


@pytest.mark.parametrize(
    ("field", "words"),
    [("note", "Jürgen is great."), ("note", "Ask at Globex."), ("note", "See linkedin.com/in/x"),
     ("position", "Lead, as J. Weidmann")],
)  # fmt: skip
def test_words_that_tell_who_it_is_are_refused_where_they_stand(app, blind, field, words):
    with app.app_context(), unit_of_work(writes=False):
        forward = sharing.find_by_link(blind["token"])
        with pytest.raises(Refused) as refusal:
            make.forward(forward.by, forward.candidate, forward.colleague, blind=True, **{field: words})
        assert refusal.value.field == field


def test_only_without_my_name_holds_in_a_shortlist_too(app, browser):
    with app.app_context(), unit_of_work(writes=True):
        alice, carol = (found := users.by_email(people.address("alice"))), make.colleague(found)
        jurgen = make.candidate(alice, NAME, email="j.weidmann@posteo.example", employer="Globex Data Systems GmbH")
        ada = make.candidate(alice)
        for person in (jurgen, ada):
            make.resume(person, alice, content=RESUME.encode(), filename="CV_JW_final2.txt")
        make.consent(ada, alice)
        batches = shortlisting.plan(
            [jurgen, ada], [carol], by=alice, position="Lead, as J. Weidmann", note="Jürgen and Ada: two to meet.",
            notes={jurgen.id: "Weidmann's law is his.", ada.id: "Calmer than Weidmann of Globex."},
        )  # fmt: skip
        shortlisting.send(batches, by=alice)
        doors.mint(jurgen.id, door := tokens.new_link())
        [question] = asking.open_of(jurgen.id)
        at = f"/door/{door}/questions/{question.id}"
    browser.post(at, {"answer": "blind"})
    with app.app_context(), unit_of_work(writes=True):
        shortlisting.send_ready(clock.now())
        [letter] = db.session.scalars(select(Letter).where(Letter.kind == "shortlist"))
        draft = letters.Case.of(letter).draft(letters.Tokens("LINK", "STOP"))
    assert told_in(f"{draft.subject}\n{draft.text}\n{draft.html}") == []
    assert "Somebody, for now without a name\nhttp" in draft.text
    assert "Ada Byron\nCalmer than [hidden] of [hidden].\nhttp" in draft.text


def _pdf():
    return documents.pdf(NAME, ["Kafka at GLOBEX", "030 1234-5678"], about=METADATA)


@pytest.fixture
def blind_pdf(app):
    """Jürgen's resume as a PDF, on its way without his name; the token of the link and the letter."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        jurgen = make.candidate(alice, NAME, email="j.weidmann@posteo.example", employer="Globex Data Systems GmbH")
        make.resume(jurgen, alice, content=_pdf(), filename="x.pdf")
        forward = make.forward(alice, jurgen, blind=True)
        draft = letters.Case.of(forward.letter).draft(letters.Tokens("LINK", "STOP"))
        return make.delivered(forward), f"{draft.subject}\n{draft.sender_name}\n{draft.text}\n{draft.html}"


def test_a_pdf_gives_no_picture_and_its_text_without_them(browser, blind_pdf):
    token, letter = blind_pdf
    page = browser.submit(browser.get(f"/shared/{token}"), "/open")
    assert "Kafka at [hidden]" in page.text
    assert told_in(page.response.get_data(as_text=True).replace(token, "")) == []
    assert told_in(letter) == []
    assert not page.tree.xpath("//section//img")


@pytest.mark.parametrize("path", ["", "/pages/1", "/person.vcf", "/resume.json", "/reminder.ics", "/file"])
def test_the_own_fields_of_a_pdf_are_nowhere(browser, blind_pdf, path):
    token, _ = blind_pdf
    browser.submit(browser.get(f"/shared/{token}"), "/open")
    answer = browser.client.get(f"/shared/{token}{path}")
    assert METADATA.encode() not in answer.data
    assert told_in(f"{answer.get_data(as_text=True)}{answer.headers}".replace(token, "")) == []


def test_everything_that_is_on_record_is_looked_for(app, blind):
    with app.app_context(), unit_of_work(writes=False):
        identity = identities.of(sharing.find_by_link(blind["token"]).candidate)
        assert told_in(redaction.hide(RESUME, identity)) == []


def opened(app, browser, **record):
    """The page of a resume without a name, after the button."""
    content = record.pop("content")
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        person = make.candidate(alice, "Ada Byron", **record)
        make.resume(person, alice, content=content.encode(), filename="cv.txt")
        token = make.delivered(make.forward(alice, person, blind=True))
    return browser.submit(browser.get(f"/shared/{token}"), "/open").text


def test_an_employer_that_only_the_resume_tells_is_taken_out(app, browser):
    content = "Ada Byron\nExperience\nInitech\nSenior Engineer, 2020 - present\nKafka\nGlobex Marine GmbH, 2016 - 2020"
    page = opened(app, browser, content=content, employer="")
    assert "Senior Engineer, 2020 - present" in page
    assert "Initech" not in page
    assert "Globex" not in page


def test_of_a_very_long_resume_the_beginning_is_shown_and_no_half_name(app, browser):
    content = "Kafka " * (sharing.MOST_TEXT // 6) + "Byron and much more " * 1_000
    page = opened(app, browser, content=content)
    assert "Kafka Kafka" in page
    assert "much more" not in page
    assert "By" not in page[page.rindex("Kafka") :][:10]
