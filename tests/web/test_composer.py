"""Writing on the page: templates, drafts, the look before it goes, the hour, one's own mail program, what came back."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from crm.db import db, unit_of_work
from crm.domain import drafts, inbox, personal_letters, templates, users
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.outbox import KeptMail, Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.touchpoints import Touchpoint
from crm.kit import clock, tokens
from crm.mail import delivery
from tests import make
from tests.browser import Browser
from tests.people import address

WORDS = {"subject": "Hello", "text": "How are you?"}
HOSTILE = "{{7*7}} {% raw %} {config} {{ self.__class__ }} {% for x in y %} ${7*7} #{7*7} {{''.__class__}}"


def user(name):
    return users.by_email(address(name))


@pytest.fixture
def work_in(app):
    """One unit of work that writes."""

    def within(do):
        with app.app_context(), unit_of_work(writes=True):
            return do()

    return within


@pytest.fixture
def as_bob(app):
    return Browser(app).known_as("bob")


@pytest.fixture
def ada_id(work_in):
    return work_in(lambda: make.candidate(user("alice")).id)


def here(ada_id, rest="write"):
    return f"/candidates/{ada_id}/{rest}"


def said(page, name="text"):
    [field] = page.tree.xpath(f"//form[@id='letter']//*[@name='{name}']")
    return field.text_content().strip() if field.tag == "textarea" else field.get("value")


def letters(work_in):
    return work_in(lambda: [(one.state, one.not_before) for one in db.session.query(Letter).order_by(Letter.id)])


def draft_of(work_in, ada_id, name="alice"):
    def read():
        found = drafts.of(db.session.get(Candidate, ada_id), by=user(name))
        return found and (found.subject, found.text, found.number)

    return work_in(read)


# --- templates


def test_a_template_is_chosen_without_a_script(as_alice, ada_id):
    page = as_alice.get(here(ada_id) + "?template=door_open")
    assert "Still to be written: a role." in page.text
    assert said(page).startswith("Dear Ada,\n\nYou should hear this from me: we have decided on {role}")
    refused = as_alice.submit(page, "/write", 422)
    assert "Write your own words in place of {role}." in refused.text
    as_alice.submit(page, "/write", subject="Our decision", text="Dear Ada, it is filled.")


def test_the_role_is_named_when_it_is_chosen(work_in, as_alice, ada_id):
    role_id = work_in(lambda: make.role(user("alice"), "Head of Data").id)
    page = as_alice.get(here(ada_id) + f"?template=door_open&role={role_id}")
    assert said(page, "subject") == "Our decision on Head of Data"
    as_alice.submit(page, "/write")
    assert work_in(lambda: db.session.query(PersonalLetter.role_id).scalar()) == role_id


def test_what_a_template_counts_as_goes_with_it(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id) + "?template=thanks")
    as_alice.submit(page, "/write", subject="Thank you", text="Thank you, Ada.")
    assert work_in(lambda: db.session.query(PersonalLetter.purpose).scalar()) == "thanks"


def test_another_ones_template_is_not_there(work_in, as_bob, ada_id):
    template_id = work_in(lambda: templates.add(by=user("alice"), name="Mine", **WORDS).id)
    as_bob.get(here(ada_id) + f"?template={template_id}", 404)
    assert "Mine" not in as_bob.get(here(ada_id)).text


def test_code_in_names_and_templates_comes_out_as_it_went_in(app, work_in, as_alice):
    def begin():
        odd = make.candidate(user("alice"), HOSTILE, headline="{config}", employer="{{7*7}}")
        words = f"{{full name}} | {{headline}} | {HOSTILE}"
        return odd.id, templates.add(by=user("alice"), name=HOSTILE[:80], subject=f"S {HOSTILE}", text=words).id

    odd_id, template_id = work_in(begin)
    page = as_alice.get(here(odd_id) + f"?template={template_id}")
    assert "Still to be written: their headline." in page.text
    text = said(page).replace("{headline}", "none")
    assert text == f"{HOSTILE} | none | {HOSTILE}"
    as_alice.submit(page, "/write", 200, "preview=1", text=text)
    as_alice.submit(page, "/write", text=text)
    deliver(app)
    mail = message_from_bytes(work_in(lambda: db.session.query(KeptMail.raw).scalar()), policy=default)
    assert mail["Subject"] == f"S {HOSTILE}"
    assert text in mail.get_body(("plain",)).get_content()
    assert "49" not in mail.get_body(("plain",)).get_content().replace(mail["Message-ID"], "").split("No more mail")[0]


# --- drafts


def test_a_draft_is_kept_and_there_again(work_in, as_alice, as_bob, ada_id):
    page = as_alice.get(here(ada_id))
    page = as_alice.submit(page, "/write", 200, "save=1", **WORDS)
    assert "Draft saved" in page.text
    assert said(as_alice.get(here(ada_id))) == "How are you?"
    assert said(as_bob.get(here(ada_id))) != "How are you?"
    as_alice.submit(page, "/write", **WORDS)
    assert draft_of(work_in, ada_id) is None


def test_a_draft_without_a_subject_is_one_too(work_in, as_alice, ada_id):
    as_alice.submit(as_alice.get(here(ada_id)), "/write", 200, "save=1", subject="", text="Begun")
    assert draft_of(work_in, ada_id) == ("", "Begun", 1)


def test_it_can_be_thrown_away(work_in, as_alice, ada_id):
    page = as_alice.submit(as_alice.get(here(ada_id)), "/write", 200, "save=1", **WORDS)
    page = as_alice.submit(page, "/write", 200, "discard=1")
    assert said(page).startswith("Dear Ada,")
    assert draft_of(work_in, ada_id) is None


def autosave(browser, page, ada_id, status=200, **words):
    form = page.forms("/write")[0]
    carried = {**dict(form.form_values()), **words}
    answer = browser.client.post(here(ada_id, "draft"), data=carried)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_it_is_saved_while_one_types(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id))
    told = autosave(as_alice, page, ada_id, **WORDS)
    assert "Draft saved" in told
    assert 'name="number" value="1"' in told
    assert "<main" not in told
    autosave(as_alice, page, ada_id, subject="Hello", text="How are you? And", number="1")
    assert draft_of(work_in, ada_id) == ("Hello", "How are you? And", 2)


def test_two_windows_do_not_write_over_one_another(work_in, as_alice, ada_id):
    one, other = as_alice.get(here(ada_id)), as_alice.get(here(ada_id))
    autosave(as_alice, one, ada_id, **WORDS)
    told = autosave(as_alice, other, ada_id, subject="Hello", text="Something else")
    assert "Another window of yours" in told
    assert 'name="number" value="0"' in told
    assert draft_of(work_in, ada_id) == ("Hello", "How are you?", 1)
    page = as_alice.submit(other, "/write", 422, "save=1", subject="Hello", text="Something else")
    assert "What the other window saved: Hello" in page.text
    assert "How are you?" in page.text
    assert said(page) == "Something else"
    as_alice.submit(page, "/write", 200, "save=1")
    assert draft_of(work_in, ada_id) == ("Hello", "Something else", 2)


def test_what_was_sent_leaves_no_draft_behind_by_a_late_autosave(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id))
    as_alice.submit(page, "/write", **WORDS)
    autosave(as_alice, page, ada_id, **WORDS)
    assert draft_of(work_in, ada_id) is None


def test_what_was_handed_over_leaves_no_draft_behind_either(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id))
    as_alice.submit(page, "/write", 200, "own=1", **WORDS)
    autosave(as_alice, page, ada_id, **WORDS)
    assert draft_of(work_in, ada_id) is None


def test_a_template_does_not_take_a_draft_away(as_alice, ada_id):
    as_alice.submit(as_alice.get(here(ada_id)), "/write", 200, "save=1", **WORDS)
    page = as_alice.get(here(ada_id) + "?template=checking_in")
    assert "is kept until you change or save this letter" in page.text
    assert said(as_alice.get(here(ada_id))) == "How are you?"


@pytest.mark.parametrize("field", ["purpose", "role", "promise", "number", "intent"])
def test_an_autosave_with_nonsense_changes_nothing_much(work_in, as_alice, ada_id, field):
    page = as_alice.get(here(ada_id))
    status = 404 if field in {"role", "promise"} else 200
    autosave(as_alice, page, ada_id, status, **WORDS, **{field: "x" * 90})


def test_hidden_people_have_no_composer(work_in, as_charlie):
    hidden = work_in(lambda: make.candidate(user("alice"), visibility="owner").id)
    for rest in ("write", "call"):
        as_charlie.get(here(hidden, rest), 404)
    token = as_charlie.get("/settings/me").forms("/sign-out")[0].fields["csrf_token"]
    for rest in ("write", "draft", "call"):
        answer = as_charlie.client.post(here(hidden, rest), data={**WORDS, "csrf_token": token})
        assert answer.status_code == 404


# --- the look before it goes, and the hour


def test_it_is_looked_at_before_it_goes(work_in, as_alice, ada_id):
    page = as_alice.submit(
        as_alice.get(here(ada_id)), "/write", 200, "preview=1", subject="Hello", text="You are young."
    )
    assert "As it will arrive" in page.text
    assert "Alice Okafor" in page.text
    assert "A word to look at again: “young”" in page.text
    assert not letters(work_in)


def at(work_in, browser, ada_id, zone, now, day, hour, status=200):
    work_in(lambda: setattr(user("alice"), "time_zone", zone))
    with clock.set_to(now):
        page = browser.get(here(ada_id))
        return browser.submit(page, "/write", status, **WORDS, at_day=day, at_time=hour)


@pytest.mark.parametrize(("zone", "day", "hour", "utc"), [
    ("Europe/Berlin", "2026-03-28", "09:00", datetime(2026, 3, 28, 8, tzinfo=UTC)),
    ("Europe/Berlin", "2026-03-29", "09:00", datetime(2026, 3, 29, 7, tzinfo=UTC)),
    ("Europe/Berlin", "2026-03-29", "02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ("Europe/Berlin", "2026-10-25", "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ("Pacific/Auckland", "2026-04-05", "09:00", datetime(2026, 4, 4, 21, tzinfo=UTC)),
    ("UTC", "2026-03-29", "", datetime(2026, 3, 29, 9, tzinfo=UTC)),
])  # fmt: skip
def test_it_leaves_at_the_hour_of_the_writers_clock(work_in, as_alice, ada_id, zone, day, hour, utc):
    page = at(work_in, as_alice, ada_id, zone, datetime(2026, 3, 1, tzinfo=UTC), day, hour)
    assert "until then you can take it back" in page.response.text
    assert letters(work_in) == [("queued", utc)]


@pytest.mark.parametrize(("day", "told"), [("2026-02-27", "passed already"), ("2027-03-05", "a year at most")])
def test_an_hour_that_makes_no_sense_is_refused(work_in, as_alice, ada_id, day, told):
    page = at(work_in, as_alice, ada_id, "UTC", datetime(2026, 3, 1, tzinfo=UTC), day, "09:00", 422)
    assert told in page.text
    assert not letters(work_in)


@pytest.mark.parametrize(("day", "hour"), [("yesterday", "09:00"), ("2026-03-05", "noon")])
def test_a_day_that_is_none_is_named(work_in, as_alice, ada_id, day, hour):
    page = at(work_in, as_alice, ada_id, "UTC", datetime(2026, 3, 1, tzinfo=UTC), day, hour, 422)
    assert "that we can read" in page.text
    assert not letters(work_in)


def test_what_waits_is_shown_and_taken_back(work_in, as_alice, as_bob, ada_id):
    at(work_in, as_alice, ada_id, "UTC", clock.now(), make.in_days(3).isoformat(), "10:00")
    assert "leaves on" in as_alice.get(here(ada_id)).text
    of_bob = as_bob.get(here(ada_id)).text
    assert "Alice Okafor wrote: leaves on" in of_bob
    assert "How are you?" not in of_bob
    as_alice.submit(as_alice.get(here(ada_id)), "/cancellation")
    assert [state for state, _ in letters(work_in)] == ["cancelled"]
    page = as_alice.get(here(ada_id))
    [again] = [link for link in page.links() if "again=" in link]
    assert said(as_alice.get(again)) == "How are you?"
    as_bob.get(again, 404)


def test_a_double_click_sends_once(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id))
    for _ in range(2):
        as_alice.submit(page, "/write", **WORDS, at_day=make.in_days(2).isoformat())
    assert len(letters(work_in)) == 1


# --- the thread


def deliver(app):
    with app.app_context():
        delivery.deliver_next(None, "test")


def test_what_came_back_stands_beside_what_was_written(app, work_in, as_alice, as_bob, ada_id):
    as_alice.submit(as_alice.get(here(ada_id)), "/write", **WORDS)

    def answer():
        mail = inbox.Mail(
            identity=tokens.new_id(), message_id=f"<{tokens.new_id()}@example.org>", kind="reply",
            from_address="ada@example.org", from_name="Ada Byron", subject="Re: Hello", text="Well, thank you.",
            status="", said="", at=clock.now(), enclosures=(),
        )  # fmt: skip
        letter = db.session.query(Letter).one()
        inbox.keep(mail, letter=letter, candidate_id=ada_id, user=user("alice"))

    deliver(app)
    work_in(answer)
    for browser in (as_alice, as_bob):
        text = browser.get(here(ada_id)).text.partition("Letters so far")[2]
        assert text.index("Ada Byron: answered") < text.index("wrote: sent")
        assert "Well, thank you." in text
        [own] = [link for link in browser.get(f"/candidates/{ada_id}").links() if link.endswith(f"{ada_id}/letters")]
        assert "Well, thank you." in browser.get(own).text


def test_the_thread_has_a_page_of_its_own_where_a_letter_is_taken_back(app, work_in, as_alice, ada_id):
    assert "Nothing was written to them from here" in as_alice.get(here(ada_id, "letters")).text
    as_alice.submit(as_alice.get(here(ada_id)), "/write", **WORDS, at_day=make.in_days(2).isoformat())
    page = as_alice.submit(as_alice.get(here(ada_id, "letters")), "/cancellation")
    assert page.path == f"/candidates/{ada_id}"
    assert "Use its words again" in as_alice.get(here(ada_id, "letters")).text


def test_a_letter_about_a_sealed_role_is_not_in_the_thread_of_others(app, work_in, as_alice, as_bob, ada_id):
    role_id = work_in(lambda: make.role(user("alice"), "Chief of Bluebirds", status="sealed", codename="Bluebird").id)
    page = as_alice.get(here(ada_id) + f"?role={role_id}")
    as_alice.submit(page, "/write", subject="A chat", text="Shall we talk?")
    deliver(app)
    assert "Shall we talk?" in as_alice.get(here(ada_id)).text
    assert "Letters so far" not in as_bob.get(here(ada_id)).text
    assert "Shall we talk?" in as_alice.get(here(ada_id, "letters")).text
    assert "Nothing was written to them from here" in as_bob.get(here(ada_id, "letters")).text


# --- one's own mail program


def handed(browser, ada_id, **words):
    return browser.submit(browser.get(here(ada_id)), "/write", 200, "own=1", **{**WORDS, **words})


def test_it_is_on_record_as_handed_over_and_not_as_sent(work_in, as_alice, ada_id):
    page = handed(as_alice, ada_id)
    assert "Nothing stands against it" in page.text
    assert any(link.startswith("mailto:ada@example.org?subject=Hello") for link in page.links())
    assert not letters(work_in)
    assert work_in(lambda: db.session.query(Touchpoint).count()) == 0
    assert "Handed a checked letter" in as_alice.get(f"/candidates/{ada_id}").text
    as_alice.submit(page, "/departure")
    as_alice.post(f"{page.path}/departure", {"csrf_token": page.forms("/departure")[0].fields["csrf_token"]})
    assert work_in(lambda: [one.kind for one in db.session.query(Touchpoint)]) == ["mail"]


def test_the_draft_file_opens_as_a_draft(as_alice, ada_id):
    page = handed(as_alice, ada_id, subject="Grüße, Ada", text="Erste Zeile\n\nZweite — Zeile\n.\nFrom here")
    answer = as_alice.submit(page, "/file").response
    assert answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    raw = answer.get_data()
    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\n")
    mail = message_from_bytes(raw, policy=default)
    assert (mail["X-Unsent"], mail["Subject"]) == ("1", "Grüße, Ada")
    assert mail["To"].addresses[0].addr_spec == "ada@example.org"
    assert "From" not in mail and "Date" not in mail
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == "Erste Zeile\n\nZweite — Zeile\n.\nFrom here"


def test_a_long_letter_goes_by_the_file(as_alice, ada_id):
    page = handed(as_alice, ada_id, text="word " * 800)
    assert not any(link.startswith("mailto:ada@example.org?") for link in page.links())


def test_it_is_nobody_elses(as_alice, as_bob, as_charlie, ada_id):
    page = handed(as_alice, ada_id)
    for browser in (as_bob, as_charlie):
        browser.get(page.path, 404)


def test_the_file_is_refused_once_they_may_not_be_written_to(work_in, as_alice, ada_id):
    page = handed(as_alice, ada_id)
    work_in(lambda: setattr(db.session.get(Candidate, ada_id), "archived_at", clock.now()))
    answer = as_alice.client.post(f"{page.path}/file", data={"csrf_token": csrf(page)})
    assert answer.status_code == 422
    assert "Do not send it" in as_alice.get(page.path).text


def csrf(page):
    return page.forms("/file")[0].fields["csrf_token"]


def test_a_second_click_hands_over_once(work_in, as_alice, ada_id):
    page = as_alice.get(here(ada_id))
    for _ in range(2):
        as_alice.submit(page, "/write", 200, "own=1", **WORDS)
    assert work_in(lambda: db.session.query(PersonalLetter).count()) == 1


def test_a_link_is_offered_for_what_may_still_be_said_alone(work_in, as_alice, ada_id):
    page = as_alice.submit(as_alice.get(here(ada_id)), "/write", 200, "own=1", subject="Hello", text="about Bluebird")
    assert [link for link in page.links() if link.startswith("mailto:ada")]
    work_in(lambda: make.role(user("alice"), "Chief of Bluebirds", status="sealed", codename="Bluebird"))
    page = as_alice.get(page.path)
    assert "sealed" in page.text
    assert not [link for link in page.links() if link.startswith("mailto:ada")]


def test_what_is_sealed_is_not_handed_over(work_in, as_alice, ada_id):
    work_in(lambda: make.role(user("alice"), "Chief of Bluebirds", status="sealed", codename="Bluebird"))
    as_alice.submit(as_alice.get(here(ada_id)), "/write", 422, "own=1", subject="Hello", text="about Bluebird")
    assert work_in(lambda: db.session.query(PersonalLetter).count()) == 0


def test_no_letter_leaves_with_a_field_by_any_way(work_in):
    def check():
        ada = make.candidate(user("alice"))
        for subject, text in (("{role}", "x"), ("x", "Dear {{ First_Name }}")):
            with pytest.raises(Refused, match="Write your own words"):
                personal_letters.check(ada, subject=subject, text=text, by=user("alice"))

    work_in(check)


# --- on the telephone


@pytest.fixture
def nora_id(work_in):
    return work_in(lambda: make.candidate(user("alice"), "Nora", email="", phones=["+46 8 123 45 67"]).id)


@pytest.mark.parametrize(("outcome", "kind"), [
    ("spoke", "call"), ("no_answer", "note"), ("message", "note"), ("back", "note"),
])  # fmt: skip
def test_what_came_of_a_call_is_one_tap(work_in, as_alice, nora_id, outcome, kind):
    page = as_alice.get(here(nora_id, "call"))
    assert "tel:+4681234567" in page.links()
    after = as_alice.submit(page, "/call", 200, f"outcome={outcome}", text="Two words")
    as_alice.submit(page, "/call", 200, f"outcome={outcome}", text="Two words")
    [logged] = work_in(lambda: [(one.kind, one.text) for one in db.session.query(Touchpoint)])
    assert logged[0] == kind
    assert logged[1].endswith("Two words")
    as_alice.submit(after, "/removal")
    assert work_in(lambda: db.session.query(Touchpoint).count()) == 0


def test_an_outcome_that_is_none_is_refused(work_in, as_alice, nora_id):
    as_alice.submit(as_alice.get(here(nora_id, "call")), "/call", 422, "outcome=married")
    assert work_in(lambda: db.session.query(Touchpoint).count()) == 0


def test_who_has_no_number_is_told_so(as_alice, ada_id):
    assert "There is no number" in as_alice.get(here(ada_id, "call")).text
