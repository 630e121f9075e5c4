"""The hire fell through: from the closed search to a yes and the thanks, on a phone, with real mail."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from crm.kit import clock
from tests.e2e.test_main_job import close_the_search, set_up
from tests.servers.chromium import audit, shots

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
ADDRESSES = {
    "Mira Halvorsen": "mira@post.example.org",
    "Samuel Osei": "samuel@post.example.org",
    "Ines Carvalho": "ines@post.example.org",
}


def give_addresses(page):
    for name, address in ADDRESSES.items():
        page.goto("/candidates")
        page.get_by_role("link", name=name).first.click()
        page.get_by_role("link", name="Edit").first.click()
        page.get_by_label("Mail addresses").fill(address)
        page.get_by_role("button", name=re.compile("Save")).click()
        expect(page.get_by_role("link", name=address).first).to_be_visible()


def start_the_hire(page):
    """Nadia started twenty days ago."""
    page.goto("/roles")
    page.get_by_role("link", name="Head of Data").first.click()
    page.get_by_role("link", name="Change").first.click()
    page.locator("[name=starts_on]").fill((clock.today() - timedelta(days=20)).isoformat())
    page.locator("form[action$='/hire'] button.go").click()
    expect(page.get_by_text("Day 20 of the 90")).to_be_visible()
    expect(page.get_by_text("If they left today:")).to_be_visible()


def say(page, name, outcome):
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    shots(page, f"call-{outcome.lower()}")
    page.get_by_role("button", name=outcome, exact=True).click()


def test_first_call(page, live_server, mail_server, tmp_path):
    set_up(page, live_server)
    close_the_search(page, tmp_path)
    give_addresses(page)
    start_the_hire(page)
    shots(page, "role-guarded")
    assert audit(page) == []

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="The hire fell through").click()
    page.locator("input[name=why][value=left]").check(force=True)
    shots(page, "fall-through")
    assert audit(page) == []
    page.get_by_role("button", name="Bring up the bench").click()
    expect(page.get_by_text("check whether the role must be posted again")).to_be_visible()
    assert audit(page) == []
    say(page, "Mira Halvorsen", "No")
    say(page, "Samuel Osei", "Thinking")
    say(page, "Ines Carvalho", "Yes")

    for name in ("Mira Halvorsen", "Samuel Osei"):
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        shots(page, "thanks")
        page.get_by_role("button", name="Send the thanks").click()
    expect(page.get_by_text("Everybody who was asked has been thanked")).to_be_visible()
    shots(page, "call-list-done")

    letters = mail_server.wait_for(2, seconds=30)
    assert sorted(to for letter in letters for to in letter.recipients) == [
        ADDRESSES["Mira Halvorsen"],
        ADDRESSES["Samuel Osei"],
    ]
    for letter in letters:
        text = message_from_bytes(letter.raw, policy=policy.default).get_body(("plain",)).get_content()
        assert "Nadia" not in text
        assert not re.search(r"first on|second|rank|fell through|left us", text)
    page.get_by_role("link", name="Record the hire").click()
    expect(page.get_by_label("Who got it")).to_be_visible()
