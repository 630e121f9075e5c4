"""How people come in and are found again, in a real browser on a phone: many resumes at once, a file of another
program, somebody who is here twice, who fits a role. Each page on the way is seen by axe.
"""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from crm.db import unit_of_work
from crm.domain import duplicates, importing, profiles, users
from crm.kit import clock
from crm.worker import Worker
from tests import documents, make, people
from tests.servers.chromium import audit, shots

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
MANY = 50
NEEDS = "Streaming with Kafka, Python, a warehouse that analysts trust."
TABLE = (
    "Full name;E-mail;Current employer;Shoe size\n"
    "Åsa Öberg;asa@example.org;Acme;39\n"
    "Bo Ek;bo@example.org;Globex;44\n"
    "Ada Byron;ada@example.org;Initech;41\n"
    ";nobody@example.org;;\n"
)


@pytest.fixture
def live_server(house):
    return SimpleNamespace(url=house.config["FIRST_CALL"].base_url)


@pytest.fixture
def phone(page):
    """Signed in."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/sign-in")
    page.locator("[name=email]").fill(people.address("alice"))
    page.locator("[name=password]").fill(people.PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("navigation").first).to_be_visible()
    return page


def office(house, prepare):
    """Runs with Alice in a transaction of its own."""
    with house.app_context(), unit_of_work(writes=True):
        return prepare(users.by_email(people.address("alice")))


def sound(page, name):
    """Nothing for axe to find, nothing that runs out of the window; with a picture where those are wanted."""
    assert audit(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the window"
    shots(page, name)


def open_menu_by_keyboard(page, words):
    page.get_by_role("main").get_by_text("More", exact=True).first.focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=words)
    expect(link).to_be_visible()
    sound(page, "candidates-more")
    page.keyboard.press("Tab")
    for _ in range(9):
        if link.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def resume(number):
    name = f"Person{chr(97 + number % 26)}{chr(97 + number // 26)} Lindqvist"
    lines = ["Data Engineer", f"p{number}@example.org", "Streaming with Kafka and Python"]
    return {"name": f"cv-{number}.txt", "mimeType": "text/plain", "buffer": documents.txt(name, lines)}


def test_fifty_resumes_are_dropped_and_some_decided_on(house, phone):
    phone.goto("/candidates")
    open_menu_by_keyboard(phone, "Resumes, many at once")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Resumes")
    sound(phone, "intake")
    phone.locator("input[type=file]").set_input_files([resume(number) for number in range(MANY)])
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Whose resumes", timeout=60_000)
    Worker(house).drain()
    phone.reload()
    expect(phone.locator(".intake-file")).to_have_count(MANY)
    sound(phone, "intake-decide")
    phone.locator(".intake-file").nth(3).get_by_label("Leave it out").check()
    others = phone.locator(".intake-file:nth-of-type(n + 5) input[value=leave]")
    others.evaluate_all("all => all.forEach(one => { one.checked = true })")
    phone.get_by_role("button", name="Take them in").click()
    expect(phone.get_by_text("3 new candidates").first).to_be_visible()
    expect(phone.get_by_text("is a new candidate")).to_have_count(3)
    sound(phone, "intake-done")
    phone.get_by_role("button", name="Undo", exact=True).click()
    expect(phone.locator(".intake-file")).to_have_count(MANY)


def work_off(house):
    """The page looks again by itself."""
    with house.app_context():
        while importing.step():
            pass


def test_a_file_is_mapped_checked_taken_in_and_taken_out_again(house, phone):
    office(house, make.candidate)
    phone.goto("/imports")
    sound(phone, "imports-empty")
    phone.get_by_role("link", name="Bring a file").first.click()
    phone.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    phone.get_by_role("button", name="Read it").click()
    phone.get_by_label("Shoe size").select_option("ignore")
    sound(phone, "import-map")
    phone.get_by_role("button", name="Check every row").click()
    expect(phone.get_by_text("Looking at every row")).to_be_visible()
    work_off(house)
    expect(phone.get_by_text("2 would be new on file")).to_be_visible()
    sound(phone, "import-dry-run")
    phone.get_by_role("button", name="Take them in").click()
    expect(phone.get_by_text("Taking them in")).to_be_visible()
    work_off(house)
    expect(phone.get_by_text("2 new on file")).to_be_visible()
    sound(phone, "import-done")
    phone.locator("summary", has_text="Take them out again").click()
    phone.get_by_role("button", name="Take them out again").click()
    expect(phone.get_by_text("Taking them out again")).to_be_visible()
    work_off(house)
    expect(phone.get_by_text("2 people are gone")).to_be_visible()
    sound(phone, "import-undone")


def test_a_pair_is_compared_merged_and_taken_apart_again(house, phone):
    def twice(alice):
        make.candidate(alice, "Ada Byron", headline="Analyst")
        make.candidate(alice, "Ada Lovelace Byron", headline="Engine programmer")
        duplicates.look(clock.now())

    office(house, twice)
    phone.goto("/candidates")
    open_menu_by_keyboard(phone, "Here twice")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("twice")
    sound(phone, "duplicates")
    phone.get_by_role("link", name="Compare").click()
    sound(phone, "merge")
    phone.get_by_label("Engine programmer").check()
    phone.get_by_role("button", name="Merge into one record").click()
    expect(phone.get_by_text("is merged into this record").first).to_be_visible()
    expect(phone.get_by_text("Engine programmer").first).to_be_visible()
    phone.get_by_role("button", name="Undo", exact=True).click()
    expect(phone.get_by_text("There are two records again").first).to_be_visible()


def test_a_role_tells_who_fits_and_takes_a_no_with_its_reason(house, phone):
    def met(alice):
        ada = make.candidate(alice, "Ada Byron", headline="Data engineer")
        profiles.write(ada.id, "Data engineer\nKafka streaming, Python and SQL", name="Ada Byron")
        make.near_miss(ada, make.role(alice, "Senior Data Engineer"), alice, sentence="Designed the best pipeline.")
        return make.role(alice, "Data Engineer", needs=NEEDS).id, ada.id

    role_id, ada_id = office(house, met)
    phone.goto("/roles/new")
    phone.locator("[name=title]").fill("Stream Data Engineer")
    phone.locator("[name=needs]").fill(NEEDS)
    phone.locator("button[name=look]").click()
    expect(phone.get_by_text("You already interviewed one")).to_be_visible()
    sound(phone, "role-rediscoveries")
    phone.goto(f"/candidates/{ada_id}/roles")
    expect(phone.get_by_role("link", name="Data Engineer", exact=True)).to_be_visible()
    sound(phone, "roles-that-fit")
    phone.goto(f"/roles/{role_id}/matches")
    phone.get_by_text("Details").click()
    phone.get_by_text("Not this one").click()
    sound(phone, "matches")
    phone.get_by_label("Why not Ada Byron").fill("Not before summer")
    phone.get_by_role("button", name="Put aside").click()
    expect(phone.get_by_role("heading", name="Put aside for this role")).to_be_visible()
    expect(phone.get_by_text("Not before summer")).to_be_visible()
    sound(phone, "matches-aside")
    phone.get_by_role("button", name="Bring back").click()
    expect(phone.get_by_role("heading", name="Put aside for this role")).to_have_count(0)
