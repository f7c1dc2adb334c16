"""Which services of a node could carry goods of an order, what each would bill, and why others may not."""

from collections.abc import Sequence

from fulfillment.ids import NodeId
from fulfillment.money import Micros
from fulfillment.network import Node
from fulfillment.plan import Plan, PlannedShipment
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from fulfillment.timing import dates_of, days_late
from scenarios.carriers import rates_from, why_not
from scenarios.explanation.contents import AgainstAsked, ServiceChoice, ServiceCost
from scenarios.question import Question


def service_choices(question: Question, plan: Plan) -> tuple[ServiceChoice, ...]:
    """The services of every shipment of a plan."""
    return tuple(_choice(question, shipment) for shipment in plan.shipments)


def why_none_takes(question: Question, node: NodeId, skus: Sequence[Sku]) -> str:
    """Why no service of a node takes any of the skus, service by service; empty if one does."""
    said = []
    for rate in rates_from(question, node):
        refusals = [why_not(question, rate, [sku]) for sku in skus]
        if not all(refusals):
            return ""
        said.append(f"{rate.service} {refusals[0]}")
    return "; ".join(said)


def rate_of(question: Question, shipment: PlannedShipment) -> Rate | None:
    """The rate that a shipment is billed by."""
    rates = rates_from(question, shipment.node)
    return next((rate for rate in rates if rate.service == shipment.service), None)


def units_in(question: Question, shipment: PlannedShipment) -> list[tuple[Sku, int]]:
    """What a shipment holds."""
    return [(question.network.skus[part.sku], part.quantity) for part in shipment.units]


def _choice(question: Question, shipment: PlannedShipment) -> ServiceChoice:
    units = units_in(question, shipment)
    site = question.network.nodes[shipment.node]
    rates = rates_from(question, shipment.node)
    bills = [_bill(question, site, rate, units) for rate in rates]
    return ServiceChoice(
        shipment.node,
        shipment.weight_grams,
        shipment.service,
        tuple(sorted(bills, key=_rank)),
        question.order.service,
        _against_asked(question, site, rates, shipment),
    )


def _rank(bill: ServiceCost) -> tuple[bool, int, int, str]:
    return bill.why_not != "", bill.cost + bill.steering, bill.packages, bill.service


def _bill(question: Question, site: Node, rate: Rate, units: Sequence[tuple[Sku, int]]) -> ServiceCost:
    load = rate.load(units)
    dates = dates_of(rate, site, question.at)
    late = days_late(dates, question.order.wanted_by)
    penalty = question.policy.late_day_penalty or 0
    return ServiceCost(
        service=rate.service,
        packages=rate.packages(load),
        cost=rate.cost(load),
        steering=Micros(rate.co2e_cost(load, question.policy.co2e_price) + late * penalty),
        billed_grams=load.billed_grams,
        co2e_grams=rate.co2e_grams(load),
        dates=dates,
        days_late=late,
        why_not=why_not(question, rate, [sku for sku, _ in units]),
    )


def _against_asked(
    question: Question, site: Node, rates: Sequence[Rate], shipment: PlannedShipment
) -> AgainstAsked:
    asked = question.order.service
    if asked is None:
        return AgainstAsked.NONE_ASKED
    if shipment.service == asked:
        return AgainstAsked.AS_ASKED
    theirs = next((rate for rate in rates if rate.service == asked), None)
    if theirs is None:
        return AgainstAsked.STANDS_IN
    before, after = dates_of(theirs, site, question.at), shipment.dates
    is_slower = before is not None and (
        after is None or (after.arrives_p90, after.arrives_p50) > (before.arrives_p90, before.arrives_p50)
    )
    # Without days of the service asked for, the other one may carry it only since it arrives as wanted.
    return AgainstAsked.DOWNGRADE if is_slower or before is None else AgainstAsked.UPGRADE
