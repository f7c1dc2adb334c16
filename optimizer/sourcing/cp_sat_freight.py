"""What carriers and prices of stock add to the CP-SAT model: services, packages, billed weight, steps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from fulfillment.rates import MM3_PER_CM3, Rate, WeightBreak
from optimizer.sourcing.instance import Ints, SourcingInstance
from optimizer.sourcing.offers import Offer

Expression = Any  # an expression of the model, or a number where there is nothing to add up


@dataclass(frozen=True)
class Loads:
    """What a service carries from a node, as expressions (see `fulfillment.rates.Load`)."""

    grams: Expression
    together_grams: Expression
    together_mm3: Expression
    apart: Expression
    oversized: Expression
    billed_grams: Expression


class Freight:
    """Shipments of one node: by which service, in how many packages, billed at which weight.

    Attributes
    ----------
    by, packages : a variable for each offer
    cost : an expression for each offer, in micros times `scale`, with a tie for every package
    """

    def __init__(
        self,
        model: cp_model.CpModel,
        instance: SourcingInstance,
        node: int,
        units: dict[int, cp_model.IntVar],
        *,
        scale: int,
        package_tie: int,
    ) -> None:
        self._model, self._instance, self._node = model, instance, node
        self._offers = instance.offers[node]
        self._units = units
        self._most = np.minimum(instance.stock[node], instance.demand)
        count = range(len(self._offers))
        self.by = [model.new_bool_var(f"by[{node},{s}]") for s in count]
        self._carried: dict[tuple[int, int], cp_model.IntVar] = {}
        self._grams: list[cp_model.IntVar] = []
        loads = self._loads_by_line() if self._differ_by_line() else self._loads_by_weight()
        self.packages = [self._packages(s, loads[s]) for s in count]
        self._billed: dict[tuple[int, int], cp_model.IntVar] = {}
        self._at: dict[tuple[int, int], cp_model.IntVar] = {}
        self._steps: dict[int, tuple[WeightBreak, ...]] = {}
        self.cost = [self._cost(s, loads[s], scale=scale, package_tie=package_tie) for s in count]

    def _differ_by_line(self) -> bool:
        """Whether services look at more than the weight of all lines together."""
        return self._instance.goods.any_apart or any(
            not offer.takes_all
            or offer.rate.dimensional_divisor is not None
            or offer.rate.package_limit_cm3 is not None
            for offer in self._offers
        )

    def _loads_by_weight(self) -> list[Loads]:
        heaviest = int(self._most @ self._instance.weight)
        shipped = [int(self._instance.weight[line]) * units for line, units in self._units.items()]
        for s in range(len(self._offers)):
            grams = self._model.new_int_var(0, heaviest, f"grams[{self._node},{s}]")
            self._model.add(grams == 0).only_enforce_if(~self.by[s])
            self._grams.append(grams)
        self._model.add(cp_model.LinearExpr.sum(self._grams) == cp_model.LinearExpr.sum(shipped))
        return [Loads(grams, grams, 0, 0, 0, grams) for grams in self._grams]

    def _loads_by_line(self) -> list[Loads]:
        goods, found = self._instance.goods, []
        if len(self._offers) > 1:
            self._part_among_services()
        for s, offer in enumerate(self._offers):
            carried = self._units if len(self._offers) == 1 else self._carried_by(s)
            if len(self._offers) == 1:
                for line, units in carried.items():
                    if not offer.takes[line]:
                        self._model.add(units == 0)

            def dot(figures: Ints, carried: dict[int, cp_model.IntVar] = carried) -> Expression:
                return cp_model.LinearExpr.sum([int(figures[line]) * var for line, var in carried.items()])

            together = 1 - goods.apart
            found.append(
                Loads(
                    grams=dot(goods.grams),
                    together_grams=dot(goods.grams * together),
                    together_mm3=dot(goods.mm3 * together),
                    apart=dot(goods.apart),
                    oversized=dot(goods.oversized),
                    billed_grams=dot(goods.billed(offer.rate)),
                )
            )
        return found

    def _part_among_services(self) -> None:
        for line, units in self._units.items():
            parts = []
            for s, offer in enumerate(self._offers):
                if not offer.takes[line]:
                    continue
                most = int(self._most[line])
                part = self._model.new_int_var(0, most, f"carried[{self._node},{s},{line}]")
                self._model.add(part <= most * self.by[s])
                self._carried[s, line] = part
                parts.append(part)
            self._model.add(cp_model.LinearExpr.sum(parts) == units)

    def _carried_by(self, s: int) -> dict[int, cp_model.IntVar]:
        return {line: var for (service, line), var in self._carried.items() if service == s}

    def _packages(self, s: int, load: Loads) -> cp_model.IntVar:
        rate = self._offers[s].rate
        most = rate.packages(self._instance.goods.load(rate, self._most))
        packages = self._model.new_int_var(0, most, f"packages[{self._node},{s}]")
        shared = packages - load.apart
        self._model.add(load.together_grams <= rate.package_limit_grams * shared)
        if rate.package_limit_cm3 is not None:
            self._model.add(load.together_mm3 <= rate.package_limit_cm3 * MM3_PER_CM3 * shared)
        self._model.add(packages >= self.by[s])
        self._model.add(packages == 0).only_enforce_if(~self.by[s])
        return packages

    def _cost(self, s: int, load: Loads, *, scale: int, package_tie: int) -> Expression:
        offer, price = self._offers[s], self._instance.policy.co2e_price
        rate = offer.rate
        co2e_package, co2e_gram = rate.co2e_prices(price)
        terms: list[Expression] = [
            ((rate.per_package + co2e_package) * scale + package_tie) * self.packages[s],
            (rate.per_shipment + offer.lateness) * scale * self.by[s],
            self._weight_cost(s, rate, load, scale),
        ]
        if co2e_gram:
            terms.append(co2e_gram * scale * load.grams)
        if rate.per_oversized:
            terms.append(rate.per_oversized * scale * load.oversized)
        return cp_model.LinearExpr.sum(terms)

    def _weight_cost(self, s: int, rate: Rate, load: Loads, scale: int) -> Expression:
        heaviest = int(self._most @ self._instance.goods.billed(rate))
        steps = self._steps[s] = rate.steps(heaviest)
        if len(steps) == 1:
            return rate.per_kg // 1000 * scale * load.billed_grams
        terms: list[Expression] = []
        for b, step in enumerate(steps):
            at = self._model.new_bool_var(f"at[{self._node},{s},{b}]")
            most = max(heaviest, step.from_grams)
            billed = self._model.new_int_var(0, most, f"billed[{self._node},{s},{b}]")
            self._model.add(billed >= step.from_grams * at)
            self._model.add(billed >= load.billed_grams - heaviest * (1 - at))
            self._at[s, b], self._billed[s, b] = at, billed
            terms.append(step.per_kg // 1000 * scale * billed)
        chosen = [self._at[s, b] for b in range(len(steps))]
        self._model.add(cp_model.LinearExpr.sum(chosen) == self.by[s])
        return cp_model.LinearExpr.sum(terms)

    def hint(self, offer: Offer | None, row: Ints) -> None:
        """Start from `row` units by an offer; None where the node ships nothing."""
        goods = self._instance.goods
        for s, here in enumerate(self._offers):
            mine, rate = here is offer, here.rate
            load = rate.load(()) if not mine else goods.load(rate, row)
            self._model.add_hint(self.by[s], mine)
            self._model.add_hint(self.packages[s], rate.packages(load) if mine else 0)
            if self._grams:
                self._model.add_hint(self._grams[s], load.grams)
            for line, var in self._carried_by(s).items():
                self._model.add_hint(var, int(row[line]) if mine else 0)
            if len(self._steps[s]) > 1:
                self._hint_break(s, load.billed_grams if mine else None)

    def _hint_break(self, s: int, billed: int | None) -> None:
        steps = self._steps[s]
        costs = [one.per_kg // 1000 * max(billed or 0, one.from_grams) for one in steps]
        best = costs.index(min(costs)) if billed is not None else -1
        for b, one in enumerate(steps):
            self._model.add_hint(self._at[s, b], b == best)
            self._model.add_hint(self._billed[s, b], max(billed or 0, one.from_grams) if b == best else 0)


def stock_cost(
    model: cp_model.CpModel, instance: SourcingInstance, node: int, units: dict[int, cp_model.IntVar]
) -> Expression:
    """What the stock that a node ships is worth, in micros; the cheapest pieces fill first by themselves."""
    worth = instance.stock_prices
    if worth is None:
        return 0
    terms: list[Expression] = []
    for row, price in enumerate(worth.prices[node]):
        takes = {line: int(worth.need[row, line]) for line in units if worth.need[row, line]}
        if not takes or not price.steps:
            continue
        held = int(worth.held[node, row])
        pieces: list[cp_model.IntVar] = []
        begin = 0
        for i, step in enumerate(price.steps):
            size = min(step.up_to, held) - begin
            if size > 0:
                piece = model.new_int_var(0, size, f"priced[{node},{row},{i}]")
                terms.append(step.price * piece)
                pieces.append(piece)
            begin = step.up_to
        if held > begin:
            pieces.append(model.new_int_var(0, held - begin, f"priced[{node},{row},free]"))
        taken = cp_model.LinearExpr.sum([count * units[line] for line, count in takes.items()])
        model.add(cp_model.LinearExpr.sum(pieces) == taken)
    return cp_model.LinearExpr.sum(terms)
