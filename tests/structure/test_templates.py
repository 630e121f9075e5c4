"""Templates, stylesheets and scripts: each is used, none does what the content policy or the escaping forbid."""

import ast
import re
from functools import cache

import jinja2
import pytest
from jinja2 import meta, nodes

from tests.structure.source import ROOT, modules

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "crm" / "static"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file())
PAGES = [name for name in NAMES if not name.startswith("mail/")]
SCRIPTS = sorted(path.name for path in STATIC.glob("*.js"))

FORBIDDEN = {
    "switches escaping off": r"\|\s*safe\b|autoescape\s+false|Markup\(",
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a script in an attribute": r"<[^>]*\s(on[a-z]+|hx-on[^=\s]*)\s*=",
    "a script in an address": r"javascript:|[\"']js:",
    "a style in the page": r"<style\b|<[^>]*\sstyle\s*=",
    "a page of somebody else": r"<(iframe|object|embed|applet)\b",
}
FOREIGN = re.compile(r"https?://(?!www\.w3\.org/)[\w{]|[\"'(]//\w")
UNSAFE_SCRIPT = re.compile(
    r"\.(?:innerHTML|outerHTML)\s*\+?=(?!=)|insertAdjacentHTML|document\.write|\beval\(|new Function"
)
MARKUP = {
    "crm.web.search": "puts <mark> into a text that it has just escaped",
    "crm.refusals": "the page for when there is no database; Markup.format escapes what it fills in",
}
"""The modules that call something escaped, with the reason."""


@cache
def tree(name):
    return jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse((TEMPLATES / name).read_text())


def test_every_template_compiles(house):
    for name in NAMES:
        house.app.jinja_env.get_template(name)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what):
    found = [
        f"{name}:{number}"
        for name in (NAMES if "style" not in what else PAGES)
        for number, line in enumerate((TEMPLATES / name).read_text().splitlines(), 1)
        if re.search(FORBIDDEN[what], line)
    ]
    assert not found, f"{what}: {found}"


def test_nothing_comes_from_elsewhere():
    files = [TEMPLATES / name for name in NAMES] + [path for path in STATIC.rglob("*") if path.is_file()]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert not found


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_pages_of_text(name):
    assert not UNSAFE_SCRIPT.findall((STATIC / name).read_text())


def test_only_named_modules_call_something_escaped():
    found = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"Markup", "markupsafe.Markup", "render_template_string"}
    }
    assert found == set(MARKUP)


def test_every_template_is_used():
    unused = sorted(set(NAMES) - _named_by_templates() - _named_by_code())
    assert not unused


def _named_by_templates():
    return {other for name in NAMES for other in meta.find_referenced_templates(tree(name)) if other}


def _named_by_code():
    """By its whole name, or as `accounts/{name}.html` with the name in the same module, or room of mail."""
    found = set()
    in_mail = set().union(*(_words_of(module) for module in modules() if module.room == "mail"))
    for module in modules():
        words = in_mail if module.room == "mail" else _words_of(module)
        found |= words & set(NAMES)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr):
                found |= {name for name in NAMES if _fits(node, name, words)}
    return found


def _words_of(module):
    return {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}


def _fits(joined, name, words):
    parts = [re.escape(p.value) if isinstance(p, ast.Constant) else "(.+)" for p in joined.values]
    fitting = re.fullmatch("".join(parts), name) if any(p != "(.+)" for p in parts) else None
    return fitting is not None and all(group in words for group in fitting.groups())


def test_every_macro_is_used():
    made = {(name, macro.name) for name in NAMES for macro in tree(name).find_all(nodes.Macro)}
    called = {_called(call.node) for name in NAMES for call in tree(name).find_all(nodes.Call)}
    unused = sorted(f"{name}: {macro}" for name, macro in made if macro not in called)
    assert not unused, "\n".join(unused)


def _called(node):
    return node.name if isinstance(node, nodes.Name) else node.attr if isinstance(node, nodes.Getattr) else ""


def test_every_import_of_a_macro_is_used():
    unused = [
        f"{name}: {macro}"
        for name in NAMES
        for node in tree(name).find_all(nodes.FromImport)
        for macro in node.names
        if (macro[1] if isinstance(macro, tuple) else macro) not in _used_in(name)
    ]
    assert not unused, "\n".join(unused)


def _used_in(name):
    return {node.name for node in tree(name).find_all(nodes.Name)}


def test_every_stylesheet_and_script_is_loaded():
    base = (TEMPLATES / "layout" / "base.html").read_text()
    everywhere = "".join((TEMPLATES / name).read_text() for name in NAMES)
    code = "".join(module.text for module in modules())
    scripts = "".join((STATIC / name).read_text() for name in SCRIPTS)
    for path in STATIC.iterdir():
        named = path.name in everywhere + code + scripts or re.search(rf"'{path.stem}'", base)
        assert named, f"{path.name} is loaded by nothing"


def test_no_template_asks_who_somebody_is():
    """May I? is asked with may(); a page that compares accesses would be a second place that decides."""
    wrong = [name for name in PAGES if re.search(r"\bme\.(is_admin|access\s*[=!]=)", (TEMPLATES / name).read_text())]
    assert not wrong
