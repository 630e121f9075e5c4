"""A sealed role, to whoever is not in: every act on it, by page and by API, ends as for a role that is not there.

In status, in headers, in every byte, and in how often the database is asked. Looking is tried in test_nothing_leaks.py.
"""

import logging

import pytest

from crm.api.contract import CALLS
from crm.db import db, unit_of_work
from crm.domain import api_tokens, users
from crm.domain.outbox import KeptMail
from crm.domain.roles import Role
from tests import people
from tests.structure.questions import arguments_of
from tests.structure.workspace import SEALED, Visitor, absent, bare, class_of, statements, told

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
STRANGERS = ("charlie", "anna")
VALUES = {"string": "words", "integer": 1, "boolean": True, "array": [], "object": {}}
FORMATS = {"date": "2031-05-04", "date-time": "2026-05-04T10:00:00Z", "id": "0" * 20}


@pytest.fixture(scope="module")
def bearers(house):
    """Tokens that may also write."""
    with house.app.app_context(), unit_of_work(writes=True):
        there = {name: users.by_email(people.address(name)) for name in ("alice", *STRANGERS)}
        return {name: api_tokens.add(user, scope="write", by=None)[1] for name, user in there.items()}


def acts(house, *classes):
    return [
        (rule, method)
        for rule in house.rules
        for method in UNSAFE
        if method in rule.methods and class_of(house.app, rule) in classes
    ]


def asked_for(house, rule):
    """The arguments that lead to the sealed role, or to a part of it, and the same for what is not there."""
    for name in ("sealed", "sealed, through a role that is shown"):
        args = {key: value for key, value in house.hidden[name].items() if key in rule.arguments}
        if args:
            yield args, absent(args)


# --- what programs send


def body_of(schema):
    """The least that is well formed: what comes in is checked before anything is looked up."""
    if schema is None:
        return None
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "object":
        return {name: body_of(schema["properties"][name]) for name in schema.get("required", ())}
    if "enum" in schema:
        return schema["enum"][0]
    return FORMATS.get(schema.get("format", ""), VALUES[kind])


BODIES = {f"api.{call.name}": call for call in CALLS}


def by_api(house, bearers, name, rule, method, args, **more):
    declared = BODIES[rule.endpoint]
    given = {"json": {**(body_of(declared.body) or {}), **more}} if isinstance(body_of(declared.body), dict) else {}
    if isinstance(body_of(declared.body), list):
        given = {"json": []}
    if declared.upload:
        given = {"data": b"words", "headers": {"Content-Type": "text/plain"}}
    headers = {"Authorization": f"Bearer {bearers[name]}", **given.pop("headers", {})}
    return house.app.test_client().open(house.path(rule, **args), method=method, headers=headers, **given)


@pytest.mark.parametrize("name", STRANGERS)
def test_no_call_on_it_is_answered_otherwise_than_on_nothing(house, bearers, name):
    different = []
    first_rule, first_method = acts(house, "api")[0]
    by_api(house, bearers, name, first_rule, first_method, {})  # when a token was last used is noted now and then
    for rule, method in acts(house, "api"):
        for args, nothing in asked_for(house, rule):
            with statements(house.app) as ran:
                hidden = by_api(house, bearers, name, rule, method, args)
            with statements(house.app) as ran_for_nothing:
                missing = by_api(house, bearers, name, rule, method, nothing)
            different += told_apart(f"{method} {rule}", hidden, missing, ran, ran_for_nothing, args, nothing)
            assert hidden.status_code in {404, 422}, f"{method} {rule} answers {hidden.status_code}"
    assert not different, "\n".join(different)


