"""Golden cases of freight: what carriers bill decides which node ships, told with its figures.

Picking costs nothing in these shops (`tests.api.shops`), a second shipment is weighed with 0.50 unless a
case says otherwise, and a package holds 20 kg.
"""

import httpx

from tests.api.shops import costs, parcels, rate, shop, sides
from tests.api.test_choosing_nodes import decide, in_force, nodes, quote


def test_two_parcels_win_over_a_dear_one_until_a_second_parcel_is_worth_avoiding(
    empty: httpx.Client,
) -> None:
    """A chair of 7 kg and a lamp of 3 kg. Daventry has both: 18.36 and 10 kg at 0.42 are 22.56. The chair
    alone from London is 5.40 + 2.94 = 8.34, the lamp from Bristol 6.31 + 1.26 = 7.57: together 15.91, which
    is 6.65 less. A second parcel weighed with 0.50, or with 6.64, is still worth it; at 6.65 both cost the
    same, and the fewer parcels win."""
    shop(
        empty,
        skus={"CHAIR": {"weight_grams": 7_000}, "LAMP": {"weight_grams": 3_000}},
        stock={"DC1": {"CHAIR": 5, "LAMP": 5}, "LON1": {"CHAIR": 5}, "BRS1": {"LAMP": 5}},
        rates=[
            rate("DC1", "18.36", per_kg="0.42"),
            rate("LON1", "5.40", per_kg="0.42"),
            rate("BRS1", "6.31", per_kg="0.42"),
        ],
    )
    sent = quote("1", ("CHAIR", 1), ("LAMP", 1))
    two = decide(empty, sent)
    assert parcels(two) == [("BRS1", "ground", 1), ("LON1", "ground", 1)]
    assert two["cash"]["micros"] == 8_340_000 + 7_570_000
    assert costs(two) == {"packages": 11_710_000, "weight": 4_200_000, "extra_shipment": 500_000}
    in_force(empty, version="a", extra_shipment_penalty="6.64")
    assert nodes(decide(empty, sent)) == ["BRS1", "LON1"]
    for version, penalty in (("b", "6.65"), ("c", "6.66")):
        in_force(empty, version=version, extra_shipment_penalty=penalty)
        one = decide(empty, sent)
        assert parcels(one) == [("DC1", "ground", 1)]
        assert costs(one) == {"packages": 18_360_000, "weight": 4_200_000}
        assert one["status"] == "optimal"


def test_a_heavy_order_stays_whole_where_it_reaches_a_weight_break(empty: httpx.Client) -> None:
    """A pan and a grill of 6 kg each. Daventry has both and bills 3.00 and 0.90 per kilogram, London has the
    grill for 1.00 and 0.60. Without a break the whole from Daventry is 3.00 + 10.80 = 13.80, the two apart
    8.40 + 4.60 + 0.50 = 13.50. From 10 kg on Daventry bills 0.40: now the whole is 3.00 + 4.80 = 7.80."""
    plain = rate("DC1", "3.00", per_kg="0.90")
    shop(
        empty,
        skus={"PAN": {"weight_grams": 6_000}, "GRILL": {"weight_grams": 6_000}},
        stock={"DC1": {"PAN": 5, "GRILL": 5}, "LON1": {"GRILL": 5}},
        rates=[plain, rate("LON1", "1.00", per_kg="0.60")],
    )
    sent = quote("1", ("PAN", 1), ("GRILL", 1))
    apart = decide(empty, sent)
    assert nodes(apart) == ["DC1", "LON1"]
    assert costs(apart) == {"packages": 4_000_000, "weight": 9_000_000, "extra_shipment": 500_000}
    changed = {**plain, "breaks": [{"from_grams": 10_000, "per_kg": "0.40"}]}
    assert empty.post("/v1/rates/import", json=[changed]).status_code == 200
    whole = decide(empty, sent)
    assert nodes(whole) == ["DC1"]
    assert costs(whole) == {"packages": 3_000_000, "weight": 4_800_000}
    assert whole["status"] == "optimal"


