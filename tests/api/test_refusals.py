"""Whatever a program sends, it is answered with a sentence in JSON, and never with a mistake of ours."""

import json
from io import BytesIO

ADA = {"full_name": "Ada Byron"}
DEEP = 5_000


def send(program, data, path="/candidates", method="POST", content_type="application/json", **more):
    return program.ask(method, path, data=data, content_type=content_type, **more)


def test_a_plain_body_is_taken(alices):
    assert send(alices, json.dumps(ADA)).status_code == 201
    assert send(alices, json.dumps(ADA), content_type="application/json; charset=utf-8").status_code == 201


NO_JSON = [
    b"{",
    b"nonsense",
    b'{"full_name": "Ada",}',
    b"{'full_name': 'Ada'}",
    b'{"full_name": "Ada"} {}',
    b"\xff\xfe{}",
    b'{"full_name": NaN}',
    b'{"full_name": -Infinity}',
    b'{"full_name": "Ada", "full_name": "Bob"}',
    b'{"full_name": "Ada", "consents": [{"purpose": "keep", "purpose": "contact"}]}',
    b"[" * DEEP,
    b'{"full_name":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"full_name": 1' + b"0" * 5_000 + b"}",
    b"\x00",
    '{"full_name": "\xe9"}'.encode("latin-1"),
    "\ufeff{}".encode(),
]


def test_what_is_no_json_is_400_with_a_sentence(alices):
    for data in NO_JSON:
        answer = send(alices, data)
        assert answer.status_code == 400
        assert answer.get_json()["error"] == "bad_request"
        assert answer.get_json()["message"].endswith(".")


WRONG_SHAPES = [
    (b"", "full_name"),
    (b"[]", ""),
    (b"null", ""),
    (b"7", ""),
    (b'"Ada"', ""),
    (b'{"full_name": ["Ada"]}', "full_name"),
    (b'{"full_name": {"a": 1}}', "full_name"),
    (b'{"full_name": true}', "full_name"),
    (b'{"full_name": 1e999}', "full_name"),
    (b'{"full_name": "\\ud800"}', "full_name"),
    (b'{"full_name": "\\u0000"}', "full_name"),
    (b'{"full_name": "Ada", "\\ud800": 1}', "\ud800"),
    (b'{"full_name": "Ada", "\\u0000": 1}', "\x00"),
    (b'{"full_name": "Ada", "__proto__": 1}', "__proto__"),
    (b'{"full_name": "Ada", "": 1}', ""),
]


def test_a_wrong_shape_is_422_with_its_field(alices):
    for data, field in WRONG_SHAPES:
        answer = send(alices, data)
        assert answer.status_code == 422
        assert answer.get_json().get("field", "") == field


OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
]


def test_another_type_of_content_is_415(alices):
    for content_type in OTHER_TYPES:
        assert send(alices, json.dumps(ADA), content_type=content_type).status_code == 415


def test_a_body_that_is_too_large_is_413(alices):
    answer = send(alices, json.dumps({"full_name": "a" * 1_100_000}))
    assert answer.status_code == 413
    assert answer.get_json()["error"] == "too_large"


def test_an_act_takes_no_fields(alices, ada):
    assert alices.post(f"/candidates/{ada}/archive", {"until": "2099-01-01"}, 422)["field"] == "until"
    alices.post(f"/candidates/{ada}/archive", {}, 200)


NOWHERE = [
    "/",
    "/v1/nothing",
    "/v1/candidates/x/y/z",
    "/v1/rediscoveries",
    "/v2",
    "/v1//candidates",
    "//v1/me",
    "/v1/candidates//resumes",
    "/v1/no-pools",
    "/v1/webhooks",
]


def test_an_address_that_nobody_has_is_404_in_json(alices):
    for path in NOWHERE:
        for method in ("GET", "POST", "DELETE"):
            answer = alices.client.open(
                f"/api{path}", method=method, headers={"Authorization": f"Bearer {alices.token}"}
            )
            assert (answer.status_code, answer.get_json()["error"]) == (404, "missing")


WRONG_METHODS = [
    ("DELETE", "/candidates"),
    ("PUT", "/candidates"),
    ("POST", "/today"),
    ("PATCH", "/search"),
    ("OPTIONS", "/candidates"),
    ("TRACE", "/me"),
]


def test_a_method_that_is_not_there_is_405_and_says_which_are(alices):
    for method, path in WRONG_METHODS:
        answer = alices.client.open(
            f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {alices.token}"}
        )
        assert (answer.status_code, answer.get_json()["error"]) == (405, "not_allowed")
        assert "GET" in answer.headers["Allow"]


def test_a_file_where_json_belongs_is_415(alices):
    answer = alices.ask("POST", "/candidates", data={"file": (BytesIO(b"x"), "a.txt")})
    assert answer.status_code == 415


def test_an_answer_cannot_be_taken_for_a_page(alices, ada):
    answer = alices.ask("GET", f"/candidates/{ada}")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
