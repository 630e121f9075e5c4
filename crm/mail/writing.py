"""What every letter is written with: the tokens of its links, its parts from templates, what a kind of letter is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import current_app

from crm import config
from crm.domain import workspace
from crm.domain.outbox import Letter
from crm.kit import tokens
from crm.mail.compose import Draft

Subject = TypeVar("Subject")
PLACEHOLDER = "made-when-it-is-sent"
"""Stands in a preview where the tokens of the links will be."""


@dataclass(frozen=True)
class Tokens:
    """Of the links in one copy of a letter: to what it is about, and out of further letters."""

    link: str
    stop: str
    more: dict[str, str] = field(default_factory=dict)
    """By what it is for, of the links in a letter that has many."""

    def another(self, purpose: str) -> str:
        return self.more.setdefault(purpose, tokens.new_link())


@dataclass(frozen=True)
class Kind(Generic[Subject]):
    """What a letter of this kind is about, how it is written, what may stand against it, where its link is kept."""

    subject: Callable[[Letter], Subject]
    write: Callable[[Letter, Subject, Tokens], Draft]
    why_not: Callable[[Subject, bool], str]
    mint: Callable[[Subject, str], None]
    mint_more: Callable[[Subject, Mapping[str, str]], None] = lambda _subject, _more: None
    is_as_written: Callable[[Subject, Mapping[str, str]], bool] = lambda _subject, _more: True
    """Whether what was written is what is to be said, asked with the letter held; else it is written anew."""


def rendered(name: str, **facts: Any) -> dict[str, Any]:
    """Subject, text and HTML from templates/mail/<name>/."""
    facts = {"company": workspace.name(), **facts}

    def part(file: str) -> str:
        return current_app.jinja_env.get_template(f"mail/{name}/{file}").render(facts)

    subject = " ".join(part("subject.txt").split())
    return {"subject": subject, "text": part("body.txt").strip() + "\n", "html": part("body.html")}


def stop_link(given: Tokens) -> str:
    return url(f"/unsubscribe/{given.stop}")


def url(path: str) -> str:
    return config.current().base_url.rstrip("/") + path
