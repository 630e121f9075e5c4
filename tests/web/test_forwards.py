"""Forwarding a resume through the pages: write, look, send; the register; taking it back."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm.db import db, unit_of_work
from crm.domain import (
    candidates,
    colleagues,
    consents,
    dispatch,
    forwards,
    outbox,
    resumes,
    sharing,
    teaser_letters,
    teasers,
    teasing,
    users,
)
from crm.kit import clock, tokens
from tests import make, people
from tests.browser import Browser


@pytest.fixture
def prepared(app):
    """Ada with a resume, Carol in the address book, no yes; the ids by name."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(alice, employer="Globex")
        make.resume(ada, alice)
        carol = make.colleague(alice)
        return {"ada": ada.id, "carol": carol.id}


@pytest.fixture
def agreed(app, prepared):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        make.consent(candidates.find(prepared["ada"], seen_by=alice), alice)
    return prepared


@pytest.fixture
def forwarded(app, agreed):
    """One forward, still waiting; its id."""
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = candidates.find(agreed["ada"], seen_by=alice)
        return make.forward(alice, ada, colleagues.find(agreed["carol"]), note="I would call her today.").id


def new(ids):
    return f"/candidates/{ids['ada']}/forwards/new"


def look(browser, ids, status=200, **fields):
    """The first step filled in; to Carol unless said otherwise."""
    fields = {"to": "Carol Devereux", "to_id": ids["carol"], **fields}
    return browser.submit(browser.get(new(ids)), new(ids), status=status, **fields)


def stored(app):
    with app.app_context(), unit_of_work(writes=False):
        alice = users.by_email(people.address("alice"))
        return [
            (f.colleague.email, f.position, f.note, f.deliver, f.state)
            for f in db.session.scalars(forwards.register(alice))
        ]


def letters(app):
    with app.app_context(), unit_of_work(writes=False):
        anna = users.by_email(people.address("anna"))
        return [letter.state for letter in db.session.scalars(outbox.listed(anna))]


def test_alice_looks_at_what_will_leave_and_sends_it(app, as_alice, agreed):
    page = look(as_alice, agreed, position="Analyst", note="I would call her today.\n\nReally.")
    assert "Ada Byron for Analyst" in page.text
    assert "made-when-it-is-sent" in page.text
    assert "never: debrief, margin, pay, other roles" in page.text
    assert "you can revoke it at any time" in page.text
    assert stored(app) == []
    page = as_alice.submit(page, "/forwards")
    assert page.path.startswith("/forwards/")
    assert "On its way to Carol Devereux" in page.text
    [(to, position, note, deliver, state)] = stored(app)
    assert (to, position, deliver, state) == ("carol@acme.example.org", "Analyst", "link", "queued")
    assert note == "I would call her today.\n\nReally."
    assert letters(app) == ["queued"]
    assert "Ada Byron" in as_alice.get("/forwards?state=queued").text


def test_the_yes_is_recorded_on_the_way_without_losing_what_was_typed(app, as_alice, prepared):
    page = look(as_alice, prepared, position="Analyst", note="Call her.")
    assert "No yes to Acme is on record" in page.text
    page = as_alice.post(new(prepared), {**dict(page.forms("/forwards")[0].form_values()), "change": "1"})
    page = as_alice.submit(page, new(prepared), evidence="mail of 3 November", scope="company")
    assert "said yes to Acme: mail of 3 November" in page.text
    as_alice.submit(page, "/forwards")
    assert [row[:3] for row in stored(app)] == [("carol@acme.example.org", "Analyst", "Call her.")]
    with app.app_context(), unit_of_work(writes=False):
        [yes] = db.session.scalars(
            consents.of(candidates.find(prepared["ada"], seen_by=users.by_email(people.address("alice"))))
        )
        assert (yes.company, yes.evidence, yes.given_on) == ("Acme", "mail of 3 November", clock.today())


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("given_on", (clock.today() + timedelta(days=2)).isoformat(), "has not come yet"),
        ("yes_until", (clock.today() - timedelta(days=2)).isoformat(), "has passed already"),
        ("given_on", "yesterday", "not a day"),
        ("evidence", "x" * 4096, "longer than 1,000"),
        ("until", (clock.today() - timedelta(days=2)).isoformat(), "has passed already"),
    ],
)
def test_a_yes_is_not_recorded_while_anything_is_wrong(app, as_alice, prepared, field, value, sentence):
    page = look(as_alice, prepared, status=422, **{"evidence": "on the phone", "note": "Call her.", field: value})
    assert sentence in page.text
    [form] = page.forms(new(prepared))
    assert form.fields["note"].strip() == "Call her."
    assert form.inputs[field].getparent().xpath("ancestor-or-self::*[contains(@class, 'wrong')]")
    with app.app_context(), unit_of_work(writes=False):
        alice = users.by_email(people.address("alice"))
        assert list(db.session.scalars(consents.of(candidates.find(prepared["ada"], seen_by=alice)))) == []


