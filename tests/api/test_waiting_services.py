"""Golden cases of what waits for a delivery: it goes by a service that the order allows, and days late count.

What comes in on a day is ready at its end, so it arrives as many whole days after as the service takes. In
these shops (`tests.api.shops`) it is Monday, 23 November 2026, and picking costs nothing.
"""

from typing import Any

import httpx
import pytest

from tests.api.shops import costs, rate, shop, sides
from tests.api.support import key, order
from tests.api.test_backorders import waiting
from tests.api.test_choosing_nodes import decide, in_force, unfilled
from tests.api.test_golden_promises import within
from tests.api.walking import balanced, record, refusal, reserve

TUESDAY = "2026-12-01"
THURSDAY_NIGHT = "2026-12-03T23:59:59Z"
WEDNESDAY_NOON = "2026-12-02T12:00:00Z"
WAITS: dict[str, Any] = {"allow_backorder": True}
WHOLE = {**WAITS, "accept_partial": False, "nodes": {"at_most": 1}}


def lamps_to_come(client: httpx.Client, **lamp: Any) -> None:
    """Lamps come to Daventry on Tuesday week, where shades are: ground 3.00 in four days, air 9.00 in one."""
    shop(
        client,
        skus={"LAMP": lamp, "SHADE": {}},
        stock={"DC1": {"SHADE": 5}},
        rates=[
            rate("DC1", "3.00", **within(3, 4)),
            rate("DC1", "9.00", service="air", carries_hazmat=False, **within(1, 1)),
        ],
    )
    record(client, "inbound", "LAMP", "DC1", 5, source="PO-1", earliest=TUESDAY)


