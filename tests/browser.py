"""A browser without a screen: it keeps cookies, follows redirects, fills in forms, and checks every page it reads."""

from dataclasses import dataclass
from typing import Any

from lxml import html
from werkzeug.test import TestResponse

from crm.app import App
from crm.db import unit_of_work
from crm.domain import sign_ins, users
from tests import people

Field = str | tuple[Any, ...] | list[str]


@dataclass
class Page:
    response: TestResponse
    tree: html.HtmlElement

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """What a reader sees of <main>, white space folded."""
        main = self.tree.find(".//main")
        return " ".join((main if main is not None else self.tree).text_content().split())

    @property
    def path(self) -> str:
        return self.response.request.path

    def links(self) -> list[str]:
        return [link.get("href") for link in self.tree.iter("a") if link.get("href")]

    def forms(self, action: str) -> list[html.FormElement]:
        return [form for form in self.tree.forms if (form.get("action") or "").split("?")[0].endswith(action)]


class Browser:
    def __init__(self, app: App) -> None:
        self.app, self.client = app, app.test_client()

    def sign_in(self, name: str) -> "Browser":
        page = self.get("/sign-in")
        page = self.submit(page, "/sign-in", email=people.address(name), password=people.PASSWORD)
        assert page.path != "/sign-in", page.text
        return self

    def known_as(self, name: str) -> "Browser":
        """Signed in, past the page that does it: most tests begin behind that door."""
        with self.app.app_context(), unit_of_work(writes=True):
            user = users.by_email(people.address(name))
            assert user is not None
            token, _ = sign_ins.start(user, agent="", address="127.0.0.1")
        with self.client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
        return self

    def get(self, path: str, status: int = 200, **more: Any) -> Page:
        response = self.client.get(path, follow_redirects=True, **more)
        assert response.status_code == status, f"{path} answered {response.status_code}"
        return self._read(response)

    def submit(self, page: Page, action: str, status: int = 200, button: str = "", **fields: Field) -> Page:
        """Fills in the first form of the page whose action ends so, and sends it with all it carries itself."""
        forms = page.forms(action)
        assert forms, f"no form to {action} on {page.path}; there are {[f.get('action') for f in page.tree.forms]}"
        form = forms[0]
        sent = self._carried(form)
        sent.update(fields)
        if button:
            name, _, value = button.partition("=")
            sent[name] = value
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.post(form.get("action") or page.path, sent, status)

    def post(self, path: str, data: dict[str, Any], status: int = 200) -> Page:
        response = self.client.post(path, data=data, follow_redirects=True, content_type="multipart/form-data")
        page = self._read(response)
        assert response.status_code == status, f"{path} answered {response.status_code}: {page.text[:400]}"
        return page

    @staticmethod
    def _carried(form: html.FormElement) -> dict[str, Any]:
        carried: dict[str, Any] = {}
        for name, value in form.form_values():
            carried.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in carried.items()}

    def _read(self, response: TestResponse) -> Page:
        if response.mimetype != "text/html":
            return Page(response, html.fromstring("<p></p>"))
        page = Page(response, html.fromstring(response.get_data(as_text=True)))
        check(page)
        return page


def check(page: Page) -> None:
    """What must be true of every page."""
    tree, where = page.tree, page.path
    titles = [" ".join(h1.text_content().split()) for h1 in tree.iter("h1")]
    assert len(titles) == 1, f"{where} has {len(titles)} h1"
    title = tree.findtext(".//title") or ""
    assert titles[0] in " ".join(title.split()), f"{where}: the title {title!r} does not say {titles[0]!r}"
    ids = [element.get("id") for element in tree.iter() if isinstance(element.tag, str) and element.get("id")]
    assert len(ids) == len(set(ids)), f"{where}: an id stands twice: {sorted(i for i in ids if ids.count(i) > 1)[:4]}"
    assert "None" not in page.text.split(), f"{where} shows None: {page.text[:300]}"
    for form in tree.forms:
        _check_form(form, set(ids), where)


def _check_form(form: html.FormElement, ids: set[str], where: str) -> None:
    if (form.get("method") or "get").lower() == "post":
        assert form.xpath(".//input[@name='csrf_token']"), f"{where}: the form to {form.get('action')} has no token"
    for field in form.xpath(".//input[not(@type='hidden')] | .//select | .//textarea"):
        labelled = field.get("aria-label") or field.get("aria-labelledby") or field.xpath("ancestor::label")
        if not labelled and not form.getroottree().xpath(f"//label[@for='{field.get('id')}']"):
            raise AssertionError(f"{where}: the field {field.get('name')} has no label")
