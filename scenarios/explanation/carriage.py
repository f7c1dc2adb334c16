"""The answers about carriers: when it ships and arrives, and why by this service."""

from collections.abc import Mapping, Sequence

from fulfillment.money import Micros
from scenarios.explanation.contents import AgainstAsked, Answered, Leaving, ServiceChoice, ServiceCost, Topic
from scenarios.explanation.facts import Facts
from scenarios.explanation.wording import instant, kilograms, listed
from scenarios.wording import counted, days, money


def dates_answer(facts: Facts) -> Answered:
    """When each shipment leaves and arrives, and whether that is in time."""
    if not facts.leaving:
        return Answered(Topic.DATES, "Nothing ships.")
    points = [f"{facts.name(one.node)}: {_leaves(one)}." for one in facts.leaving]
    points += [
        f"{facts.name(one.node)} ships by {one.chosen}{_against_asked(one)}."
        for one in facts.services
        if one.asked is not None
    ]
    if (wanted_by := facts.order.wanted_by) is not None:
        points.append(f"Wanted by {instant(wanted_by)}: {_in_time(facts.leaving)}.")
    decided = f"Decided on {instant(facts.decision.decided_at)}, for that day of each node."
    known = [one.dates for one in facts.leaving if one.dates is not None]
    if len(known) < len(facts.leaving):
        none, all_of_it = ("Not every", " for all of it") if known else ("No", "")
        names = f"{none} service that carries it names its days of transit"
        short = f"{decided} {names}, so no day of arrival is known{all_of_it}."
        return Answered(Topic.DATES, short, tuple(points))
    last = max(dates.arrives_p90 for dates in known)
    short = f"{decided} Nine of ten such shipments have arrived by {instant(last)}."
    return Answered(Topic.DATES, short, tuple(points))


def _leaves(one: Leaving) -> str:
    if one.dates is None:
        return f"its units count on {one.day:%A %d %B %Y}, by the node's own clock"
    half, most = instant(one.dates.arrives_p50), instant(one.dates.arrives_p90)
    late = f", {days(one.days_late)} late" if one.days_late else ""
    return (
        f"leaves on {instant(one.dates.leaves_at)}; half of such shipments arrive by {half}, nine in ten by "
        f"{most}{late}"
    )


def _in_time(leaving: Sequence[Leaving]) -> str:
    late = max(one.days_late for one in leaving)
    if late:
        return f"it may arrive up to {days(late)} late, and one in ten later still"
    known = all(one.dates is not None for one in leaving)
    return "nine in ten arrive in time" if known else "whether it arrives in time is not known"


def service_answer(facts: Facts) -> Answered:
    """Which service carries each shipment, against the one asked for, and what others would bill."""
    if not facts.services:
        return Answered(Topic.SERVICE, "Nothing ships.")
    points = []
    for one in facts.services:
        chosen = next(bill for bill in one.offered if bill.service == one.chosen)
        others = [bill for bill in one.offered if bill is not chosen]
        weight = kilograms(one.weight_grams)
        bill = _bill(chosen.cost, facts)
        head = f"{facts.name(one.node)}, {weight}: {one.chosen} for {bill}{_against_asked(one)}"
        if not others:
            points.append(f"{head}, the only service offered to this zone.")
            continue
        points.append(f"{head}; {listed([_other(bill, chosen, facts) for bill in others])}.")
    steers = any(bill.steering for one in facts.services for bill in one.offered)
    besides = ", with what days late and emissions count besides" if steers else ""
    short = f"Each shipment goes by the service that bills the least for it{besides}."
    return Answered(Topic.SERVICE, short, tuple(points))


_AGAINST_ASKED: Mapping[AgainstAsked, str] = {
    AgainstAsked.NONE_ASKED: "",
    AgainstAsked.AS_ASKED: ", as was asked for",
    AgainstAsked.UPGRADE: ", an upgrade: as fast as {asked}, which was asked for, or faster",
    AgainstAsked.DOWNGRADE: ", a downgrade from {asked}, which was asked for: it arrives as wanted",
    AgainstAsked.STANDS_IN: " in place of {asked}, which is not offered: it arrives as wanted",
}


def _against_asked(one: ServiceChoice) -> str:
    return _AGAINST_ASKED[one.against_asked].format(asked=one.asked)


def _other(bill: ServiceCost, chosen: ServiceCost, facts: Facts) -> str:
    cost = f"{_bill(bill.cost, facts)} for {counted(bill.packages, 'package')}"
    if bill.why_not:
        return f"{bill.service}, at {cost}, {bill.why_not}"
    said = f"{bill.service} would have billed {cost}"
    if bill.days_late > chosen.days_late:
        return f"{said}, and might arrive {days(bill.days_late)} late"
    if bill.cost < chosen.cost and bill.co2e_grams > chosen.co2e_grams:
        return (
            f"{said}, and emitted {kilograms(bill.co2e_grams)} of CO2e against {kilograms(chosen.co2e_grams)}"
        )
    return said


def _bill(cost: Micros, facts: Facts) -> str:
    return money(cost, facts.currency)
