"""The question whether one may keep in touch, by the API: asked once, read, and answered by nobody here."""

import pytest

from crm.kit import tokens


def path(ada):
    return f"/candidates/{ada}/keeping-questions"


def test_it_is_asked_and_listed(alices, ada):
    asked = alices.post(path(ada), {"text": "May we?"})
    assert (asked["answer"], asked["answered_at"], asked["revoked_at"]) == ("", None, None)
    assert [one["id"] for one in alices.get(path(ada))["items"]] == [asked["id"]]


def test_it_is_asked_once(alices, ada):
    alices.post(path(ada), {})
    assert alices.post(path(ada), {}, status=422)["field"] == "text"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"send_at": "2020-01-01T09:00:00Z"}, "send_at"), ({"subject": "a\nb"}, "subject"), ({"answer": "yes"}, "answer")],
)
def test_what_is_wrong_is_told_at_its_field(alices, ada, given, field):
    assert alices.post(path(ada), given, status=422)["field"] == field


def test_nobody_is_asked_who_is_not_there(alices):
    alices.post(path(tokens.new_id()), {}, status=404)
