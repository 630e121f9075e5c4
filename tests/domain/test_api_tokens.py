"""Tokens for programs."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from crm.db import db, unit_of_work
from crm.domain import accounts, api_tokens, users
from crm.domain.api_tokens import ApiToken
from crm.domain.errors import Missing, Refused
from crm.domain.users import User
from crm.kit import clock
from tests import people


@pytest.fixture
def made(app) -> tuple[str, str]:
    """The id and the plain text of Alice's token, committed."""
    with app.app_context():
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            token, plain = api_tokens.add(alice, scope="read", by=alice, name="Reporting", days=30)
            token_id = token.id
        yield token_id, plain


def test_a_token_tells_whose_it_is_and_what_it_may(made):
    token_id, plain = made
    found = api_tokens.bearer(plain)
    with unit_of_work(writes=False):
        assert users.find(found.user_id).first_name == "Alice"
        kept = db.session.get(ApiToken, token_id)
        assert (found.token_id, found.scope) == (token_id, "read")
        assert plain not in kept.token_hash
        assert kept.used_at is not None


def test_anything_else_is_nobodys(made):
    for plain in ("", "fc_", "x" * 5000, "nul\x00", "Bearer", made[1][:-1], made[1].upper()):
        assert api_tokens.bearer(plain) is None


def test_a_token_ends_on_its_day(made):
    with time_machine.travel(clock.now() + timedelta(days=30, minutes=1)):
        assert api_tokens.bearer(made[1]) is None


def test_its_owner_revokes_it_at_once_and_twice_is_as_good(made):
    token_id, plain = made
    for _ in range(2):
        with unit_of_work(writes=True):
            api_tokens.revoke(token_id, by=users.by_email(people.address("alice")))
        assert api_tokens.bearer(plain) is None


def test_an_administrator_revokes_it_and_a_stranger_does_not_find_it(made):
    token_id, plain = made
    with pytest.raises(Missing), unit_of_work(writes=True):
        api_tokens.revoke(token_id, by=users.by_email(people.address("charlie")))
    assert api_tokens.bearer(plain)
    with unit_of_work(writes=True):
        api_tokens.revoke(token_id, by=users.by_email(people.address("anna")))
    assert api_tokens.bearer(plain) is None


def test_who_is_disabled_has_no_token_and_gets_none_back(made):
    anna, alice = (people.address(name) for name in ("anna", "alice"))
    with unit_of_work(writes=True):
        accounts.disable(users.by_email(alice), by=users.by_email(anna))
    assert api_tokens.bearer(made[1]) is None
    with pytest.raises(Refused), unit_of_work(writes=True):
        api_tokens.add(users.by_email(alice), scope="read", by=None)
    with unit_of_work(writes=True):
        accounts.enable(users.by_email(alice), by=users.by_email(anna))
    assert api_tokens.bearer(made[1]) is None


def test_a_disabled_owner_is_enough(made):
    with unit_of_work(writes=True) as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    assert api_tokens.bearer(made[1]) is None


def test_what_makes_no_sense_is_refused(alice):
    nonsense = [({"days": 0}, "days"), ({"days": 366}, "days"), ({"scope": "admin"}, "scope"),
                ({"name": "a\nb"}, "label"), ({"name": "x" * 81}, "label"), ({"name": "nul\x00"}, "label")]  # fmt: skip
    for given, field in nonsense:
        with pytest.raises(Refused) as refused:
            api_tokens.add(alice, by=alice, **{"scope": "read", **given})
        assert refused.value.field == field


def test_the_same_key_answers_the_same_and_another_request_is_refused(alice, bob):
    assert api_tokens.answered(alice, "key", "hash") is None
    api_tokens.remember(alice, "key", status=201, body="{}")
    assert api_tokens.answered(alice, "key", "hash").status == 201
    assert api_tokens.answered(bob, "key", "hash") is None
    with pytest.raises(Refused):
        api_tokens.answered(alice, "key", "another hash")
