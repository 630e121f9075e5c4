"""Who may come in at which door. Every route is of exactly one class, and the open ones are listed here by name."""

import pytest

from tests.structure.workspace import Visitor, absent, class_of

OPEN = {
    "accounts.sign_in", "accounts.sign_in_by_link", "accounts.setup", "accounts.invitation", "accounts.reset",
    "accounts.ask_reset", "accounts.reset_asked", "health.alive", "health.ready", "health.metrics",
}  # fmt: skip
ASSETS = {"assets.static", "assets.htmx", "assets.favicon", "assets.robots"}
FOR_ADMINISTRATORS = (
    "/settings/people", "/settings/teams", "/settings/workspace", "/settings/reasons", "/settings/mail",
    "/letters/mailbox",
)  # fmt: skip
"""What begins so is theirs, and nothing else is."""
GUEST = {
    "guest.shared", "guest.shared_page", "guest.shared_file", "guest.shared_answer", "guest.unsubscribe",
    "guest.unsubscribe_now", "guest.unsubscribe_undo", "guest.card", "guest.card_act", "guest.card_undo",
    "guest.calendar",
    "guest.needs", "guest.needs_say", "guest.needs_end_forwards", "guest.needs_welcome_forwards", "guest.needs_leave",
    "guest.needs_come_back",
    "guest.keeping", "guest.keeping_answer", "guest.introduction", "guest.introduction_answer",
    "guest.teaser", "guest.teaser_answer",
    "guest.door_question", "guest.door_question_answer",
    "guest.door", "guest.door_act", "guest.door_say", "guest.door_inside", "guest.door_code", "guest.door_open",
    "guest.door_close", "guest.door_end", "guest.door_allow", "guest.door_details", "guest.door_resume",
    "guest.door_export", "guest.door_undo", "guest.door_allow_inside", "guest.door_permission",
    "guest.door_permission_end",
    "guest.shared_open", "guest.shared_reminder", "guest.shared_vcard", "guest.shared_json",
    "guest.shared_more_time", "guest.shared_code", "guest.shared_code_check",
}  # fmt: skip
API_WITHOUT_TOKEN = {"api.index_start", "api.index_document"}
"""Where the API begins and how it is described; neither holds anything of the workspace."""
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def of_class(house, *classes, methods=("GET",)):
    return [
        (rule, method)
        for rule in house.rules
        for method in methods
        if method in rule.methods and class_of(house.app, rule) in classes
    ]


def ask(client, house, rule, method, **more):
    path = house.path(rule, **absent(dict.fromkeys(rule.arguments - {"number", "filename"})))
    return client.open(path, method=method, **more)


def test_the_open_doors_are_these(house):
    found = {name: {rule.endpoint for rule, _ in of_class(house, name, methods=("GET", *UNSAFE))}
             for name in ("open", "guest", "assets")}  # fmt: skip
    found["assets"] = {"assets.static" if name == "static" else name for name in found["assets"]}
    assert found == {"open": OPEN, "guest": GUEST, "assets": ASSETS}


def test_administrators_have_these_to_themselves(house):
    theirs = {str(rule) for rule, _ in of_class(house, "administrators", methods=("GET", *UNSAFE))}
    assert theirs == {str(rule) for rule in house.rules if str(rule).startswith(FOR_ADMINISTRATORS)}


def test_there_are_doors_of_every_class(house):
    for name in ("open", "assets", "guest", "administrators", "signed in"):
        assert of_class(house, name), name


def test_every_page_asks_a_stranger_to_sign_in(house):
    client = house.app.test_client()
    for rule, method in of_class(house, "signed in", "administrators"):
        answer = ask(client, house, rule, method)
        assert answer.status_code == 303, f"{rule} answers {answer.status_code} to anybody"
        assert answer.headers["Location"].startswith("/sign-in"), rule
        assert b"<main" not in answer.get_data(), rule


def test_every_act_of_a_stranger_is_refused(house):
    """With a token of the sign-in page in hand, so that it is not the token that stops it."""
    stranger = Visitor(house)
    token = stranger.token("/sign-in")
    for rule, method in of_class(house, "signed in", "administrators", methods=UNSAFE):
        answer = ask(stranger.client, house, rule, method, data={"csrf_token": token})
        assert (answer.status_code, answer.headers.get("Location", "")[:8]) == (303, "/sign-in"), f"{method} {rule}"


def test_what_is_for_administrators_is_denied_to_others(house):
    rita = Visitor(house, "rita")
    token = rita.token("/settings/me")
    for rule, method in of_class(house, "administrators", methods=("GET", *UNSAFE)):
        answer = ask(rita.client, house, rule, method, data={"csrf_token": token} if method in UNSAFE else None)
        assert answer.status_code == 403, f"{method} {rule} answers {answer.status_code} to a recruiter"


def test_a_link_that_does_not_exist_opens_nothing(house):
    client = house.app.test_client()
    for rule, method in of_class(house, "guest", methods=("GET",)):
        assert ask(client, house, rule, method).status_code == 404, rule


@pytest.mark.parametrize("bearer", ["", "Bearer ", "Bearer nonsense", "Basic YTpi"])
def test_the_api_answers_nobody_without_a_token(house, bearer):
    client = Visitor(house, "alice").client  # a cookie is no token
    for rule, method in of_class(house, "api", methods=("GET", *UNSAFE)):
        answer = ask(client, house, rule, method, headers={"Authorization": bearer} if bearer else {})
        if rule.endpoint not in API_WITHOUT_TOKEN:
            assert answer.status_code == 401, f"{method} {rule} answers {answer.status_code}"
            assert answer.is_json


def test_a_token_in_the_address_is_no_token(house):
    client = house.app.test_client()
    token = house.api_tokens["charlie"]
    for rule, method in of_class(house, "api"):
        query = {"token": token, "access_token": token}
        if rule.endpoint not in API_WITHOUT_TOKEN:
            assert ask(client, house, rule, method, query_string=query).status_code == 401, rule


def test_the_api_token_opens_no_page(house):
    client = house.app.test_client()
    for rule, method in of_class(house, "signed in", "administrators"):
        answer = ask(client, house, rule, method, headers={"Authorization": f"Bearer {house.api_tokens['charlie']}"})
        assert answer.status_code == 303, rule


def test_nothing_but_the_known_methods_is_answered(house):
    visitor = Visitor(house, "alice")
    for rule in house.gets():
        answer = visitor.client.open(house.path(rule), method="TRACE")
        assert answer.status_code == 405, rule
