"""The language of what people without an account read: the door, the shared pages, letters to candidates.

People who sign in read English. Strings are marked with `_()` or `{% trans %}`; see translations/README.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_timedelta
from flask import Flask, request
from flask_babel import Babel, force_locale, get_locale, gettext

from crm.config import ROOT
from crm.kit import clock, languages, words

FOLDER = ROOT / "crm" / "translations"


def init_app(app: Flask) -> None:
    Babel(app, default_locale=languages.DEFAULT, default_translation_directories=str(FOLDER))
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals["lang"] = current
    app.add_template_filter(told, "told")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """All that is rendered meanwhile is in that language; in English where it is none of ours."""
    with force_locale(languages.known(code)):
        yield


def current() -> str:
    """For the `lang` of a page."""
    locale = get_locale()
    return languages.known(locale.language if locale else "")


def asked_for() -> str:
    """By the browser: where the page belongs to nobody, or must not tell to whom."""
    return request.accept_languages.best_match(list(languages.LANGUAGES)) or ""


def told(word: str) -> str:
    """One of the office's own words in the language that is spoken; a word that is none of TOLD stays as it is."""
    return str(gettext(word))


def marked(word: str) -> str:
    return word


TOLD = (
    marked("name"), marked("headline"), marked("location"), marked("current employer"), marked("mail and phone"),
    marked("resume to read"), marked("resume to download"), marked("on their own page"), marked("on the phone"),
    marked("by mail"), marked("in person"), marked("on a form"), marked("keep the record"), marked("be contacted"),
    marked("forward the resume"), marked("be introduced without a name"),
    marked("This question is no longer open."), marked("Say in how many months: between 1 and 18."),
    marked("That is where you work, as far as we know, so nothing goes there."),
    marked("You told us that nothing may go to this company. Lift that rule first, in your record."),
    marked("You told us to show you only without your name. Choose that, or lift it in your record."),
    marked("Nothing of you is forwarded any more."),
    marked("This is closed for a new yes. You can still take back the one that you gave."),
)  # fmt: skip
"""Words and refusals of the domain that candidates read, marked for the translators."""


# --- dates, as people say them


def day(on: date | datetime) -> str:
    code = current()
    return words.day(on) if code == languages.DEFAULT else str(format_date(on, "long", locale=code))


def month(on: date) -> str:
    """March 2027"""
    return str(format_date(on, "LLLL yyyy", locale=current()))


def ago(at: date | datetime) -> str:
    now, code = clock.now(), current()
    if code == languages.DEFAULT:
        return words.ago(at, now)
    since = at - now if isinstance(at, datetime) else at - now.date()
    return str(format_timedelta(since, add_direction=True, locale=code))


def exact(at: datetime) -> str:
    code = current()
    return words.exact(at) if code == languages.DEFAULT else str(format_datetime(at, "long", locale=code))
