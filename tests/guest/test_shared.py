"""The page that a colleague elsewhere opens by link."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import pytest
from PIL import Image

from crm.db import db, unit_of_work
from crm.domain import candidates, consents, forwards, resumes, users
from crm.kit import clock, tokens
from tests import documents, make, people

INTERNAL = ("MARKER", "alice@", "90000", "hair", "Head of Data", "/candidates/", "ada@private")


@pytest.fixture
def shared(app):
    """Ada, forwarded to Carol and delivered; everything internal about her carries a marker."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(
            alice, email="ada@private.example.org", headline="Staff engineer", location="Lund",
            source="MARKER source", availability="MARKER soon", pay_expectation="90000 MARKER", employer="MARKER Ltd",
        )  # fmt: skip
        make.near_miss(ada, make.role(alice), alice, sentence="MARKER sentence")
        content = documents.pdf("Ada Byron", ["Streaming data with Kafka"], pages=2)
        make.resume(ada, alice, content=content, filename="ada MARKER too expensive.pdf")
        consents.record(ada, purpose="forward", company="Acme", evidence="MARKER evidence", by=alice)
        forward = make.forward(
            alice, ada, position="Analyst", note="I would call her today.\n<b>Really.</b>",
            parts=("headline", "location", "resume", "file", "note"),
        )  # fmt: skip
        return {"token": make.delivered(forward), "id": forward.id, "ada": ada.id, "content": content}


def change(app, shared, what):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        what(forwards.find(shared["id"], seen_by=alice), alice)


def asked(app, shared):
    with app.app_context(), unit_of_work(writes=False):
        forward = forwards.find(shared["id"], seen_by=users.by_email(people.address("alice")))
        return forward.answer, forward.answer_words, forward.opened_at, forward.answered_at


def opened(browser, shared):
    """What the button does: only then the resume is there."""
    page = browser.get(f"/shared/{shared['token']}")
    assert "Streaming data" not in page.text
    return browser.submit(page, "/open")


def download(browser, shared):
    page = browser.get(f"/shared/{shared['token']}")
    [form] = page.forms(f"/shared/{shared['token']}/file")
    return browser.client.post(form.action, data=dict(form.form_values()))


def test_carol_sees_the_person_the_note_and_the_resume_and_nothing_internal(app, browser, shared):
    page = opened(browser, shared)
    for words in (
        "Ada Byron", "Staff engineer · Lund", "For Analyst", "I would call her today.", "<b>Really.</b>",
        "Streaming data", "Alice Okafor at Norrland forwards this to you, Carol", "2 kB",
    ):  # fmt: skip
        assert words in page.text
    everything = page.response.get_data(as_text=True) + str(page.response.headers)
    for word in INTERNAL:
        assert word not in everything, word
    images = page.tree.xpath("//section//img/@src")
    assert images == [f"/shared/{shared['token']}/pages/{number}" for number in (1, 2)]
    for image in images:
        answer = browser.client.get(image)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_file_comes_byte_for_byte_under_the_persons_name(browser, shared):
    answer = download(browser, shared)
    assert answer.data == shared["content"]
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Ada Byron.pdf"'
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "status"),
    [("", 200), ("/pages/1", 404), ("/file", 405), ("/open", 405), ("/reminder.ics", 200), ("/person.vcf", 200),
     ("/resume.json", 200)],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_records_nothing(app, browser, shared, path, status, method):
    answer = browser.client.open(f"/shared/{shared['token']}{path}", method=method)
    assert answer.status_code == status
    assert asked(app, shared) == ("", "", None, None)


def test_a_resume_without_pictures_is_shown_as_text(app, browser, shared):
    def as_text(forward, alice):
        make.resume(forward.candidate, alice, content=b"Ada Byron\nCounts a < b && c > d\n", filename="ada.txt")
        forward.resume = resumes.latest(forward.candidate)

    change(app, shared, as_text)
    page = opened(browser, shared)
    assert page.tree.xpath("//details[@open]//pre[contains(., 'a < b && c > d')]")
    assert not page.tree.xpath("//section//img")