@pytest.mark.parametrize("name", STRANGERS)
def test_no_call_that_names_it_in_its_body_is_answered_otherwise(house, bearers, name):
    """`role_id` as a field."""
    different, tried = [], 0
    sealed = house.hidden["sealed"]["role_id"]
    for rule, method in acts(house, "api"):
        body = BODIES[rule.endpoint].body
        if body and "role_id" in body.get("properties", {}):
            tried += 1
            nothing = absent({"role_id": ""})["role_id"]
            hidden = by_api(house, bearers, name, rule, method, {}, role_id=sealed)
            missing = by_api(house, bearers, name, rule, method, {}, role_id=nothing)
            different += told_apart(f"{method} {rule}", hidden, missing, [], [], {"": sealed}, {"": nothing})
    assert not different, "\n".join(different)


# --- what pages send


@pytest.mark.parametrize("name", STRANGERS)
def test_no_act_of_a_page_on_it_is_answered_otherwise_than_on_nothing(house, name):
    visitor, different = Visitor(house, name), []
    token = visitor.kept_token()
    for rule, method in acts(house, "signed in"):
        for args, nothing in asked_for(house, rule):
            answers = []
            for one in (args, nothing):
                with statements(house.app) as ran:
                    data = {"csrf_token": token, "to": "1"}
                    answers.append((visitor.client.open(house.path(rule, **one), method=method, data=data), list(ran)))
            (hidden, asked), (missing, asked_for_nothing) = answers
            different += told_apart(f"{method} {rule}", hidden, missing, asked, asked_for_nothing, args, nothing)
            assert hidden.status_code == 404, f"{method} {rule} answers {hidden.status_code}"
    assert not different, "\n".join(different)


@pytest.mark.parametrize("name", STRANGERS)
def test_looking_at_it_asks_the_database_as_often_as_looking_at_nothing(house, name):
    visitor, different = Visitor(house, name), []
    for rule in house.gets():
        for args, nothing in asked_for(house, rule):
            visitor.get(rule, nothing)
            ran = []
            for one in (args, nothing):
                with statements(house.app) as asked:
                    visitor.get(rule, one)
                ran.append(len(asked))
            different += [f"{rule}: {ran}"] if ran[0] != ran[1] else []
    assert not different, "\n".join(different)


def told_apart(what, hidden, missing, ran, ran_for_nothing, args, nothing):
    if bare(hidden, *args.values()) != bare(missing, *nothing.values()):
        yield f"{what}: {hidden.status_code} {hidden.get_data()[:300]!r}, and for nothing {missing.get_data()[:300]!r}"
    if len(ran) != len(ran_for_nothing):
        yield f"{what}: {len(ran)} statements, and {len(ran_for_nothing)} for nothing"


# --- what leaves, and what is written down


def test_no_mail_and_no_line_of_the_log_names_it(house, caplog):
    caplog.set_level(logging.DEBUG)
    for name in (*STRANGERS, ""):
        visitor = Visitor(house, name)
        for rule in house.gets():
            for args, _ in asked_for(house, rule):
                visitor.get(rule, args)
            for argument in arguments_of(house, rule):
                visitor.get(rule, **{argument: SEALED[:6]})
    assert SEALED not in caplog.text.lower()
    with house.app.app_context(), unit_of_work(writes=False) as session:
        raws = [bytes(mail.raw).replace(b"=\r\n", b"").lower() for mail in session.scalars(db.select(KeptMail))]
        assert raws
        assert not [raw for raw in raws if SEALED.encode() in raw]


def test_its_people_are_answered(house, bearers):
    """Or what is tried above would be refused for another reason."""
    args = {"role_id": house.hidden["sealed"]["role_id"]}
    rule = next(rule for rule in house.rules if rule.endpoint == "api.roles_show")
    answer = house.app.test_client().get(
        house.path(rule, **args), headers={"Authorization": f"Bearer {bearers['alice']}"}
    )
    assert SEALED.encode() in told(answer)
    assert answer.json["marked_terms"][0] == SEALED
    with house.app.app_context(), unit_of_work(writes=False) as session:
        assert session.get_one(Role, args["role_id"]).is_sealed