def test_somebody_new_is_added_in_place_and_only_by_sending(app, as_alice, prepared):
    new_one = {"to": "", "to_id": "", "name": "Dan O", "email": "dan@initech.example.org", "company": "Initech"}
    page = look(as_alice, prepared, evidence="on the phone", **new_one)
    assert "to Dan O, Initech" in page.text
    assert "Nobody by that name" in as_alice.get("/colleagues?q=dan").text
    as_alice.submit(page, "/forwards")
    assert "Dan O" in as_alice.get("/colleagues?q=dan").text


def test_going_back_to_change_keeps_everything(as_alice, agreed):
    page = look(as_alice, agreed, position="Analyst", note="Call her.", deliver="attachment")
    page = as_alice.post(new(agreed), {**dict(page.forms("/forwards")[0].form_values()), "change": "1"})
    [form] = page.forms(new(agreed))
    assert (form.fields["to"], form.fields["to_id"]) == ("Carol Devereux", agreed["carol"])
    assert (form.fields["position"], form.fields["deliver"]) == ("Analyst", "attachment")
    assert not page.tree.xpath("//*[@data-errors]")


def test_an_attachment_says_that_it_cannot_be_recalled(app, as_alice, agreed):
    assert "cannot be recalled" in as_alice.get(new(agreed)).text
    page = look(as_alice, agreed, deliver="attachment")
    assert "an attachment cannot be recalled" in page.text
    assert "Ada Byron.pdf" in page.text
    as_alice.submit(page, "/forwards")
    assert [row[3] for row in stored(app)] == ["attachment"]


def test_the_file_itself_goes_only_where_they_agreed_to_it(app, as_alice, prepared):
    said = {"evidence": "on the phone", "deliver": "attachment"}
    assert "said yes to Acme" not in look(as_alice, prepared, **said).text
    page = look(as_alice, prepared, **said, yes_attachment="y")
    assert "said yes to Acme" in page.text
    as_alice.submit(page, "/forwards")
    assert [row[3:] for row in stored(app)] == [("attachment", "queued")]