def test_without_contact_the_pictures_are_painted_over_where_it_stands(app, browser, shared):
    def least(forward, _alice):
        content = documents.pdf("Ada Byron", ["Streaming data, 2016-2020", "ada@private.example.org", "+46 70 1234567"])
        forward.resume = make.resume(forward.candidate, forward.by, content=content)
        forward.parts = ["headline", "resume"]

    change(app, shared, least)
    page = opened(browser, shared)
    assert "ada@private" not in page.text
    assert "Left out: mail, phone and links." in page.text
    [image] = page.tree.xpath("//section//img/@src")
    picture = Image.open(BytesIO(browser.client.get(image).data)).convert("L")

    def ink(point):
        """Dark pixels in the line that stands this many points above the foot of the page."""
        scale = picture.width / 595
        line = picture.crop((100, int((842 - point - 9) * scale), picture.width, int((842 - point + 2) * scale)))
        return sum(line.histogram()[:100])

    assert ink(760) > 100  # the name
    assert ink(730) > 100
    assert ink(716) == ink(702) == 0
    assert browser.client.post(f"/shared/{shared['token']}/file").status_code == 400


def test_with_contact_everything_is_as_they_wrote_it(app, browser, shared):
    def contact(forward, _alice):
        forward.parts = ["contact", "resume"]

    change(app, shared, contact)
    page = opened(browser, shared)
    assert "ada@private.example.org" in page.text
    assert "Left out" not in page.text


def test_what_is_taken_along_is_what_was_shared(app, browser, shared):
    at = f"/shared/{shared['token']}"
    card = browser.client.get(f"{at}/person.vcf")
    assert card.mimetype == "text/vcard"
    assert "FN:Ada Byron" in card.text
    assert "TITLE:Staff engineer" in card.text
    for word in ("ada@", "MARKER", "EMAIL", "ORG"):
        assert word not in card.text
    assert "text" not in browser.client.get(f"{at}/resume.json").json
    opened(browser, shared)
    taken = browser.client.get(f"{at}/resume.json").json
    assert taken["basics"] == {"name": "Ada Byron", "label": "Staff engineer", "location": {"address": "Lund"}}
    assert "Streaming data" in taken["text"]
    reminder = browser.client.get(f"{at}/reminder.ics?on={make.in_days(3)}")
    assert reminder.mimetype == "text/calendar"
    assert f"DTSTART;VALUE=DATE:{make.in_days(3):%Y%m%d}" in reminder.text
    assert shared["token"] not in reminder.text


@pytest.mark.parametrize("odd", ["", "x", "1999-01-01", "9999-12-31", "2026-13-40"])
def test_a_reminder_falls_on_a_day_on_which_the_link_opens(browser, shared, odd):
    reminder = browser.client.get(f"/shared/{shared['token']}/reminder.ics?on={odd}").text
    day = reminder.partition("DTSTART;VALUE=DATE:")[2][:8]
    assert f"{clock.today():%Y%m%d}" <= day <= f"{make.in_days(14):%Y%m%d}"


# --- answers


def answer(browser, shared, kind, status=200, **fields):
    page = browser.get(f"/shared/{shared['token']}")
    return browser.submit(page, "/answer", status=status, button=f"answer={kind}", **fields)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("talk", ""),
        ("interviewing", ""),
        ("hired", "In May."),
        ("interested", "In spring."),
        ("not_a_fit", ""),
        ("other", "Ask Erin. 🦊 <i>"),
    ],
)
def test_an_answer_is_thanked_for_and_shown(app, browser, shared, kind, words):
    page = answer(browser, shared, kind, words=words)
    assert "Thank you. Alice can see your answer" in page.text
    assert words in page.text
    assert asked(app, shared)[:2] == (kind, words)


def test_an_answer_may_be_changed(app, browser, shared):
    answer(browser, shared, "talk", words="This week.")
    page = answer(browser, shared, "not_a_fit", words="")
    assert "Not a fit" in page.text
    assert asked(app, shared)[:2] == ("not_a_fit", "")


@pytest.mark.parametrize(
    ("kind", "words", "sentence"),
    [
        ("other", " ", "Say it in a few words."),
        ("marry", "", "must be one of"),
        ("talk", "x" * 2001, "longer than 2,000"),
        ("talk", "nul\x00", "cannot be shown"),
    ],
)
def test_an_answer_that_makes_no_sense_is_said_and_not_kept(app, browser, shared, kind, words, sentence):
    assert sentence in answer(browser, shared, kind, status=422, words=words).text
    assert asked(app, shared)[0] == ""


