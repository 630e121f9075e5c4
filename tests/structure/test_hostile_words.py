"""Words that are meant to break something, in every field of every form, in every address and every question.

The answer is a page that shows them as text, or a sentence that refuses them; never a mistake of ours, never a script.
"""

import re

import pytest
from lxml import html

from crm.kit import tokens
from tests.structure import workspace
from tests.structure.questions import arguments_of
from tests.structure.workspace import Visitor, class_of

pytestmark = pytest.mark.timeout(300)  # every field of every page, and the house is made on the first one's time
SHOWN = (
    "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "👩‍💻🏳️‍🌈 Zoë אבג",
    "<script>x</script>",
    "\"><img src=x onerror=alert(1)>'",
    "{{7*191}}${7*191}#{7*191}{%raw%}",
    "' OR 1=1 -- \" * ( NEAR/2 :* & !",
)
"""Words that a name may well be; sent in all fields of a form at once."""
REFUSED = {
    "nul": "a\x00b",
    "long": "long " * 820,
    "lines": "a\u202e\r\nBcc: evil@example.org\r\n\r\nb",
    "number": "9" * 26,
}
"""Words that a field stops at; sent in one field at a time, with something proper in the others."""
IN_A_CHOICE = ("nul", "long")
IN_AN_ADDRESS = (*REFUSED.values(), "\ud800", " ".join(SHOWN))
FILES = {"letters.raw"}
"""Shown as they are, and as plain text."""
ACTS = re.compile(r"<script>x|<img src=x|\b1337\b", re.IGNORECASE)
KINDS = ("text", "email", "search", "tel", "url", "date", "number", "password", "hidden", "radio", "checkbox", "submit")
VISITORS = {"alice": ("signed in",), "anna": ("administrators",), "": ("open", "guest")}
"""Who tries which doors; see class_of."""
ROW = re.compile(r"-\d+-")
EVERYWHERE = {"back", "intent"}
"""Fields of many forms that one piece of code reads."""
LAST = ("disabling", "revocation", "end", "deletion", "sign-out")
"""What takes the ground away from under other forms comes after them."""


@pytest.fixture
def visitors(app):
    """A workspace of each test's own, since the forms change it."""
    house = workspace.invent(app)
    return [Visitor(house, name) for name in VISITORS]


def pages(visitor):
    """The routes that this visitor is to try, asked for something that is there."""
    classes = VISITORS[visitor.name]
    return [rule for rule in visitor.house.gets() if class_of(visitor.house.app, rule) in classes]


# --- forms


def forms(visitor):
    """Every form of the pages: where it goes, and what it carries. The same form of another thing counts once."""
    found = {}
    for rule in pages(visitor):
        answer = visitor.get(rule)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            for form in html.fromstring(answer.get_data(as_text=True)).forms:
                found.setdefault(_key(form), (form.get("action") or visitor.house.path(rule), form))
    return sorted(found.values(), key=lambda each: each[0].split("?")[0].endswith(LAST))


def _key(form):
    return re.sub(r"[0-9a-z]{20}", "ID", f"{form.get('method')} {form.get('action')} {sorted(set(form.inputs.keys()))}")


def fields(form):
    """Name -> element, but for files and the token against forgery."""
    found = {field.get("name"): field for field in form.xpath(".//input | .//textarea | .//select")}
    return {
        name: field
        for name, field in found.items()
        if name and name != "csrf_token" and (field.get("type") or "text") in KINDS
    }


def one_of_each(form):
    """The fields, but of a list's rows only the first: the same code reads them all."""
    found = {}
    for name, field in fields(form).items():
        found.setdefault(ROW.sub("-N-", name), (name, field))
    return dict(found.values())


def filled(form):
    """What the form carries, and something proper in every empty field, so that the one word is what it is about."""
    values = {name: value for name, value in form.form_values() if name != "csrf_token"}
    for name, field in fields(form).items():
        if not values.get(name) and field.tag != "select" and field.get("type") not in {"hidden", "radio", "checkbox"}:
            values[name] = proper(field.get("type"), name)
    return values


def proper(kind, name):
    if kind == "date":
        return "2031-05-04" if "until" in name else ""
    if kind == "email" or "email" in name:
        return f"{tokens.new_id()}@example.org"
    return {"number": "12", "password": "a long and easy sentence"}.get(kind, f"Words {tokens.new_id()}")


def send(visitor, action, form, values):
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in values.items()}
    if (form.get("method") or "get").lower() == "get":
        return visitor.client.get(action, query_string=data)
    answer = visitor.client.post(action, data=data | {"csrf_token": visitor.kept_token()})
    if visitor.name and answer.headers.get("Location", "").startswith("/sign-in"):
        visitor.sign_in()
    return answer


def wrong(answer):
    if answer.status_code >= 500:
        yield str(answer.status_code)
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    if found := ACTS.search(text):
        yield f"shows {text[max(0, found.start() - 60) : found.end() + 20]!r}"
    if any("\n" in value or "\r" in value for _, value in answer.headers):
        yield "has a broken header"


def test_no_word_in_a_field_is_a_mistake(visitors):
    troubles = [trouble for visitor in visitors for trouble in tried(visitor)]
    assert not troubles, "\n".join(troubles)


def tried(visitor):
    done = set()
    for action, form in forms(visitor):
        for name, field in one_of_each(form).items():
            for called in () if name in done else words_for(field):
                answer = send(visitor, action, form, {**filled(form), name: REFUSED[called]})
                yield from (f"{action} {name} ({called}): {trouble}" for trouble in wrong(answer))
            done |= {name} & EVERYWHERE


def words_for(field):
    is_choice = field.tag == "select" or field.get("type") in {"hidden", "radio", "checkbox", "submit"}
    return IN_A_CHOICE if is_choice else tuple(REFUSED)


def test_what_is_typed_stays_text(visitors):
    """In the answer, and on every page afterwards."""
    troubles = [trouble for visitor in visitors for trouble in typed(visitor)]
    troubles += [
        f"{rule}: {trouble}"
        for visitor in visitors
        for rule in pages(visitor)
        for trouble in wrong(visitor.get(rule))
        if rule.endpoint not in FILES
    ]
    assert not troubles, "\n".join(troubles)


def typed(visitor):
    there = forms(visitor)
    for word in SHOWN:
        for action, form in there:
            plain = [name for name, field in fields(form).items() if field.get("type") in {None, "text", "search"}]
            answer = send(visitor, action, form, {**filled(form), **dict.fromkeys(plain, word)})
            yield from (f"{action} ({word}): {trouble}" for trouble in wrong(answer))


# --- addresses and questions


def quoted(word):
    return "".join(f"%{byte:02x}" for byte in word.encode("utf-8", "surrogatepass"))


def test_no_word_in_an_address_is_a_mistake(visitors):
    troubles = [
        f"{path}: {trouble}"
        for visitor in visitors
        for rule in pages(visitor)
        for path in (*addressed(visitor.house, rule), *asked(visitor.house, rule))
        for trouble in wrong(visitor.client.get(path))
    ]
    assert not troubles, "\n".join(troubles)


def addressed(house, rule):
    for argument in sorted(rule.arguments - {"number"}):
        for word in IN_AN_ADDRESS:
            yield house.path(rule, **{argument: "HOSTILE"}).replace("HOSTILE", quoted(word))


def asked(house, rule):
    for argument in arguments_of(house, rule):
        for word in IN_AN_ADDRESS:
            yield f"{house.path(rule)}?{argument}={quoted(word)}"