def test_the_preview_shows_what_was_typed_as_text(as_alice, agreed):
    page = look(as_alice, agreed, note="<script>alert(1)</script> {{ 7 * 7 }} 🦊 مريم")
    assert "<script>alert(1)</script> {{ 7 * 7 }} 🦊 مريم" in page.text
    assert not [script for script in page.tree.iter("script") if script.text]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"to": "", "to_id": ""}, "Say who is to get it"),
        ({"to": "Nobody Known", "to_id": ""}, "Nobody in the address book"),
        ({"to": "", "to_id": "", "email": "a@x.example.org, b@y.example.org", "company": "X"}, "not a mail address"),
        ({"to": "", "to_id": "", "email": "a@x.example.org"}, "company is needed"),
        ({"to": "", "to_id": "", "email": "a@x.example.org", "company": "X", "name": "=?x"}, "cannot stand in a mail"),
        ({"to": "", "to_id": "", "email": "boss@x.example.org", "company": "Globex"}, "works at Globex"),
        ({"position": "=?utf-8?q?x=0ABcc:_evil@example.org?="}, "cannot be used together"),
        ({"position": "x" * 4096}, "longer than 200"),
        ({"note": "x" * 10_001}, "longer than 10,000"),
        ({"note": "nul\x00"}, "cannot be shown"),
        ({"deliver": "pigeon"}, "must be one of"),
        ({"until": "2020-01-01"}, "has passed already"),
        ({"until": "9999-01-01"}, "90 days at most"),
        ({"until": "soon"}, "not a day"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_queued(app, as_alice, agreed, fields, sentence):
    assert sentence in look(as_alice, agreed, status=422, **fields).text
    assert stored(app) == []


def test_without_a_resume_the_page_leads_to_the_upload(app, as_alice, agreed):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = candidates.find(agreed["ada"], seen_by=alice)
        resumes.remove(resumes.latest(ada), ada, by=alice)
    page = as_alice.get(new(agreed))
    assert "There is no resume to forward" in page.text
    assert not page.forms(new(agreed))
    assert f"/candidates/{agreed['ada']}" in page.links()


def test_a_yes_withdrawn_between_looking_and_sending_stops_it(app, as_alice, agreed):
    page = look(as_alice, agreed)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        [yes] = db.session.scalars(consents.of(candidates.find(agreed["ada"], seen_by=alice)))
        consents.withdraw(yes, by=alice)
    page = as_alice.submit(page, "/forwards", status=422)
    assert "No yes to Acme is on record" in page.text
    assert stored(app) == []


def test_both_letters_stand_on_one_page_and_one_button_asks(app, as_alice, prepared):
    page = look(as_alice, prepared, position="Analyst", note="Call her.")
    assert "May I send your resume to Carol Devereux at Acme?" in page.text
    assert "Carol gets this after a yes" in page.text
    page = as_alice.submit(page, "/forwards")
    assert "Ada Byron is asked first" in page.text
    assert stored(app) == [("carol@acme.example.org", "Analyst", "Call her.", "link", "awaiting_consent")]
    assert letters(app) == []
    assert "The question to a candidate" in as_alice.get("/letters").text
    assert "waits for the yes" in as_alice.get("/forwards").text
    assert "waits for the yes" in as_alice.get(f"/candidates/{prepared['ada']}").text


def test_asking_twice_asks_once(app, as_alice, prepared):
    page = look(as_alice, prepared)
    assert as_alice.submit(page, "/forwards").path == as_alice.submit(page, "/forwards").path
    assert len(stored(app)) == 1
    assert "still open" in look(as_alice, prepared, status=422).text


def test_pressing_twice_makes_one(app, as_alice, agreed):
    page = look(as_alice, agreed)
    first = as_alice.submit(page, "/forwards")
    second = as_alice.submit(page, "/forwards")
    assert first.path == second.path
    assert len(stored(app)) == len(letters(app)) == 1


@pytest.mark.parametrize("somebody", ["known", "new"])
def test_twenty_presses_at_once_make_one(app, as_alice, prepared, somebody):
    typed = (
        {"to": "", "to_id": "", "email": "dan@initech.example.org", "company": "Initech"} if somebody == "new" else {}
    )
    page = look(as_alice, prepared, evidence="on the phone", **typed)
    sent = dict(page.forms("/forwards")[0].form_values())
    several = [Browser(app) for _ in range(20)]
    for browser in several:
        for cookie in as_alice.client._cookies.values():
            browser.client._cookies[cookie._storage_key] = cookie
    url = f"/candidates/{prepared['ada']}/forwards"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: one.client.post(url, data=sent), several))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(stored(app)) == len(letters(app)) == 1


# --- afterwards


def test_what_waits_is_taken_back(app, as_alice, forwarded):
    page = as_alice.submit(as_alice.get(f"/forwards/{forwarded}"), "/revocation")
    assert "Taken back: nothing was sent." in page.text
    assert "taken back" in as_alice.get("/forwards").text
    assert letters(app) == ["cancelled"]
    assert not page.forms("/revocation")
    as_alice.post(f"/forwards/{forwarded}/revocation", {"csrf_token": token(as_alice)})
    assert letters(app) == ["cancelled"]


def test_what_has_left_is_revoked_and_says_what_it_rests_on(app, as_alice, forwarded):
    link = deliver(app, forwarded)
    page = as_alice.get(f"/forwards/{forwarded}")
    for words in ("250 2.0.0 queued", "said so on the phone", "recorded by Alice Okafor", "I would call her today."):
        assert words in page.text
    page = as_alice.submit(page, "/revocation")
    assert "The link no longer opens" in page.text
    as_alice.get(f"/shared/{link}", status=410)


