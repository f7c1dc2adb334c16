"""What carriers bill for a shipment, what they take, and when they bring it.

Weights are grams, volumes cubic millimetres, money micro-units (see `fulfillment.money`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fulfillment.errors import InvalidInput
from fulfillment.ids import NodeId, ServiceId, ZoneId
from fulfillment.money import NOTHING, Micros
from fulfillment.skus import Sku

MM3_PER_CM3 = 1_000


@dataclass(frozen=True, slots=True, order=True)
class WeightBreak:
    """From so many billed grams of a shipment on, each kilogram is billed at `per_kg`."""

    from_grams: int
    per_kg: Micros

    def charge(self, billed_grams: int) -> Micros:
        """What a weight costs by it, billed as if it had reached it."""
        return Micros(self.per_kg // 1000 * max(billed_grams, self.from_grams))


@dataclass(frozen=True, slots=True)
class Transit:
    """Whole days from hand-over to arrival: half of the shipments take at most `p50`, nine in ten `p90`.

    Raises
    ------
    InvalidInput
        A negative number of days, or `p90` below `p50`.
    """

    p50: int
    p90: int

    def __post_init__(self) -> None:
        if not 0 <= self.p50 <= self.p90:
            raise InvalidInput(
                f"transit of {self.p50} days, nine in ten within {self.p90}: whole days, 0 or more, and the "
                "second no less than the first",
                pointer="/transit_days_p50" if self.p50 < 0 else "/transit_days_p90",
                fix="Correct the days",
            )


@dataclass(frozen=True, slots=True)
class Load:
    """What leaves a node together, as a carrier looks at it.

    `together_grams` and `together_mm3` are of the units that share packages; `apart` units are packages of
    their own, `oversized` those of them that are charged for it. `billed_grams` is the larger of weight and
    dimensional weight, unit by unit.
    """

    grams: int
    together_grams: int
    together_mm3: int
    apart: int
    oversized: int
    billed_grams: int


_LEAST = {
    **dict.fromkeys(("per_package", "per_kg", "per_shipment", "per_oversized"), 0),
    **dict.fromkeys(("package_limit_grams", "package_limit_cm3", "longest_side_mm"), 1),
    **dict.fromkeys(("co2e_grams_per_package", "co2e_grams_per_kg"), 0),
}
"""Of each number of a rate, what it is at least; of those that may be left out, where they are not."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one carrier service bills from an origin node to a destination zone.

    Units that do not travel apart share packages: as many as their weight and their volume need, whichever
    is more (`package_limit_grams`, `package_limit_cm3`). A shipment costs `per_shipment`, `per_package` for
    each package, `per_oversized` for each oversized unit, and its billed weight at `per_kg`, or as if it had
    reached one of the `breaks`, where that is cheaper (deficit weight). With `dimensional_divisor` (cubic
    centimetres to the kilogram) a unit is billed by its volume over the divisor where that is more than
    its weight. Units longer than `longest_side_mm` are refused, and hazmat unless `carries_hazmat`.

    It emits `co2e_grams_per_package`, and `co2e_grams_per_kg` of actual weight.

    Raises
    ------
    InvalidInput
        A charge per kilogram is not a whole number of micros per gram (more than three decimals), an
        amount is negative, a limit is not positive, or the breaks do not rise in weight and fall in price.
    """

    service: ServiceId
    origin: NodeId
    zone: ZoneId
    per_package: Micros
    per_kg: Micros
    package_limit_grams: int
    package_limit_cm3: int | None = None
    longest_side_mm: int | None = None
    dimensional_divisor: int | None = None
    breaks: tuple[WeightBreak, ...] = ()
    per_shipment: Micros = NOTHING
    per_oversized: Micros = NOTHING
    carries_hazmat: bool = True
    co2e_grams_per_package: int = 0
    co2e_grams_per_kg: int = 0
    transit: Transit | None = None

    def __post_init__(self) -> None:
        where = f"rate of {self.service} from {self.origin} to {self.zone}"
        if self.per_kg % 1000 or any(one.per_kg % 1000 for one in self.breaks):
            raise InvalidInput(
                f"{where}: a charge per kilogram has at most three decimals",
                pointer="/per_kg",
                fix="Round the rate per kilogram to three decimals",
            )
        for name, least in _LEAST.items():
            if (value := getattr(self, name)) is not None and value < least:
                raise InvalidInput(
                    f"{where}: {name} is {value}, and has to be at least {least}",
                    pointer=f"/{name}",
                    fix=f"Give {least} or more, or leave it out where it may be",
                )
        if self.dimensional_divisor is not None and self.dimensional_divisor < 1:
            raise InvalidInput(
                f"{where}: {self.dimensional_divisor} cubic centimetres to the kilogram",
                pointer="/dimensional_divisor",
                fix="Give the carrier's divisor, mostly 4000 to 6000, or leave it out",
            )
        for before, after in pairwise(self.tariff):
            if after.from_grams <= before.from_grams or not 0 <= after.per_kg < before.per_kg:
                raise InvalidInput(
                    f"{where}: a break at {after.from_grams} g: breaks come in order of weight, each with a "
                    "lower charge per kilogram than the one before",
                    pointer="/breaks",
                    fix="Sort the breaks, and leave out those that do not lower the charge",
                )

    @property
    def tariff(self) -> tuple[WeightBreak, ...]:
        """The charges per kilogram from nothing on."""
        return (WeightBreak(0, self.per_kg), *self.breaks)

    def steps(self, heaviest: int) -> tuple[WeightBreak, ...]:
        """That of no break, and those by which some shipment of up to `heaviest` billed grams costs less."""
        as_it_is, *breaks = self.tariff
        return (as_it_is, *(one for one in breaks if one.charge(heaviest) < as_it_is.charge(heaviest)))

    def refuses(self, sku: Sku) -> str:
        """Why the service does not take the sku; empty if it does."""
        if sku.is_hazmat and not self.carries_hazmat:
            return "is hazmat"
        if self.longest_side_mm is not None and sku.longest_side_mm > self.longest_side_mm:
            return f"is {sku.longest_side_mm} mm long, at most {self.longest_side_mm} mm are taken"
        return ""

    def billed_grams(self, sku: Sku) -> int:
        """Grams that one unit is billed for: weight or dimensional weight, rounded up to the gram.

        A divisor in cubic centimetres to the kilogram is one in cubic millimetres to the gram.
        """
        if self.dimensional_divisor is None:
            return sku.weight_grams
        return max(sku.weight_grams, -(-sku.volume_mm3 // self.dimensional_divisor))

    def load(self, units: Sequence[tuple[Sku, int]]) -> Load:
        """What so many units of each sku are to this service."""
        together = [(sku, count) for sku, count in units if not sku.travels_apart]
        return Load(
            grams=sum(sku.weight_grams * count for sku, count in units),
            together_grams=sum(sku.weight_grams * count for sku, count in together),
            together_mm3=sum(sku.volume_mm3 * count for sku, count in together),
            apart=sum(count for sku, count in units if sku.travels_apart),
            oversized=sum(count for sku, count in units if sku.is_oversized),
            billed_grams=sum(self.billed_grams(sku) * count for sku, count in units),
        )

    def packages(self, load: Load) -> int:
        """Packages that a load needs; one unit over a limit still counts by its weight and volume."""
        shared = -(-load.together_grams // self.package_limit_grams)
        if self.package_limit_cm3 is not None:
            shared = max(shared, -(-load.together_mm3 // (self.package_limit_cm3 * MM3_PER_CM3)))
        return max(1, shared + load.apart)

    def package_cost(self, load: Load) -> Micros:
        return Micros(self.per_shipment + self.per_package * self.packages(load))

    def weight_cost(self, load: Load) -> Micros:
        """The cheapest way to bill the weight: as it is, or as if it had reached a break."""
        return min(one.charge(load.billed_grams) for one in self.tariff)

    def surcharge(self, load: Load) -> Micros:
        return Micros(self.per_oversized * load.oversized)

    def cost(self, load: Load) -> Micros:
        return Micros(self.package_cost(load) + self.weight_cost(load) + self.surcharge(load))

    def co2e_grams(self, load: Load) -> int:
        """Emissions of a load, rounded up to the gram."""
        return self.co2e_grams_per_package * self.packages(load) - (
            -self.co2e_grams_per_kg * load.grams // 1000
        )

    def co2e_cost(self, load: Load, per_kg: Micros) -> Micros:
        """Emissions at a price per kilogram of CO2e, in whole micros per package and per gram carried."""
        package, gram = self.co2e_prices(per_kg)
        return Micros(package * self.packages(load) + gram * load.grams)

    def co2e_prices(self, per_kg: Micros) -> tuple[Micros, Micros]:
        """What the emissions of one package and of one gram carried cost, rounded to whole micros."""
        package = (per_kg * self.co2e_grams_per_package + 500) // 1000
        gram = (per_kg * self.co2e_grams_per_kg + 500_000) // 1_000_000
        return Micros(package), Micros(gram)


def cheapest_rate(rates: Sequence[Rate], units: Sequence[tuple[Sku, int]]) -> Rate:
    """The service that bills least for the units, of those that take them; of all, if none does."""
    taking = [rate for rate in rates if not any(rate.refuses(sku) for sku, _ in units)]
    return min(taking or rates, key=lambda rate: (rate.cost(rate.load(units)), rate.service))
