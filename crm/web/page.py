"""What every page has: who is here, where one is, the words for dates, and what it may offer."""

from datetime import date, datetime
from typing import Any

from flask import Flask, request, url_for
from jinja2 import StrictUndefined

from crm import config, language
from crm.domain import today, workspace
from crm.kit import clock, words
from crm.web import access

PLACES = (
    ("Today", "today.show", ("today",)),
    (
        "Candidates",
        "candidates.index",
        (
            "candidates",
            "exports",
            "resumes",
            "personal_letters",
            "handing_over",
            "phone_calls",
            "useful",
            "bulk",
            "pools",
            "saved_searches",
            "imports",
            "intake",
            "merges",
            "consents",
            "doors",
        ),
    ),
    (
        "Roles",
        "roles.index",
        ("roles", "matches", "announcements", "benches", "applications", "closings", "fall_throughs", "calls"),
    ),
    ("Forwards", "forwards.index", ("forwards", "outcomes", "shortlists", "teasers")),
    ("Colleagues", "colleagues.index", ("colleagues", "circle", "address_imports", "introductions")),
    ("Letters", "letters.index", ("letters", "templates", "sequences")),
    ("Settings", "settings.index", ("settings",)),
)

BESIDE = (
    ("Pools", "pools.index"),
    ("Templates", "templates.index"),
    ("Sequences", "sequences.index"),
    ("Something useful", "useful.index"),
    ("Introductions", "introductions.index"),
)
"""What stands at the head of a place's own page; a phone has it behind "More", too."""


def init_app(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(language.ago, "ago")
    app.add_template_filter(language.day, "day")
    app.add_template_filter(language.exact, "exact")
    app.add_template_filter(words.size, "size")
    app.add_template_filter(words.spelt, "spelt")
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    return {
        "me": access.somebody(),
        "may": access.may,
        "workspace": workspace.name(),
        "nav": _nav() if access.somebody() else [],
        "beside": [{"label": label, "url": url_for(endpoint)} for label, endpoint in BESIDE],
        "mail_kept_locally": config.current().mail_is_kept_locally,
        "today": clock.today(),
    }


def _nav() -> list[dict[str, Any]]:
    due, agreed = today.counts(access.me())
    counts = {"Today": due, "Colleagues": agreed}
    return [
        {
            "label": label,
            "url": url_for(endpoint),
            "on": request.blueprint in blueprints,
            "count": counts.get(label) or None,
        }
        for label, endpoint, blueprints in PLACES
    ]


def as_date(value: str | None) -> date | None:
    """A date from a query string; nonsense counts as none."""
    try:
        return datetime.fromisoformat(value or "").date()
    except ValueError:
        return None
