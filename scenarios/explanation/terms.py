"""What stands behind the costs of each shipment where weight and packages alone do not tell it."""

from collections import Counter
from collections.abc import Iterator

from fulfillment.ids import SkuId
from fulfillment.kits import stocked_parts
from fulfillment.plan import CostKind, Plan, PlannedShipment
from fulfillment.rates import Load, Rate
from scenarios.explanation.carrying import rate_of, units_in
from scenarios.explanation.wording import kilograms, units_of
from scenarios.question import Question
from scenarios.wording import counted, money, named


def terms_of(question: Question, plan: Plan, currency: str) -> tuple[str, ...]:
    """Sentences, node by node; none of a shipment that is billed by its weight in packages filled by it."""
    return tuple(
        f"{question.names[shipment.node]}: {said}."
        for shipment in plan.shipments
        for said in _said(question, plan, shipment, currency)
    )


def _said(question: Question, plan: Plan, shipment: PlannedShipment, currency: str) -> Iterator[str]:
    rate = rate_of(question, shipment)
    if rate is not None:
        load = rate.load(units_in(question, shipment))
        yield from _weight(rate, load, currency)
        yield from _packages(rate, load, currency)
    if shipment.co2e_grams:
        yield f"its carriage emits {kilograms(shipment.co2e_grams)} of CO2e"
    charged = {line.kind for line in plan.cost_lines if line.node == shipment.node}
    if CostKind.STOCK in charged:
        yield from _stock(question, shipment, currency)
    site, room = question.network.nodes[shipment.node], question.room(shipment.node)
    if CostKind.LOAD in charged:
        of = "its slots that had not ended" if site.slots else "its day"
        yield f"{100 - 100 * room // max(site.units_per_day, 1)} % of {of} were taken already"
    if CostKind.REPICK in charged:
        yield f"of 1,000 units that it looks for it finds {site.pick_success_permille}"


def _weight(rate: Rate, load: Load, currency: str) -> Iterator[str]:
    billed = kilograms(load.billed_grams)
    if load.billed_grams != load.grams:
        yield f"{kilograms(load.grams)} are billed as {billed}, by their volume (dimensional weight)"
    step = min(rate.tariff, key=lambda one: one.charge(load.billed_grams))
    if step.from_grams:
        start = kilograms(step.from_grams)
        less = f"a kilogram costs {money(step.per_kg, currency)} in place of {money(rate.per_kg, currency)}"
        if load.billed_grams < step.from_grams:
            yield f"{billed} are billed as {start}, since from there on {less}"
        else:
            yield f"{billed} are over the break at {start}, from which {less}"


def _packages(rate: Rate, load: Load, currency: str) -> Iterator[str]:
    by_weight = -(-load.together_grams // rate.package_limit_grams)
    shared = rate.packages(load) - load.apart
    if by_weight < shared and load.together_grams:
        yield f"{counted(shared, 'package')} by volume, where by weight {by_weight} would do"
    if load.apart:
        each = "a package of its own" if load.apart == 1 else "each a package of its own"
        yield f"{units_of(load.apart)} travel{'s' if load.apart == 1 else ''} alone, {each}"
    if surcharge := rate.surcharge(load):
        yield f"{money(surcharge, currency)} are charged for {counted(load.oversized, 'oversized unit')}"
    if rate.per_shipment:
        yield f"{money(rate.per_shipment, currency)} of the packages are charged once for the shipment"


def _stock(question: Question, shipment: PlannedShipment, currency: str) -> Iterator[str]:
    """What its stock is worth, sku by sku, that of components for kits."""
    taken = Counter[SkuId]()
    for sku, units in units_in(question, shipment):
        for part in stocked_parts(sku):
            taken[part.sku] += part.quantity * units
    for name, units in taken.items() if question.prices is not None else ():
        assert question.prices is not None
        held = question.stock.get((shipment.node, name), 0)
        worth = question.prices.price(shipment.node, name).taking(units, of=held)
        known = question.network.skus.get(name)
        if worth:
            of = named(known) if known is not None else name
            of_all = f"{units:,} of the {held:,} units there of {of}"
            yield f"{of_all} are worth {money(worth, currency)} to other orders"