def test_an_answer_is_shown_and_marked_as_seen(app, as_alice, forwarded):
    deliver(app, forwarded)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        sharing.answer(forwards.find(forwarded, seen_by=alice), "talk", "<b>This week?</b>")
    assert "<b>This week?</b>" in as_alice.get("/forwards?state=answered").text
    page = as_alice.submit(as_alice.get(f"/forwards/{forwarded}"), "/seen")
    assert "Carol Devereux wants to talk" in page.text
    assert not page.forms("/seen")


def test_a_failed_letter_tells_the_servers_words(app, as_alice, forwarded):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        dispatch.fail(forwards.find(forwarded, seen_by=alice).letter, "550 5.1.1 no such user")
    for path in ("/forwards?state=failed", f"/forwards/{forwarded}", "/letters?state=failed"):
        assert "550 5.1.1 no such user" in as_alice.get(path).text


def test_every_filter_answers(as_alice, forwarded):
    page = as_alice.get("/forwards")
    for link in [link for link in page.links() if "state=" in link]:
        as_alice.get(link)
    assert "Ada Byron" in as_alice.get("/forwards?state=%00nonsense").text


def test_bob_sees_the_row_but_may_not_revoke(app, forwarded):
    bob = Browser(app).sign_in("bob")
    page = bob.get(f"/forwards/{forwarded}")
    assert "Carol Devereux" in page.text
    assert not page.forms("/revocation")
    bob.post(f"/forwards/{forwarded}/revocation", {"csrf_token": token(bob)}, status=403)
    bob.post(f"/forwards/{forwarded}/seen", {"csrf_token": token(bob)}, status=403)
    assert letters(app) == ["queued"]


def test_the_office_may_revoke(app, forwarded):
    rita = Browser(app).sign_in("rita")
    assert "Taken back" in rita.submit(rita.get(f"/forwards/{forwarded}"), "/revocation").text


def test_a_stranger_finds_what_is_hidden_as_missing_as_what_is_not_there(app, as_charlie, forwarded, agreed):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        candidates.share(candidates.find(agreed["ada"], seen_by=alice), "owner", by=alice)
    assert "Ada Byron" not in as_charlie.get("/forwards").response.get_data(as_text=True)
    for path in ("/forwards/{}", "/candidates/{}/forwards/new"):
        hidden_id = forwarded if path.startswith("/forwards") else agreed["ada"]
        hidden, absent = (as_charlie.get(path.format(one), status=404) for one in (hidden_id, "0" * 20))
        assert hidden.response.data == absent.response.data
    for path in (
        f"/forwards/{forwarded}/revocation",
        f"/forwards/{forwarded}/seen",
        f"/candidates/{agreed['ada']}/forwards",
    ):
        as_charlie.post(path, {"csrf_token": token(as_charlie)}, status=404)
    assert letters(app) == ["queued"]


def deliver(app, forward_id):
    with app.app_context(), unit_of_work(writes=True):
        return make.delivered(forwards.find(forward_id, seen_by=users.by_email(people.address("alice"))))


def token(browser):
    return browser.get("/colleagues/new").tree.xpath("//input[@name='csrf_token']/@value")[0]


def test_the_letter_of_a_sensitive_forward_says_that_a_code_comes_first(browser, agreed):
    browser.known_as("alice")
    assert "A code comes first" in look(browser, agreed, sensitive="y").text
    assert "A code comes first" not in look(browser, agreed).text


# --- the register


@pytest.fixture
def registered(app, forwarded):
    """Two: one that left, one that waits; the first one's id."""
    deliver(app, forwarded)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        dora = colleagues.add(name="Dora Weiss", email="dora@oel.example.org", company="Öl AG", by=alice)
        make.forward(alice, make.candidate(alice, "Grace Hopper", email="grace@example.org"), dora, position="=1+1")
    return forwarded


def names(page):
    return [one for one in ("Ada Byron", "Grace Hopper") if one in page.text]


