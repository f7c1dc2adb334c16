"""Which carrier services of a node may carry goods of an order, and why others may not, in words."""

from collections.abc import Sequence

from fulfillment.ids import NodeId
from fulfillment.rates import Rate
from fulfillment.skus import Sku
from fulfillment.timing import dates_of, days_late, services_for
from scenarios.question import Question
from scenarios.wording import days, named


def rates_from(question: Question, node: NodeId) -> list[Rate]:
    """The services of a node to the destination, in order of id."""
    offered = question.network.rates.get((node, question.order.destination.zone), ())
    return sorted(offered, key=lambda rate: rate.service)


def why_not(question: Question, rate: Rate, skus: Sequence[Sku]) -> str:
    """Why a service may not carry all of the skus, in a clause that goes on from its name; else empty."""
    for sku in skus:
        if refusal := rate.refuses(sku):
            return f"does not take {named(sku)}, which {refusal}"
    order, site = question.order, question.network.nodes[rate.origin]
    late = days_late(dates_of(rate, site, question.at), order.wanted_by)
    if rate not in services_for(order, site, rates_from(question, site.id), question.at):
        other = f"is not {order.service}, which was asked for"
        if rate.transit is None:
            return f"{other}, and names no days of transit"
        return f"{other}, and may arrive {days(late)} late" if late else f"{other}, and is slower"
    return f"may arrive {days(late)} late" if late and question.policy.late_day_penalty is None else ""
