"""The service forgets by itself what it keeps no longer, and says so of an order that is gone."""

import time
from datetime import timedelta

from sqlalchemy import update

from api.settings import Settings
from storage.database import open_database
from storage.schema.jobs import periodic_work
from tests.api.shopping import complaints
from tests.api.support import key, load, order, running


def a_day_passes(settings: Settings) -> None:
    """For the purge, which is due once a day of the database's own clock, and first a day after the start."""
    database = open_database(settings.database_url, durable=False)
    with database.writing() as stores:
        stores.periodic.claim("purge", every=0)
        yesterday = stores.real_now - timedelta(days=1)
    with database.rebuilding() as connection:
        connection.execute(update(periodic_work).values(begun_at=yesterday))
    database.close()


def test_an_order_that_ended_long_ago_is_purged_by_the_service_itself(settings: Settings) -> None:
    short = settings.model_copy(update={"tidy_seconds": 1, "keep_orders_days": 30})
    with running(short) as client:
        load(client)
        for name in ("ended", "held"):
            made = client.post("/v1/orders", json=order(name, ("K-17", 1), mode="commit"), headers=key())
            assert made.status_code == 201, made.text
        assert client.post("/v1/orders/ended/cancel", headers=key()).status_code == 200
    a_day_passes(settings)
    later = short.model_copy(update={"tidy_seconds": 0})
    with running(later) as client:
        now = client.get("/v1/orders/held").json()["created_at"]
        year = int(now[:4])
        moved = client.put("/v1/demo/clock", json={"now": now.replace(str(year), str(year + 1), 1)})
        assert moved.status_code == 200, moved.text
    with running(short) as client:
        began = time.monotonic()
        while (gone := client.get("/v1/orders/ended")).status_code == 200:
            assert time.monotonic() - began < 60
            time.sleep(0.1)
        assert (gone.status_code, gone.json()["detail"]) == (
            404,
            "order ended was never seen, or was purged",
        )
        assert client.get("/v1/orders/ended/decision").status_code == 404
        assert client.get("/v1/orders/held").json()["state"] == "allocated"
    assert complaints(settings.database_url) == []