def test_the_register_answers_what_is_asked_of_it(as_alice, registered):
    assert names(as_alice.get("/forwards")) == ["Ada Byron", "Grace Hopper"]
    page = as_alice.get("/forwards?state=sent&person=byron")
    assert names(page) == ["Ada Byron"]
    assert 'name="state" value="sent"' in page.response.get_data(as_text=True)
    assert names(as_alice.get("/forwards?company=%C3%96L")) == ["Grace Hopper"]
    assert names(as_alice.get(f"/forwards?from={clock.today()}&to={clock.today()}")) == ["Ada Byron", "Grace Hopper"]
    page = as_alice.get("/forwards?to=2001-01-01")
    assert "Nothing like this" in page.text


def test_the_page_of_a_forward_says_what_exactly_left(as_alice, registered):
    page = as_alice.get(f"/forwards/{registered}")
    assert "What exactly left" in page.text
    assert "no. 1, resume.pdf" in page.text


def test_the_register_is_downloaded_as_a_table_of_the_same_rows(as_alice, registered):
    answer = as_alice.client.get("/forwards.csv?state=queued")
    assert answer.mimetype == "text/csv"
    assert answer.is_streamed
    assert "attachment; filename=forwards-" in answer.headers["Content-Disposition"]
    head, row = list(csv.reader(answer.get_data(as_text=True)[1:].splitlines()))
    told = dict(zip(head, row, strict=True))
    assert (told["Candidate"], told["Position"], told["State"]) == ("Grace Hopper", "'=1+1", "waiting to leave")
    assert told["Permission"] == "said so on the phone"
    assert len(as_alice.client.get("/forwards.csv").get_data(as_text=True).splitlines()) == 3


def test_the_register_tells_below_each_line_on_whose_yes_and_what_it_shows(as_alice, registered):
    page = as_alice.get("/forwards")
    left, waits = (
        " ".join(" ".join(one.itertext()).split()) for one in reversed(page.tree.xpath("//li[@data-row]//details"))
    )
    assert "Was to be seen headline, location, resume to read, your note" in left
    assert "by Alice" in left
    assert "it rests on their consent" in left
    assert "Will show headline" in waits
    assert "Left out current employer, mail and phone, resume to download" in waits


def told_in_table(browser, query=""):
    text = browser.client.get(f"/forwards.csv{query}").get_data(as_text=True)[1:]
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_has_the_yes_and_what_stays_unseen(as_alice, registered):
    waits, left = told_in_table(as_alice)
    assert (left["Permission rests on"], left["Only with a code"]) == ("consent", "no")
    assert left["Left out"] == waits["Left out"] == "current employer, mail and phone, resume to download"
    assert waits["What could be seen"].startswith("to be seen: headline")
    assert waits["Left at"] == ""


def test_who_was_introduced_without_a_name_stands_in_the_register(app, as_alice, agreed):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = candidates.find(agreed["ada"], seen_by=alice)
        make.consent(ada, alice, purpose="introduce", company="")
        proposal = teasing.propose(ada, colleagues.find(agreed["carol"]), by=alice, headline="Leads data teams")
        sent = teasing.send(proposal, by=alice)
        teaser_letters.mint(sent, token := tokens.new_link())
        dispatch.accept(sent.letter, "250 ok")
    page = as_alice.get("/forwards?state=teaser&person=ada")
    assert "waits for their word" in page.text
    assert "Carol is interested" in page.text
    assert "Nothing like this" in as_alice.get("/forwards?state=teaser&company=globex").text
    [row] = told_in_table(as_alice)
    assert (row["Introduction"], row["Told before the name"]) == ("waits for their word", "Leads data teams")
    with app.app_context(), unit_of_work(writes=True):
        teasing.answer(teasers.find_by_link(token), "interested")
    [row] = told_in_table(as_alice)
    assert (row["Introduction"], row["Forward"] != "") == ("is interested", True)
    assert "introduced without a name" in as_alice.get("/forwards").text


def test_a_stranger_downloads_only_the_head(app, as_charlie, registered, agreed):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        candidates.share(candidates.find(agreed["ada"], seen_by=alice), "owner", by=alice)
    assert "Ada Byron" not in as_charlie.client.get("/forwards.csv").get_data(as_text=True)


def test_nobody_downloads_the_register_all_day(as_alice):
    answers = [as_alice.client.get("/forwards.csv").status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]
