"""The main job from the first visit on: close the search, keep warm, forward by mail, read as a colleague, revoke."""

import re
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import expect

from tests import documents
from tests.servers.chromium import audit, shots, visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
PASSWORD = "four words are enough"


def set_up(page, live_server):
    """The first visit, with the code from the terminal."""
    code = live_server.wait_for(r"one-time code: (\S+)")
    page.goto("/")
    page.get_by_label("Code from the terminal").fill(code)
    page.get_by_label("Company").fill("Norrland")
    page.get_by_label("Your name").fill("Alice Okafor")
    page.get_by_label("Your mail address").fill("alice@norrland.example.org")
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")


def close_the_search(page, tmp_path):
    """Three names; the first with a resume."""
    resume = tmp_path / "mira.pdf"
    lines = ["Head of Analytics", "mira@post.example.org", "Streaming and governance"]
    resume.write_bytes(documents.pdf("Mira Halvorsen", lines))
    page.goto("/close")
    page.get_by_label("Title of the role").fill("Head of Data")
    page.get_by_label("Who got it").fill("Nadia Brandt")
    rows = page.locator("[data-finalist]")
    for place, (name, margin, sentence) in enumerate(
        (
            ("Mira Halvorsen", "hair", "Ran the better case; had not led more than four people."),
            ("Samuel Osei", "close", "Strongest on governance, wanted to stay in Lyon until summer."),
            ("Ines Carvalho", "clear", "A fine deputy one day."),
        )
    ):
        row = rows.nth(place)
        row.get_by_label("Name", exact=True).fill(name)
        row.locator(f"input[type=radio][value={margin}]").check(force=True)
        row.get_by_placeholder("One sentence").fill(sentence)
    rows.first.locator("input[type=file]").set_input_files(resume)
    expect(rows.first.get_by_text("mira.pdf")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Bank")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Head of Data")
    for name in ("Mira Halvorsen", "Samuel Osei", "Ines Carvalho"):
        expect(page.get_by_role("link", name=name).first).to_be_visible()


def record_the_yes(page):
    page.get_by_text("Record a yes").click()
    form = page.locator("form[action$='/consents']")
    form.locator("[name=purpose]").select_option("forward")
    form.locator("[name=company]").fill("Acme")
    form.locator("[name=evidence]").fill("Said so on the phone this morning")
    form.get_by_role("button", name="Put on record").click()
    expect(page.get_by_text("Said so on the phone this morning").first).to_be_visible()


def forward(page):
    page.get_by_role("link", name="Forward", exact=True).click()
    page.get_by_text("They are not in the address book yet").click()
    page.locator("[name=name]").fill("Carol Devereux")
    page.locator("[name=company]").fill("Acme")
    page.locator("[name=email]").fill("carol@acme.example.org")
    page.locator("[name=position]").fill("Senior Data Engineer")
    page.locator("[name=note]").fill("If I were hiring for your role I would call her today.")
    page.locator("[name=parts][value=file]").check()
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("If I were hiring for your role")).to_be_visible()
    page.get_by_role("button", name="Forward to Carol").click()
    expect(page.get_by_text("Carol Devereux").first).to_be_visible()


def test_the_main_job(page, live_server, mail_server, tmp_path, chromium, complaints):
    set_up(page, live_server)
    shots(page, "first-day")
    close_the_search(page, tmp_path)
    shots(page, "role")
    page.get_by_role("link", name="Mira Halvorsen").first.click()
    expect(page.get_by_role("img").first).to_be_visible(timeout=20_000)
    page.get_by_label("Add a tag").fill("leads people")
    page.get_by_label("Add a tag").press("Enter")
    expect(page.get_by_text("leads people").first).to_be_visible()
    record_the_yes(page)
    shots(page, "candidate")
    forward(page)
    shots(page, "forward")

    [message] = mail_server.wait_for(1, seconds=20)
    assert message.recipients == ["carol@acme.example.org"]
    letter = message_from_bytes(message.raw, policy=policy.default)
    assert letter["Subject"] == "Mira Halvorsen for Senior Data Engineer"
    assert letter["Reply-To"].addresses[0].addr_spec == "alice@norrland.example.org"
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    link = re.search(r"http://\S+/shared/\S+", text).group()
    assert link in html

    with visit(chromium, live_server.url, complaints) as colleague:
        colleague.goto(link)
        expect(colleague.get_by_role("heading", level=1)).to_contain_text("Mira Halvorsen")
        expect(colleague.get_by_text("had not led more than four")).to_have_count(0)
        assert audit(colleague) == []
        shots(colleague, "shared")
        colleague.get_by_role("button", name="Open the resume").click()
        with colleague.expect_download() as download:
            colleague.get_by_role("button", name=re.compile("Download")).click()
        assert download.value.path().read_bytes() == (tmp_path / "mira.pdf").read_bytes()
        colleague.get_by_role("button", name=re.compile("talk")).click()
        expect(colleague.get_by_text("Thank you")).to_be_visible()

        page.goto("/")
        expect(page.get_by_text("Carol Devereux at Acme")).to_be_visible()
        shots(page, "today")
        page.goto("/forwards")
        page.get_by_role("link", name="Mira Halvorsen").first.click()
        page.get_by_text("Revoke", exact=False).first.click()
        page.locator("form[action$='/revocation'] button").click()
        expect(page.get_by_text("revoked").first).to_be_visible()
        answer = colleague.goto(link)
        assert answer.status == 410
        complaints.expect("410")
