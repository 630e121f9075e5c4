"""The invented people: complete, consistent with each other, and never out of date."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from email_validator import validate_email

from crm.demo import story
from crm.demo.shape import Touchpoint, told

TODAY = date(2026, 11, 23)
STORY = story(TODAY)
PEOPLE = {person.key: person for person in STORY.people}
ROLES = {role.key: role for role in STORY.roles}
USERS = {user.key: user for user in STORY.users}
COLLEAGUES = {colleague.key: colleague for colleague in STORY.colleagues}
APPLICATIONS = [(person, application) for person in STORY.people for application in person.applications]


def test_about_sixty_people_apply_for_a_dozen_roles_in_every_state():
    assert len(PEOPLE) == len(STORY.people) == 60
    assert {role.status for role in STORY.roles} == {"open", "sealed", "filled", "closed"}
    dispositions = {application.disposition for _, application in APPLICATIONS}
    assert dispositions == {
        None, "rejected", "withdrew", "offer_declined", "offer_withdrawn", "role_closed", "hired"
    }  # fmt: skip
    assert {application.stage for _, application in APPLICATIONS} == {
        "applied", "screen", "interview", "onsite", "finalist", "offer"
    }  # fmt: skip


def test_forwards_stand_in_every_state_that_mail_can_reach():
    states = {forward.state for person in STORY.people for forward in person.forwards}
    assert states == {"queued", "sent", "opened", "answered", "revoked", "expired", "failed"}


def test_every_user_who_signs_in_has_somebody_due():
    for user in STORY.users:
        assert [person for person in STORY.people if person.owner == user.key and person.next and person.next.day <= 0]


def test_today_of_the_hiring_manager_has_a_few_due_two_overdue_and_more_to_come():
    days = [person.next.day for person in STORY.people if person.owner == "alice" and person.next]
    assert sum(day == 0 for day in days) == 5
    assert sum(day < 0 for day in days) == 2
    assert sum(0 < day <= 14 for day in days) >= 5


def test_everybody_named_is_there():
    for role in STORY.roles:
        assert {role.manager, *role.insiders} <= USERS.keys()
        assert {place.person for place in role.bench} <= PEOPLE.keys()
        assert role.hire is None or role.hire.person in PEOPLE
    for person in STORY.people:
        assert {person.owner, *(touchpoint.by for touchpoint in person.touchpoints)} <= USERS.keys()
        assert {application.role for application in person.applications} <= ROLES.keys()
        assert {forward.colleague for forward in person.forwards} <= COLLEAGUES.keys()
        assert (person.visibility == "team") == (person.team is not None)


def test_applications_lie_inside_their_search():
    for _, application in APPLICATIONS:
        role = ROLES[application.role]
        assert application.applied >= role.opened
        assert (application.disposition is None) == (application.decided is None)
        if application.disposition is None:
            assert role.status == "open"
        else:
            assert application.applied < application.decided <= (role.ended or 0)


def test_the_bench_holds_finalists_and_the_hire_was_hired():
    ended = {(person.key, application.role): application for person, application in APPLICATIONS}
    for role in STORY.roles:
        assert all(ended[place.person, role.key].debrief for place in role.bench)
        assert role.status != "filled" or ended[role.hire.person, role.key].disposition == "hired"


def test_what_was_done_for_others_is_shown_once_each():
    [item], [introduction] = STORY.useful, STORY.introductions
    assert set(item.tags) & {tag for key in item.to for tag in PEOPLE[key].tags}
    assert item.added <= item.sent <= 0
    assert {item.by, introduction.by} <= USERS.keys()
    assert introduction.person in PEOPLE
    assert introduction.asked <= introduction.answered <= 0
    assert COLLEAGUES[introduction.colleague].name.split()[-1] not in introduction.told_person
    assert PEOPLE[introduction.person].full_name.split()[0] not in introduction.told_colleague
    assert [person.key for person in STORY.people if person.signals] == ["tomas"]
    [begun] = [person for person in STORY.people if person.draft]
    assert begun.next.day <= 0, "a letter is begun to somebody who waits for it"


def test_whoever_is_asked_told_of_or_heard_is_in_the_story():
    named = (*STORY.questions, *STORY.outcomes, *STORY.teasers, *STORY.shortlists, *STORY.needs)
    assert {one.colleague for one in named} <= COLLEAGUES.keys()
    assert {one.by for one in named} <= USERS.keys()
    people = [one.person for one in (*STORY.questions, *STORY.outcomes, *STORY.teasers, *STORY.sayings)]
    assert {*people, *(key for one in STORY.shortlists for key in one.people)} <= PEOPLE.keys()


def test_candidates_gave_every_answer_and_said_everything_once():
    assert {one.answer for one in STORY.questions} == {"", "yes", "blind", "no", "never", "later"}
    assert {one.answer for one in STORY.teasers} == {"", "interested", "not_now"}
    assert {one.what for one in STORY.sayings} == {"interested", "thanks", "useful", "later", "job"}
    for one in (*STORY.questions, *STORY.teasers, *STORY.needs):
        first = one.sent if one in STORY.teasers else one.asked
        assert one.answered is None or first <= one.answered <= 0


def test_nobody_is_told_of_without_a_name_who_did_not_allow_it():
    for teaser in STORY.teasers:
        person = PEOPLE[teaser.person]
        given = [consent for consent in person.consents if consent.purpose == "introduce"]
        assert any(consent.day <= teaser.sent <= consent.until for consent in given), person.key
        assert not set(person.full_name.split()) & set(f"{teaser.headline} {teaser.words}".split())


def test_every_forward_had_a_yes_for_that_company():
    for person in STORY.people:
        for forward in person.forwards:
            company = COLLEAGUES[forward.colleague].company
            given = [c for c in person.consents if c.purpose == "forward" and c.company == company]
            assert any(consent.day <= forward.day <= consent.until for consent in given), person.key


def test_timelines_are_told_in_order_and_end_today():
    for person in STORY.people:
        days = [touchpoint.day for touchpoint in person.touchpoints]
        assert days == sorted(days)
        assert all(day <= 0 for day in days)


def test_mail_addresses_and_phones_are_nobodys_twice_and_can_be_written_to():
    addresses = [email for person in STORY.people for email in person.emails]
    addresses += [other.email for other in (*STORY.users, *STORY.colleagues)]
    assert max(Counter(addresses).values()) == 1
    assert max(Counter(person.phone for person in STORY.people).values()) == 1
    for address in addresses:
        validate_email(address, check_deliverability=False)
        assert re.search(r"[@.]example\.(org|com|net)$", address)


def test_nothing_is_said_twice():
    texts = [touchpoint.text for person in STORY.people for touchpoint in person.touchpoints]
    texts += [application.debrief.sentence for _, application in APPLICATIONS if application.debrief]
    texts += [forward.note for person in STORY.people for forward in person.forwards]
    texts += [one.note for one in (*STORY.questions, *STORY.shortlists)] + [one.words for one in STORY.sayings]
    assert max(Counter(texts).values()) == 1


@pytest.mark.parametrize("word", ["lorem", "culture fit", " accent", "pregnan", "married", "too old", "too young"])
def test_a_good_manager_does_not_write(word):
    assert word not in repr(STORY).casefold()


def test_a_sealed_role_is_named_nowhere_else():
    sealed = next(role for role in STORY.roles if role.status == "sealed")
    elsewhere = repr([role for role in STORY.roles if role is not sealed]) + repr(STORY.people) + repr(STORY.colleagues)
    assert sealed.codename not in elsewhere
    assert sealed.title not in elsewhere


def test_marks_become_words_of_the_day():
    touchpoint = Touchpoint("call", "out", 0, "In {season 0}, on {weekday -3}, before {month 30} {year 60}")
    assert told(touchpoint, TODAY).text == "In autumn, on Friday, before December 2027"


@pytest.mark.parametrize("days", range(0, 366, 61))
def test_no_mark_is_left_on_any_day(days):
    assert "{" not in repr(story(TODAY + timedelta(days=days)))