def test_a_shipment_below_a_break_is_billed_as_if_it_reached_it_where_that_is_cheaper(
    empty: httpx.Client,
) -> None:
    """0.90 per kilogram, 0.40 from 10 kg on. Ten kilograms at 0.40 are 4.00: 6 kg, at 5.40, are billed so;
    4 kg, at 3.60, are billed as they are; 12 kg are past the break, at 4.80. The actual weight stays what
    it is."""
    shop(
        empty,
        skus={"TRIVET": {"weight_grams": 2_000}},
        stock={"DC1": {"TRIVET": 9}},
        rates=[rate("DC1", "3.00", per_kg="0.90", breaks=[{"from_grams": 10_000, "per_kg": "0.40"}])],
    )
    for units, weight in ((2, 3_600_000), (3, 4_000_000), (6, 4_800_000)):
        decision = decide(empty, quote("1", ("TRIVET", units)))
        assert costs(decision) == {"packages": 3_000_000, "weight": weight}
        assert decision["shipments"][0]["weight_grams"] == units * 2_000


def test_light_but_bulky_goods_leave_from_the_node_that_bills_no_volume(empty: httpx.Client) -> None:
    """A pillow and a jar, a kilogram each. Daventry bills 3.00 and 0.20 per kilogram, with a divisor of 5000;
    London 4.00 and 0.60, by weight alone. The jar is 3.20 from Daventry and 4.60 from London. The pillow is
    60 x 50 x 40 cm, 120 l, and so 24 kg to Daventry's carrier: 3.00 + 4.80 = 7.80 against 4.60.

    It is billed unit by unit: a pillow and an anvil of 10 kg are 34 kg, 6.80, although all of it together
    weighs 11 kg and its volume 24.2 kg."""
    shop(
        empty,
        skus={
            "PILLOW": sides(600, 500, 400),
            "JAR": sides(100, 100, 100),
            "ANVIL": {**sides(100, 100, 100), "weight_grams": 10_000},
        },
        stock={"DC1": {"PILLOW": 5, "JAR": 5, "ANVIL": 5}, "LON1": {"PILLOW": 5, "JAR": 5}},
        rates=[
            rate("DC1", "3.00", per_kg="0.20", dimensional_divisor=5_000),
            rate("LON1", "4.00", per_kg="0.60"),
        ],
    )
    jar = decide(empty, quote("1", ("JAR", 1)))
    assert (nodes(jar), costs(jar)) == (["DC1"], {"packages": 3_000_000, "weight": 200_000})
    pillow = decide(empty, quote("2", ("PILLOW", 1)))
    assert (nodes(pillow), costs(pillow)) == (["LON1"], {"packages": 4_000_000, "weight": 600_000})
    both = decide(empty, quote("3", ("PILLOW", 1), ("ANVIL", 1), nodes={"allowed": ["DC1"]}))
    assert costs(both) == {"packages": 3_000_000, "weight": 6_800_000}
    assert both["shipments"][0]["weight_grams"] == 11_000


def test_packages_are_counted_by_volume_where_it_needs_more_than_weight(empty: httpx.Client) -> None:
    """Cushions of 1 kg and 40 x 40 x 20 cm, 32 l. A package from Daventry costs 3.00 and holds 60 l, one from
    London 7.50 and 150 l. Two cushions are 64 l, two packages, 6.00 from Daventry; four are 128 l, three
    packages, 9.00, against one from London; by weight alone one package would do."""
    shop(
        empty,
        skus={"CUSHION": sides(400, 400, 200)},
        stock={"DC1": {"CUSHION": 9}, "LON1": {"CUSHION": 9}},
        rates=[
            rate("DC1", "3.00", package_limit_cm3=60_000),
            rate("LON1", "7.50", package_limit_cm3=150_000),
        ],
    )
    for units, expected in ((1, ("DC1", "ground", 1)), (2, ("DC1", "ground", 2)), (4, ("LON1", "ground", 1))):
        decision = decide(empty, quote("1", ("CUSHION", units)))
        assert parcels(decision) == [expected]
    assert costs(decision) == {"packages": 7_500_000}
    held = decide(empty, quote("2", ("CUSHION", 4), nodes={"allowed": ["DC1"]}))
    assert (parcels(held), costs(held)) == ([("DC1", "ground", 3)], {"packages": 9_000_000})