def test_an_answer_needs_the_pages_own_token_and_comes_from_no_other_site(app, browser, shared):
    path = f"/shared/{shared['token']}/answer"
    assert browser.client.post(path, data={"answer": "talk"}).status_code == 400
    page = browser.get(f"/shared/{shared['token']}")
    sent = {"answer": "talk", "csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    foreign = browser.client.post(path, data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert browser.client.get(path).status_code == 405
    assert asked(app, shared)[0] == ""


# --- closed


def revoke(forward, alice):
    forwards.revoke(forward, by=alice)


def expire(forward, _alice):
    forward.until = clock.today() - timedelta(days=1)


def withdraw(forward, alice):
    consents.withdraw(db.session.get(consents.Consent, forward.consent_id), by=alice)


def delete(forward, alice):
    candidates.delete(forward.candidate, by=alice)


def remove(forward, alice):
    resumes.remove(forward.resume, forward.candidate, by=alice)


@pytest.mark.parametrize("close", [revoke, expire, withdraw, delete, remove])
def test_a_closed_link_says_so_kindly_and_nothing_of_the_person(app, browser, shared, close):
    page = browser.get(f"/shared/{shared['token']}")
    sent = {"answer": "talk", "csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    change(app, shared, close)
    page = browser.get(f"/shared/{shared['token']}", status=410)
    assert "This is no longer open" in page.text
    assert "Alice Okafor at Norrland sent you this link" in page.text
    for word in ("Ada", "Byron", "Analyst", "call her", *INTERNAL):
        assert word not in page.response.get_data(as_text=True), word
    for path in ("/pages/1", "/reminder.ics", "/person.vcf", "/resume.json"):
        assert browser.client.get(f"/shared/{shared['token']}{path}").status_code == 410
    for path in ("/answer", "/open", "/file"):
        browser.post(f"/shared/{shared['token']}{path}", sent, status=410)
    assert browser.client.head(f"/shared/{shared['token']}").status_code == 410


def test_a_file_that_is_lost_is_missing_and_says_nothing_of_the_house(app, browser, shared):
    def lose(forward, _alice):
        resumes.store().remove(forward.resume.file_key)

    change(app, shared, lose)
    answer = download(browser, shared)
    assert answer.status_code == 404
    assert "administrator" not in answer.get_data(as_text=True)
    browser.get(f"/shared/{shared['token']}")


# --- not there


@pytest.mark.parametrize(
    "odd",
    [
        "x",
        "x" * 6000,
        "a/b",
        "..",
        "%00",
        "%2e%2e",
        "a%00b",
        "%ff%fe",
        "🦊",
        "' OR 1=1 --",
        "{{7*7}}",
        "made-when-it-is-sent",
    ],
)
def test_a_link_that_nobody_made_is_missing_like_any_other_link(browser, shared, odd):
    quoted = odd if "%" in odd else quote(odd, safe="/")
    missing = browser.client.get(f"/shared/{tokens.new_link()}" if "/" not in odd else "/nothing/of/this/name")
    for path in ("", "/person.vcf", "/pages/1"):
        answer = browser.client.get(f"/shared/{quoted}{path}")
        assert answer.status_code == 404
        assert answer.data == missing.data


def test_pages_that_the_resume_does_not_have_are_missing(browser, shared):
    opened(browser, shared)
    for number in ("0", "3", "-1", "x", "9" * 40):
        browser.get(f"/shared/{shared['token']}/pages/{number}", status=404)


def test_one_link_does_not_open_another(app, browser, shared):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        other = make.candidate(alice, "Grace Hopper", email="grace@example.org")
        token = make.delivered(make.forward(alice, other))
    assert "Ada" not in browser.get(f"/shared/{token}").text
    assert b"Ada" not in browser.client.get(f"/shared/{token}/person.vcf").data


def test_guessing_is_limited_but_never_the_link_that_exists(browser, shared):
    answers = [browser.client.get(f"/shared/guess{number}").status_code for number in range(61)]
    assert answers == [404] * 60 + [429]
    assert int(browser.client.get("/shared/guess").headers["Retry-After"]) > 0
    browser.get(f"/shared/{shared['token']}")


def test_answers_are_limited(browser, shared):
    page = browser.get(f"/shared/{shared['token']}")
    path = f"/shared/{shared['token']}/answer"
    sent = {"answer": "talk", "csrf_token": page.tree.xpath("//input[@name='csrf_token']/@value")[0]}
    answers = [browser.client.post(path, data=sent).status_code for _ in range(61)]
    assert answers == [303] * 60 + [429]
