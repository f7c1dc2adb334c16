"""The catalog: what was put is read back as it was, and read again only after a change."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, update

from fulfillment.errors import InvalidInput, UnknownReference
from fulfillment.ids import NodeId, PolicyVersion, ServiceId, SkuId, ZoneId
from fulfillment.money import Micros
from fulfillment.network import LaborCost, Node, NodeKind, Place, Zone
from fulfillment.policy import DEFAULT_POLICY
from fulfillment.rates import Rate, Transit, WeightBreak
from fulfillment.skus import Component, Sku
from fulfillment.slots import Slot
from storage.database import Database
from storage.schema import catalog as tables

LEEDS = Node(
    NodeId("leeds"),
    "Leeds",
    NodeKind.DC,
    Place(53.8, -1.55),
    "Europe/London",
    LaborCost(Micros(900_000), Micros(200_000), Micros(50_000)),
    units_per_day=5_000,
    priority=1,
)
YORK = replace(
    LEEDS, id=NodeId("york"), name="York", kind=NodeKind.STORE, is_on=False, off_reason="stocktaking"
)
NORTH = Zone(ZoneId("north"), "North", Place(54.0, -1.5))
CUP = Sku(SkuId("cup"), "Cup", 350, Micros(2_950_000), Micros(1_100_000), Micros(1_850_000), case_pack=6)
STANDARD = Rate(ServiceId("standard"), LEEDS.id, NORTH.id, Micros(2_100_000_000_000), Micros(400_000), 20_000)
EXPRESS = replace(STANDARD, service=ServiceId("express"), per_package=Micros(5_000_000))


def put_all(database: Database) -> None:
    with database.writing() as stores:
        stores.catalog.put_nodes([YORK, LEEDS])
        stores.catalog.put_zones([NORTH])
        stores.catalog.put_skus([CUP])
        stores.catalog.put_rates([STANDARD, EXPRESS])


def test_the_network_is_read_back_as_it_was_put_in_order_of_id(database: Database) -> None:
    put_all(database)
    with database.reading() as stores:
        network = stores.catalog.network()
    assert list(network.nodes.items()) == [(LEEDS.id, LEEDS), (YORK.id, YORK)]
    assert dict(network.zones) == {NORTH.id: NORTH}
    assert dict(network.skus) == {CUP.id: CUP}
    assert dict(network.rates) == {(LEEDS.id, NORTH.id): (EXPRESS, STANDARD)}


BUSY = replace(
    LEEDS,
    load_penalty=Micros(250_000),
    pick_success_permille=930,
    processing_hours=20,
    units_per_day=100,
    slots=(Slot("morning", 480, 720, 40), Slot("late", 720, 1_440, 60)),
)
BULKY = replace(CUP, sides_mm=(400, 300, 1_200), ships_alone=True, is_oversized=True, is_hazmat=True)
BY_THE_BOOK = replace(
    STANDARD,
    package_limit_cm3=120_000,
    longest_side_mm=1_500,
    dimensional_divisor=5_000,
    breaks=(WeightBreak(5_000, Micros(300_000)), WeightBreak(10_000, Micros(200_000))),
    per_shipment=Micros(1_250_000),
    per_oversized=Micros(14_000_000),
    carries_hazmat=False,
    co2e_grams_per_package=180,
    co2e_grams_per_kg=95,
    transit=Transit(0, 3),
)


def test_all_that_costs_are_made_of_is_read_back_until_it_is_put_without(database: Database) -> None:
    put_all(database)
    for node, sku, rate in ((BUSY, BULKY, BY_THE_BOOK), (LEEDS, CUP, STANDARD)):
        with database.writing() as stores:
            stores.catalog.put_nodes([node])
            stores.catalog.put_skus([sku])
            stores.catalog.put_rates([rate, EXPRESS])
        with database.reading() as stores:
            network = stores.catalog.network()
        assert (network.nodes[node.id], network.skus[sku.id]) == (node, sku)
        assert network.rates[LEEDS.id, NORTH.id] == (EXPRESS, rate)


def test_a_lower_charge_put_by_a_process_that_knows_no_breaks_leaves_those_below_it(
    database: Database, url: str
) -> None:
    put_all(database)
    with database.writing() as stores:
        stores.catalog.put_rates([BY_THE_BOOK])
    cheaper = update(tables.rate).where(tables.rate.c.service == STANDARD.service).values(per_kg=300_000)
    engine = create_engine(url)
    with engine.begin() as older:
        older.execute(cheaper)
    engine.dispose()
    with database.writing() as stores:
        stores.catalog.put_zones([NORTH])
        rate = stores.catalog.network().rates[LEEDS.id, NORTH.id][1]
    assert rate == replace(BY_THE_BOOK, per_kg=Micros(300_000), breaks=BY_THE_BOOK.breaks[1:])


def test_putting_again_replaces_by_key(database: Database) -> None:
    put_all(database)
    dearer = replace(CUP, price=Micros(3_450_000))
    with database.writing() as stores:
        stores.catalog.put_skus([dearer])
        stores.catalog.put_nodes([])
    with database.reading() as stores:
        assert dict(stores.catalog.network().skus) == {CUP.id: dearer}


def test_an_unchanged_network_is_not_read_again(database: Database) -> None:
    put_all(database)
    with database.reading() as stores:
        first = stores.catalog.network()
    with database.reading() as stores:
        assert stores.catalog.network() is first
    with database.writing() as stores:
        stores.catalog.put_zones([NORTH])
    with database.reading() as stores:
        assert stores.catalog.network() is not first


def test_a_put_that_was_undone_is_never_seen(database: Database) -> None:
    def rename_and_fail() -> None:
        with database.writing() as stores:
            stores.catalog.put_skus([replace(CUP, name="Mug")])
            assert stores.catalog.network().skus[CUP.id].name == "Mug"
            raise ZeroDivisionError

    put_all(database)
    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    with database.writing() as stores:
        stores.catalog.put_zones([NORTH])  # reaches the version that the undone put had
    with database.reading() as stores:
        assert stores.catalog.network().skus[CUP.id] == CUP


def test_a_new_database_has_a_policy_and_the_last_one_put_is_active(database: Database) -> None:
    with database.reading() as stores:
        first = stores.catalog.policy()
        assert first == DEFAULT_POLICY
    assert (first.may_give_up, first.reservation_minutes) == (False, 30)
    generous = replace(first, version=PolicyVersion("generous"), may_give_up=True)
    with database.writing() as stores:
        stores.catalog.put_policy(generous)
        assert stores.catalog.policy() == generous
        stores.catalog.put_policy(first)
        assert stores.catalog.policy() == first


def test_a_version_of_a_policy_never_changes(database: Database) -> None:
    with database.reading() as stores:
        first = stores.catalog.policy()
    with pytest.raises(InvalidInput) as refused, database.writing() as stores:
        stores.catalog.put_policy(replace(first, reservation_minutes=5))
    assert refused.value.pointer == "/version"


@pytest.mark.parametrize(
    ("bad", "pointer", "said"),
    [
        (replace(STANDARD, origin=NodeId("leed")), "/1/origin", 'no node named "leed"; did you mean leeds?'),
        (replace(STANDARD, zone=ZoneId("south")), "/1/zone", 'no zone named "south"; did you mean north?'),
    ],
)
def test_a_rate_from_or_to_nowhere_is_named_and_none_is_written(
    database: Database, bad: Rate, pointer: str, said: str
) -> None:
    put_all(database)
    with database.writing() as stores:
        with pytest.raises(UnknownReference) as refused:
            stores.catalog.put_rates([replace(EXPRESS, per_kg=Micros(1_000)), bad])
        assert (refused.value.pointer, refused.value.detail) == (pointer, said)
        assert dict(stores.catalog.network().rates) == {(LEEDS.id, NORTH.id): (EXPRESS, STANDARD)}


GIFT = replace(CUP, id=SkuId("gift"), components=(Component(CUP.id, 2),))


def test_kits_are_read_back_with_their_components_until_they_are_put_without(database: Database) -> None:
    put_all(database)
    with database.writing() as stores:
        stores.catalog.put_skus([GIFT])
    with database.reading() as stores:
        assert dict(stores.catalog.network().skus) == {CUP.id: CUP, GIFT.id: GIFT}
    with database.writing() as stores:
        stores.catalog.put_skus([replace(GIFT, components=())])
    with database.reading() as stores:
        assert stores.catalog.network().skus[GIFT.id].components == ()


@pytest.mark.parametrize("part", ["gift", "saucer"])
def test_a_kit_of_a_kit_or_of_an_unknown_sku_is_refused(database: Database, part: str) -> None:
    put_all(database)
    with database.writing() as stores:
        stores.catalog.put_skus([GIFT])
    nested = replace(CUP, id=SkuId("hamper"), components=(Component(SkuId(part), 1),))
    with pytest.raises(InvalidInput, match=part), database.writing() as stores:
        stores.catalog.put_skus([nested])
    with database.reading() as stores:
        assert nested.id not in stores.catalog.network().skus


def test_what_a_kit_is_packed_from_cannot_become_a_kit(database: Database) -> None:
    put_all(database)
    saucer = replace(CUP, id=SkuId("saucer"))
    with database.writing() as stores:
        stores.catalog.put_skus([GIFT, saucer])
    with pytest.raises(InvalidInput, match="gift has cup"), database.writing() as stores:
        stores.catalog.put_skus([replace(CUP, components=(Component(saucer.id, 1),))])


@pytest.mark.parametrize(
    "components",
    [
        (Component(CUP.id, 0),),
        (Component(CUP.id, 1), Component(CUP.id, 2)),
        (Component(GIFT.id, 1),),
    ],
)
def test_a_kit_has_other_skus_once_and_at_least_one_unit_of_each(components: tuple[Component, ...]) -> None:
    with pytest.raises(InvalidInput, match="kit gift has"):
        replace(GIFT, components=components)
