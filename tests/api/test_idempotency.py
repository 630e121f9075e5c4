"""A write under an Idempotency-Key is done once, however often it is sent."""

import threading
from io import BytesIO

from tests.api.program import Program

ADA = {"full_name": "Ada Byron", "tags": ["Poetry"]}


def test_the_same_write_again_answers_the_same_and_does_nothing(alices):
    first = alices.ask("POST", "/candidates", json=ADA, key="one")
    second = alices.ask("POST", "/candidates", json=ADA, key="one")
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.mimetype == second.mimetype == "application/json"
    assert len(alices.get("/candidates")["items"]) == 1


def test_spaces_and_the_order_of_fields_make_no_other_write(alices):
    for data in (b'{"full_name": "Ada", "source": "x"}', b'{"source":"x","full_name":"Ada"}'):
        assert (
            alices.ask("POST", "/candidates", data=data, content_type="application/json", key="one").status_code == 201
        )
    assert len(alices.get("/candidates")["items"]) == 1


def test_every_kind_of_write_keeps_its_answer(alices, ada):
    tag = alices.post(f"/candidates/{ada}/tags", {"name": "Poetry"}, key="tag")
    assert alices.post(f"/candidates/{ada}/tags", {"name": "Poetry"}, key="tag") == tag
    for _ in range(2):
        alices.delete(f"/candidates/{ada}/tags/{tag['id']}", key="untag")
        alices.patch(f"/candidates/{ada}", {"headline": "Once"}, key="patch")
    alices.patch(f"/candidates/{ada}", {"headline": "Twice"})
    assert alices.patch(f"/candidates/{ada}", {"headline": "Once"}, key="patch")["headline"] == "Once"
    assert alices.get(f"/candidates/{ada}")["headline"] == "Twice"


def test_a_file_that_comes_again_is_kept_once(app, alices, ada):
    def upload(content=b"Ada Byron, analyst", status=201):
        files = {"file": (BytesIO(content), "ada.txt")}
        return alices.post(f"/candidates/{ada}/resumes", data=files, status=status, key="file")

    assert upload() == upload()
    stored = [path for path in app.config["FIRST_CALL"].files.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert upload(b"Another text", 422)["field"] == "Idempotency-Key"
    assert [path for path in app.config["FIRST_CALL"].files.rglob("*") if path.is_file()] == stored


OTHERS = [{"full_name": "Bob"}, {**ADA, "tags": ["poetry"]}]


def test_another_write_under_the_same_key_is_refused(alices):
    for other in OTHERS:
        alices.post("/candidates", ADA, key="one")
        assert alices.post("/candidates", other, 422, key="one")["field"] == "Idempotency-Key"
        assert len(alices.get("/candidates")["items"]) == 1


def test_another_address_under_the_same_key_is_refused(alices, ada):
    alices.post(f"/candidates/{ada}/archive", status=200, key="one")
    assert alices.post(f"/candidates/{ada}/letting-go", status=422, key="one")["field"] == "Idempotency-Key"


def test_a_refusal_is_not_kept(alices):
    alices.post("/candidates", {"full_name": ""}, 422, key="one")
    alices.post("/candidates", ADA, key="one")


def test_a_key_is_its_users_own(alices, bobs):
    assert alices.post("/candidates", ADA, key="one")["id"] != bobs.post("/candidates", ADA, key="one")["id"]


NO_KEYS = ["k" * 201, "\x07", " "]


def test_a_key_that_is_none_is_refused(alices):
    for key in NO_KEYS:
        answer = alices.ask("POST", "/candidates", json=ADA, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.get_json()["field"]) == (422, "Idempotency-Key")


def test_twenty_at_the_same_moment_make_one(app, alices):
    answers, gate = [], threading.Barrier(20)

    def send():
        program = Program.__new__(Program)
        program.__dict__ = {**alices.__dict__, "client": app.test_client()}
        gate.wait()
        answers.append(program.ask("POST", "/candidates", json=ADA, key="one"))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert len(answers) == 20
    assert len(alices.get("/candidates")["items"]) == 1
