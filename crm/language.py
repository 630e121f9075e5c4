"""The language of what people without an account read: the door, the shared pages, letters to candidates.

People who sign in read English. Strings are marked with `_()` or `{% trans %}`; see translations/README.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_timedelta
from flask import Flask
from flask_babel import Babel, force_locale, get_locale

from crm.config import ROOT
from crm.kit import clock, languages, words

FOLDER = ROOT / "crm" / "translations"


def init_app(app: Flask) -> None:
    Babel(app, default_locale=languages.DEFAULT, default_translation_directories=str(FOLDER))
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals["lang"] = current


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """All that is rendered meanwhile is in that language; in English where it is none of ours."""
    with force_locale(languages.known(code)):
        yield


def current() -> str:
    """For the `lang` of a page."""
    return languages.known(str(get_locale() or ""))


# --- dates, as people say them


def day(on: date | datetime) -> str:
    code = current()
    return words.day(on) if code == languages.DEFAULT else str(format_date(on, "long", locale=code))


def ago(at: date | datetime) -> str:
    now, code = clock.now(), current()
    if code == languages.DEFAULT:
        return words.ago(at, now)
    since = at - now if isinstance(at, datetime) else at - now.date()
    return str(format_timedelta(since, add_direction=True, locale=code))


def exact(at: datetime) -> str:
    code = current()
    return words.exact(at) if code == languages.DEFAULT else str(format_datetime(at, "long", locale=code))