def test_goods_too_long_for_a_service_leave_by_one_that_takes_them(empty: httpx.Client) -> None:
    """A curtain rail of 1.80 m and a hook. Daventry's ground service, 3.00, takes 1.50 m; its freight
    service, 12.00, takes anything. The hook goes by ground; the rail, and a rail with a hook, by freight:
    what leaves a node leaves by one service."""
    shop(
        empty,
        skus={"RAIL": sides(1_800, 60, 60), "HOOK": sides(50, 50, 50)},
        stock={"DC1": {"RAIL": 5, "HOOK": 5}},
        rates=[
            rate("DC1", "3.00", longest_side_mm=1_500),
            rate("DC1", "12.00", service="freight"),
        ],
    )
    assert parcels(decide(empty, quote("1", ("HOOK", 1)))) == [("DC1", "ground", 1)]
    for lines in ([("RAIL", 1)], [("RAIL", 1), ("HOOK", 1)]):
        decision = decide(empty, quote("2", *lines))
        assert (parcels(decision), costs(decision)) == ([("DC1", "freight", 1)], {"packages": 12_000_000})


def test_a_unit_that_ships_alone_leaves_from_elsewhere_where_its_parcel_is_cheaper_there(
    empty: httpx.Client,
) -> None:
    """A mirror, which is a package of its own, and three jars. Daventry has both at 6.00 a package: one for
    the jars and one for the mirror, 12.00. The mirror from London costs 4.00: 6.00 + 4.00 + 0.50 = 10.50.
    A vase, which could go in with the jars, stays: one package of 6.00.

    If London's carrier bills 3.00 for coming at all, it is 13.50, and both leave Daventry, two packages."""
    london = rate("LON1", "4.00")
    shop(
        empty,
        skus={"MIRROR": {"ships_alone": True}, "VASE": {}, "JAR": {}},
        stock={"DC1": {"MIRROR": 5, "VASE": 5, "JAR": 9}, "LON1": {"MIRROR": 5, "VASE": 5}},
        rates=[rate("DC1", "6.00"), london],
    )
    apart = decide(empty, quote("1", ("MIRROR", 1), ("JAR", 3)))
    assert parcels(apart) == [("DC1", "ground", 1), ("LON1", "ground", 1)]
    assert costs(apart) == {"packages": 10_000_000, "extra_shipment": 500_000}
    assert parcels(decide(empty, quote("2", ("VASE", 1), ("JAR", 3)))) == [("DC1", "ground", 1)]
    assert empty.post("/v1/rates/import", json=[{**london, "per_shipment": "3.00"}]).status_code == 200
    whole = decide(empty, quote("3", ("MIRROR", 1), ("JAR", 3)))
    assert (parcels(whole), costs(whole)) == ([("DC1", "ground", 2)], {"packages": 12_000_000})
    assert (apart["status"], whole["status"]) == ("optimal", "optimal")


