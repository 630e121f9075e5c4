"""The page on which a colleague reads of somebody without a name."""

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import asking, dispatch, teaser_letters, teasers, teasing, users
from crm.domain.outbox import Letter
from crm.kit import tokens
from tests import make, people


@pytest.fixture
def shown(app):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        ada = make.candidate(
            alice, employer="Globex Ltd", headline="MARKER headline", location="MARKERtown", source="MARKER",
            phones=["+46 8 123 45 67"],
        )  # fmt: skip
        make.near_miss(ada, make.role(alice), alice, sentence="MARKER sentence")
        make.resume(ada, alice, filename="MARKER.pdf")
        make.consent(ada, alice, purpose="introduce", company="")
        make.consent(ada, alice, company="")
        proposal = teasing.propose(
            ada, make.colleague(alice), by=alice, headline="Somebody who leads data teams", position="Analyst",
            strengths=["Ran the better case."], words="<b>Really.</b>",
        )  # fmt: skip
        teaser = teasing.send(proposal, by=alice)
        teaser_letters.mint(teaser, token := tokens.new_link())
        dispatch.accept(teaser.letter, "250 ok")
        db.session.flush()
        return token


def stands(app, token):
    with app.app_context(), unit_of_work(writes=False):
        teaser = teasers.find_by_link(token)
        return teaser.answer, teaser.answer_words, teaser.forward_id is not None


def test_carol_reads_what_was_written_and_nothing_of_the_record(browser, shown):
    page = browser.get(f"/teaser/{shown}")
    for words in ("Somebody who leads data teams", "Ran the better case.", "<b>Really.</b>", "Analyst", "Alice Okafor"):
        assert words in page.text
    everything = page.response.get_data(as_text=True) + str(page.response.headers)
    for word in ("MARKER", "Ada", "Byron", "Globex", "123 45 67", "/candidates/"):
        assert word not in everything, word
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_is_chosen_beforehand(browser, shown):
    assert not browser.get(f"/teaser/{shown}").tree.xpath("//input[@type='radio'][@checked]")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_records_nothing(app, browser, shown, method):
    assert browser.client.open(f"/teaser/{shown}", method=method).status_code == 200
    assert stands(app, shown) == ("", "", False)


def test_a_button_without_a_choice_says_nothing(app, browser, shown):
    page = browser.submit(browser.get(f"/teaser/{shown}"), shown, 422)
    assert "Choose one of the three" in page.text
    assert stands(app, shown) == ("", "", False)


def test_interest_is_recorded_and_leads_to_the_question(app, browser, shown):
    browser.submit(browser.get(f"/teaser/{shown}"), shown, answer="interested", words="Tell me more")
    assert stands(app, shown) == ("interested", "Tell me more", True)
    assert "Alice knows that you are interested" in browser.get(f"/teaser/{shown}").text


def test_a_closed_one_says_nothing_of_whom_it_was_about(app, browser, shown):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        teasers.revoke(teasers.find_by_link(shown), by=alice)
    page = browser.get(f"/teaser/{shown}", 410)
    assert "leads data teams" not in page.text
    browser.get(f"/teaser/{tokens.new_link()}", 404)


def test_interest_asks_the_candidate_by_mail_whatever_any_company_may_have(app, browser, shown):
    page = browser.submit(browser.get(f"/teaser/{shown}"), f"/teaser/{shown}", answer="interested")
    assert "They are asked whether their resume may go to you" in page.text
    assert stands(app, shown) == ("interested", "", True)
    with app.app_context(), unit_of_work(writes=False):
        assert [one.to_address for one in db.session.scalars(select(Letter).where(Letter.kind == "forward_ask"))] == [
            "ada@example.org"
        ]
        assert not list(db.session.scalars(select(Letter).where(Letter.kind == "forward")))


@pytest.mark.parametrize(("said", "told"), [("no", "They are asked whether"), ("yes", "They have said yes to you")])
def test_a_yes_is_told_and_a_no_is_not(app, browser, shown, said, told):
    browser.submit(browser.get(f"/teaser/{shown}"), f"/teaser/{shown}", answer="interested")
    with app.app_context(), unit_of_work(writes=True):
        [question] = asking.open_of(teasers.find_by_link(shown).candidate_id)
        asking.answer(question, said)
    assert told in browser.get(f"/teaser/{shown}").text


def test_who_changes_their_mind_may_whoever_looks_after_the_forward_by_now(app, browser, shown):
    with app.app_context(), unit_of_work(writes=True):
        teaser = teasers.find_by_link(shown)
        teasing.answer(teaser, "interested")
        teaser.forward.by = users.by_email(people.address("bob"))
    browser.submit(browser.get(f"/teaser/{shown}"), f"/teaser/{shown}", answer="not_now")
    assert stands(app, shown)[0] == "not_now"


def test_a_no_leaves_no_step_open(app, browser, shown):
    browser.submit(browser.get(f"/teaser/{shown}"), shown, answer="not_now", words="")
    with app.app_context(), unit_of_work(writes=False):
        assert teasers.find_by_link(shown).steps == [("introduced without a name", True), ("Carol says not now", True)]
