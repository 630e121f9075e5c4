"""People in any number: each mail address once, and the same people whenever asked again."""

from collections import Counter
from itertools import islice

from email_validator import validate_email

from crm.demo.synthetic import people

MANY = list(people(5000))


def test_as_many_as_asked_each_with_an_address_of_their_own():
    assert len(MANY) == 5000
    assert len({person.email for person in MANY}) == 5000
    assert [person.number for person in MANY] == list(range(5000))


def test_none_when_none_are_asked_for():
    assert list(people(0)) == []


def test_the_same_seed_gives_the_same_people_and_another_gives_others():
    assert list(people(200)) == MANY[:200]
    assert [person.full_name for person in people(200, seed=2)] != [person.full_name for person in MANY[:200]]


def test_one_may_go_on_where_one_stopped():
    assert list(people(1500, since=1990)) == MANY[1990:3490]


def test_they_are_made_one_by_one():
    assert len(list(islice(people(10**12), 3))) == 3


def test_addresses_can_be_written_to():
    for person in MANY[:500]:
        validate_email(person.email, check_deliverability=False)


def test_resumes_have_a_few_hundred_words_one_of_them_everywhere():
    assert all(200 <= len(person.resume_text.split()) <= 400 for person in MANY)
    assert all("experience" in person.resume_text.casefold() for person in MANY)
    assert all(person.full_name in person.resume_text and person.email in person.resume_text for person in MANY)


def test_few_words_are_frequent_and_many_are_rare():
    holders = Counter(word for person in MANY for word in {*person.resume_text.casefold().split()})
    assert sum(count > len(MANY) / 2 for count in holders.values()) < 100
    assert sum(count <= 5 for count in holders.values()) > 5000


def test_most_were_spoken_to_and_some_have_a_next_date():
    spoken = [person for person in MANY if person.last_contact is not None]
    assert 0.8 < len(spoken) / len(MANY) < 0.9
    assert all(person.last_contact <= 0 for person in spoken)
    assert 0.2 < sum(person.next_contact is not None for person in MANY) / len(MANY) < 0.4
