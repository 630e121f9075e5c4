"""Code that can be read at one sitting."""

import ast
import re

import pytest

from tests.structure.source import FUNCTIONS, ROOT, modules

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
GENERATED = "crm.migrations.versions"
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
WRITTEN = ("py", "html", "txt", "css", "js", "md", "toml")
FOLDERS = ("crm", "templates", "tests", "benchmarks", "docs")


def test_no_function_is_long():
    long = [
        f"{module}.{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for module in modules()
        if not module.name.startswith(GENERATED)
        for node in ast.walk(module.tree)
        if isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_no_file_is_long():
    long = {
        module.name: len(module.text.splitlines())
        for module in modules()
        if not module.name.startswith(GENERATED) and len(module.text.splitlines()) > LONGEST_FILE
    }
    assert not long


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_left_for_later(folder):
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for suffix in WRITTEN
        for path in (ROOT / folder).rglob(f"*.{suffix}")
        if path.name != "test_size.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LEFT_FOR_LATER.search(line)
    ]
    assert not left, "\n".join(left)
