"""What is set on every connection, whatever the server's own settings are."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Date, func, literal, select

from crm.db import Moment, unit_of_work
from tests.conftest import make_app


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_a_day_is_a_day_of_utc_wherever_the_server_stands(postgres_app, tmp_path, zone):
    url = postgres_app.config["SQLALCHEMY_DATABASE_URI"]
    elsewhere = make_app(tmp_path, f"{url}{'&' if '?' in url else '?'}options=-c%20timezone%3D{zone}")
    for moment, day in (("2026-11-20T02:00", 20), ("2026-11-20T23:00", 20)):
        asked = func.date(literal(datetime.fromisoformat(moment).replace(tzinfo=UTC), Moment()), type_=Date())
        with elsewhere.app_context(), unit_of_work(writes=False) as session:
            assert session.scalar(select(asked)) == date(2026, 11, day)
