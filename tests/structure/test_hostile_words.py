"""Words that are meant to break something, in every field of every form, in every address and every question.

The answer is a page that shows them as text, or a sentence that refuses them; never a mistake of ours, never a script.
"""

import re

import pytest
from lxml import html

from crm.kit import tokens
from tests.structure import workspace
from tests.structure.workspace import Visitor

WORDS = {
    "encoded word": "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "long": "long " * 820,
    "right to left": "a\u202egnp.exe\u202c\u2066x",
    "emoji": "👩‍💻🏳️‍🌈 Zoë",
    "nul": "a\x00b",
    "script": "<script>x</script>",
    "image": "\"><img src=x onerror=alert(1)>'",
    "template": "{{7*191}}${7*191}#{7*191}{%raw%}",
    "surrogate": "\ud800x",
    "lines": "a\r\nBcc: evil@example.org\r\n\r\nb",
    "query": "' OR 1=1 -- \" * ( NEAR/2 :* & !",
    "number": "99999999999999999999999999",
    "date": "0000-00-00",
}
ON_POSTGRES = ("nul", "long", "surrogate", "number")
"""What SQLite takes and PostgreSQL does not."""
ACTS = re.compile(r"<script>x|<img src=x|\b1337\b", re.IGNORECASE)
TEXTS = (
    "input[not(@type) or @type='text' or @type='email' or @type='search' or @type='tel' or @type='url' or @type='date' \
or @type='number' or @type='password' or @type='hidden' or @type='radio' or @type='checkbox'] | .//textarea | .//select"
)
ENDS_THE_VISIT = {"/sign-out"}


@pytest.fixture
def hostile(app):
    return workspace.invent(app)


def words_for(house):
    is_postgres = house.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql")
    return {name: word for name, word in WORDS.items() if name in ON_POSTGRES or not is_postgres}


def forms(house, visitor):
    """Every form of every page that the visitor can open: where it goes, and what it carries."""
    found = {}
    for rule in house.gets():
        answer = visitor.get(rule)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            for form in html.fromstring(answer.get_data(as_text=True)).forms:
                found.setdefault(_key(form), (form.get("action") or house.path(rule), form))
    return [found[key] for key in sorted(found)]


def _key(form):
    action = re.sub(r"[0-9a-z]{20}", "ID", form.get("action") or "")
    return f"{form.get('method')} {action} {sorted(set(form.inputs.keys()))}"


def fields(form):
    named = {field.get("name") for field in form.xpath(f".//{TEXTS}")}
    return sorted(name for name in named if name and name != "csrf_token")


def carried(form):
    return {name: value for name, value in form.form_values() if name != "csrf_token"}


def send(visitor, action, form, values):
    method = (form.get("method") or "get").upper()
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in values.items()}
    if method == "GET":
        return visitor.client.get(action, query_string=data)
    data["csrf_token"] = visitor.kept_token
    return visitor.client.open(action, method=method, data=data)


def comes_in(house, name):
    visitor = Visitor(house, name)
    visitor.kept_token = visitor.token("/settings/me" if name else "/sign-in")
    return visitor


@pytest.mark.parametrize("name", ["alice", "anna", ""])
def test_no_word_in_any_field_is_a_mistake(hostile, name):
    visitor, troubles = comes_in(hostile, name), []
    for action, form in forms(hostile, visitor):
        for field in fields(form):
            for called, word in words_for(hostile).items():
                if action in ENDS_THE_VISIT:
                    continue
                answer = send(visitor, action, form, {**filled(form), field: word})
                troubles += [f"{action} {field} ({called}): {trouble}" for trouble in wrong(answer)]
                if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in"):
                    visitor = comes_in(hostile, name or "")
    assert not troubles, "\n".join(troubles)
    assert not stays(hostile, name)


def filled(form):
    """What the form carries, and something in every empty field, so that the one field is what it is about."""
    values = carried(form)
    for field in form.xpath(".//input[not(@type='hidden')] | .//textarea"):
        if (
            field.get("name")
            and not values.get(field.get("name"))
            and field.get("type") not in {"file", "radio", "checkbox"}
        ):
            values[field.get("name")] = proper(field)
    return values


def proper(field):
    kind, name = field.get("type"), field.get("name")
    if kind == "date":
        return "2031-05-04" if "until" in name else ""
    if kind == "email" or "email" in name:
        return f"{tokens.new_id()}@example.org"
    return (
        "12" if kind == "number" else "a long and easy sentence" if kind == "password" else f"Words {tokens.new_id()}"
    )


def wrong(answer):
    if answer.status_code >= 500:
        yield str(answer.status_code)
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    if found := ACTS.search(text):
        yield f"shows {text[max(0, found.start() - 60) : found.end() + 20]!r}"
    if any("\n" in value or "\r" in value for _, value in answer.headers):
        yield "has a broken header"


def stays(house, name):
    """What the words left behind on any page."""
    visitor = Visitor(house, name)
    return [
        f"{rule}: {trouble}"
        for rule in house.gets()
        for trouble in wrong(visitor.get(rule))
        if rule.endpoint != "letters.raw"
    ]


@pytest.mark.parametrize("name", ["alice", "anna", ""])
def test_no_word_in_any_address_is_a_mistake(hostile, name):
    visitor, troubles = Visitor(hostile, name), []
    for rule in hostile.gets():
        for argument in sorted(rule.arguments - {"number"}):
            for called, word in words_for(hostile).items():
                path = hostile.path(rule, **{argument: "HOSTILE"}).replace("HOSTILE", quoted(word))
                answer = visitor.client.get(path)
                troubles += [f"{rule} {argument} ({called}): {trouble}" for trouble in wrong(answer)]
    assert not troubles, "\n".join(troubles)


def quoted(word):
    return "".join(f"%{byte:02x}" for byte in word.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", ["alice", "anna", ""])
def test_no_word_in_any_question_is_a_mistake(hostile, name):
    visitor, troubles = Visitor(hostile, name), []
    for rule in hostile.gets():
        for argument in asked(hostile, rule):
            for called, word in words_for(hostile).items():
                answer = visitor.client.get(f"{hostile.path(rule)}?{argument}={quoted(word)}")
                troubles += [f"{rule}?{argument} ({called}): {trouble}" for trouble in wrong(answer)]
    assert not troubles, "\n".join(troubles)


def asked(house, rule):
    return workspace.arguments_of(house, rule)