def asked(name: str, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    return order(name, *(lines or (("LAMP", 2),)), mode="quote", **(WAITS | more))


def services(client: httpx.Client, name: str) -> set[str]:
    return {claim["service"] for claim in client.get(f"/v1/orders/{name}").json()["claims"]}


def test_what_waits_goes_by_the_service_that_was_asked_for(empty: httpx.Client) -> None:
    lamps_to_come(empty)
    reserve(empty, "any", ("LAMP", 2), **WAITS)
    reserve(empty, "by air", ("LAMP", 2), service="air", **WAITS)
    assert services(empty, "any") == {"ground"}
    assert services(empty, "by air") == {"air"}
    assert balanced(empty)


@pytest.mark.parametrize(
    ("penalty", "service"), [("0.00", "ground"), ("2.00", "ground"), ("4.00", "air"), (None, "air")]
)
def test_days_late_are_weighed_against_a_dearer_service(
    empty: httpx.Client, penalty: str | None, service: str
) -> None:
    """Wanted by Thursday: air arrives on Wednesday, ground on Saturday, two days late. 3.00 + 2 x 2.00 is
    less than 9.00, 3.00 + 2 x 4.00 is more, and where nothing late is shipped there is air alone."""
    lamps_to_come(empty)
    in_force(empty, late_day_penalty=penalty)
    reserve(empty, "1", ("LAMP", 2), wanted_by=THURSDAY_NIGHT, **WAITS)
    assert services(empty, "1") == {service}


def test_what_would_come_too_late_is_not_promised_where_nothing_late_is_shipped(empty: httpx.Client) -> None:
    """Wanted by Wednesday noon, and air arrives that night."""
    lamps_to_come(empty)
    in_force(empty, late_day_penalty=None)
    both = decide(empty, asked("1", ("SHADE", 1), ("LAMP", 2), wanted_by=WEDNESDAY_NOON))
    assert (waiting(both), unfilled(both)) == ([], [("2", 2, "no_stock")])
    body = order("2", ("LAMP", 2), wanted_by=WEDNESDAY_NOON, **WAITS)
    refusal(empty.post("/v1/orders", json=body, headers=key()), 409, "insufficient-stock")
    in_force(empty, version="soft", late_day_penalty="1.00")
    assert waiting(decide(empty, asked("3", wanted_by=WEDNESDAY_NOON))) == [("PO-1", TUESDAY, 2)]


def test_a_later_delivery_that_arrives_in_time_is_waited_for_before_an_earlier_one_that_does_not(
    empty: httpx.Client,
) -> None:
    """London has lamps first, and takes nine days from there; Daventry on Thursday, and takes one."""
    shop(
        empty,
        skus={"LAMP": {}, "SHADE": {}},
        stock={"DC1": {"SHADE": 5}, "LON1": {"SHADE": 5}},
        rates=[rate("DC1", "9.00", **within(1, 1)), rate("LON1", "3.00", **within(6, 9))],
    )
    record(empty, "inbound", "LAMP", "LON1", 5, source="PO-L", earliest=TUESDAY)
    record(empty, "inbound", "LAMP", "DC1", 5, source="PO-D", earliest="2026-12-03")
    lines, whole = (("LAMP", 2), ("SHADE", 1)), {"nodes": {"at_most": 1}}
    friday = "2026-12-05T23:59:59Z"
    in_force(empty, version="soft", late_day_penalty="1.00")
    for number, more in enumerate(({}, whole)):
        assert waiting(decide(empty, asked(f"a{number}", *lines, **more)))[0][0] == "PO-L"
        late = asked(f"b{number}", *lines, wanted_by=friday, **more)
        assert waiting(decide(empty, late)) == [("PO-D", "2026-12-03", 2)]
    in_force(empty, late_day_penalty=None)
    assert waiting(decide(empty, asked("c", *lines, wanted_by=friday, **whole)))[0][0] == "PO-D"


def test_an_order_that_waits_whole_leaves_by_one_service_and_pays_for_its_days_late(
    empty: httpx.Client,
) -> None:
    """The shade is there, and leaves with the lamps. At 1.00 a day ground is 3.00 + 2.00, less than 9.00;
    the costs are those of the part on hand. Where nothing late is shipped all flies, or nothing waits."""
    lamps_to_come(empty)
    lines = (("LAMP", 2), ("SHADE", 1))
    in_force(empty, version="soft", late_day_penalty="1.00")
    soft = reserve(empty, "1", *lines, wanted_by=THURSDAY_NIGHT, **WHOLE)
    assert (soft["leaves_on"], services(empty, "1")) == (TUESDAY, {"ground"})
    assert {kind: costs(soft)[kind] for kind in ("packages", "lateness")} == {
        "packages": 3_000_000,
        "lateness": 2_000_000,
    }
    in_force(empty, late_day_penalty=None)
    hard = reserve(empty, "2", *lines, wanted_by=THURSDAY_NIGHT, **WHOLE)
    assert (hard["leaves_on"], services(empty, "2")) == (TUESDAY, {"air"})
    assert costs(hard)["packages"] == 9_000_000
    body = order("3", *lines, wanted_by=WEDNESDAY_NOON, **WHOLE)
    assert empty.post("/v1/orders", json=body, headers=key()).status_code == 409
    asked_for = reserve(empty, "4", ("LAMP", 1), ("SHADE", 1), service="air", **WHOLE)
    assert (asked_for["leaves_on"], services(empty, "4")) == (TUESDAY, {"air"})
    assert balanced(empty)


def test_what_leaves_together_with_what_it_waits_for_goes_by_a_service_that_takes_all(
    empty: httpx.Client,
) -> None:
    """Seven lamps are wanted and five will come, so no node will have all. Lamps are hazmat, which air does
    not take: the shade goes by ground with them, although it was to fly alone for less."""
    lamps_to_come(empty, is_hazmat=True)
    dear = rate("DC1", "12.00", **within(3, 4))
    assert empty.post("/v1/rates/import", json=[dear]).status_code == 200
    alone = decide(empty, asked("1", ("SHADE", 1)))
    assert alone["shipments"][0]["service"] == "air"
    given = reserve(empty, "2", ("LAMP", 7), ("SHADE", 1), **WAITS, nodes={"at_most": 1})
    assert (given["leaves_on"], given["backordered_units"], given["unfilled_units"]) == (TUESDAY, 5, 2)
    assert services(empty, "2") == {"ground"}
    assert given["shipments"][0]["service"] == "ground"
    assert balanced(empty)


def test_what_no_service_takes_with_the_rest_is_not_promised_to_leave_with_it(empty: httpx.Client) -> None:
    """Ground takes up to 1.50 m, and lamps are hazmat: a rail of 1.80 m cannot leave with them."""
    lamps_to_come(empty, is_hazmat=True)
    short = rate("DC1", "3.00", longest_side_mm=1_500, **within(3, 4))
    assert empty.post("/v1/rates/import", json=[short]).status_code == 200
    rail = {"id": "RAIL", "name": "Rail", "weight_grams": 900, "price": "20.00", "unit_cost": "8.00"}
    assert empty.post("/v1/skus/import", json=[{**rail, **sides(1_800, 60, 60)}]).status_code == 200
    record(empty, "inbound", "RAIL", "DC1", 5, source="PO-2", earliest=TUESDAY)
    lines = (("LAMP", 2), ("RAIL", 1))
    apart = decide(empty, asked("1", *lines))
    assert [source for source, _, _ in waiting(apart)] == ["PO-1", "PO-2"]
    one = decide(empty, asked("2", *lines, nodes={"at_most": 1}))
    assert (waiting(one), unfilled(one)) == ([("PO-1", TUESDAY, 2)], [("2", 1, "no_stock")])
