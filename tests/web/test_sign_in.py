"""Signing in and out."""


def test_alice_signs_in_and_sees_today(browser):
    page = browser.sign_in("alice").get("/")
    assert page.tree.findtext(".//h1").strip() == "Today"


def test_a_wrong_password_says_so_and_nothing_more(browser):
    page = browser.submit(
        browser.get("/sign-in"), "/sign-in", status=422, email="alice@norrland.example.org", password="not this one"
    )
    assert "do not belong together" in page.text