def test_an_oversized_unit_is_a_package_of_its_own_with_a_surcharge_that_is_billed(
    empty: httpx.Client,
) -> None:
    """Two kayaks. Daventry: two packages at 5.00 and two surcharges of 14.00, 38.00. London: 11.00 and 7.00,
    36.00. A paddle, which is not oversized, leaves Daventry for 5.00."""
    shop(
        empty,
        skus={"KAYAK": {"is_oversized": True}, "PADDLE": {}},
        stock={"DC1": {"KAYAK": 3, "PADDLE": 3}, "LON1": {"KAYAK": 3, "PADDLE": 3}},
        rates=[rate("DC1", "5.00", per_oversized="14.00"), rate("LON1", "11.00", per_oversized="7.00")],
    )
    kayaks = decide(empty, quote("1", ("KAYAK", 2)))
    assert (parcels(kayaks), costs(kayaks)) == (
        [("LON1", "ground", 2)],
        {"packages": 22_000_000, "surcharge": 14_000_000},
    )
    assert kayaks["cash"]["micros"] == 36_000_000
    assert costs(decide(empty, quote("2", ("PADDLE", 1)))) == {"packages": 5_000_000}
    forced = decide(empty, quote("3", ("KAYAK", 2), nodes={"allowed": ["DC1"]}))
    assert costs(forced) == {"packages": 10_000_000, "surcharge": 28_000_000}


def test_a_kit_goes_as_its_components_may_and_is_billed_as_they_are(empty: httpx.Client) -> None:
    """A gift of a pillow, 40 x 30 x 20 cm, and paint. Air, 4.00 and 1.00 for each kilogram, takes no hazmat
    and bills by volume: 24,000 cm3 in a box of 400 x 245 x 245 mm are 24,010 cm3, by 6000 they are 4.002 kg.
    Ground costs 9.00. The gift weighs 2 kg and is no hazmat by its own row: it flies for 8.00 until paint is
    declared hazmat, and goes by ground from then on."""
    shop(
        empty,
        skus={"PILLOW": sides(400, 300, 200), "PAINT": {}},
        stock={"DC1": {"PILLOW": 5, "PAINT": 5}},
        rates=[
            rate(
                "DC1", "4.00", service="air", per_kg="1.00", dimensional_divisor=6_000, carries_hazmat=False
            ),
            rate("DC1", "9.00"),
        ],
    )
    gift = {"id": "GIFT", "name": "Gift", "price": "40.00", "unit_cost": "16.00", "is_hazmat": False}
    made = empty.post("/v1/skus/import", json=[{**gift, "components": {"PILLOW": 1, "PAINT": 1}}])
    assert made.status_code == 200, made.text
    flies = decide(empty, quote("1", ("GIFT", 1)))
    assert (parcels(flies), costs(flies)) == (
        [("DC1", "air", 1)],
        {"packages": 4_000_000, "weight": 4_002_000},
    )
    paint = {"id": "PAINT", "name": "PAINT", "weight_grams": 1_000, "price": "20.00", "unit_cost": "8.00"}
    assert empty.post("/v1/skus/import", json=[{**paint, "is_hazmat": True}]).status_code == 200
    assert parcels(decide(empty, quote("2", ("GIFT", 1)))) == [("DC1", "ground", 1)]
    listed = {one["id"]: one for one in empty.get("/v1/skus").json()["items"]}
    assert listed["GIFT"]["is_hazmat"]
    assert listed["GIFT"]["length_mm"] == 400


def test_a_kit_is_no_shorter_than_what_is_in_it(empty: httpx.Client) -> None:
    """A curtain set of 0.30 m by its own row has a rail of 1.80 m in it, which parcel post does not take."""
    shop(
        empty,
        skus={"RAIL": sides(1_800, 60, 60)},
        stock={"DC1": {"RAIL": 5}},
        rates=[rate("DC1", "3.00", longest_side_mm=1_500), rate("DC1", "9.00", service="freight")],
    )
    row = {"id": "SET", "name": "Set", "price": "40.00", "unit_cost": "16.00", **sides(300, 60, 60)}
    made = empty.post("/v1/skus/import", json=[{**row, "components": {"RAIL": 1}}])
    assert made.status_code == 200, made.text
    assert parcels(decide(empty, quote("1", ("SET", 1)))) == [("DC1", "freight", 1)]
