"""Every number of the demo world that is not in the data, with its reason.

Fixed before any policy was run on the world. One of them, `safety_factor`, was fitted: on a window that
ends months before the reported one, and on the share of unservable units alone (docs/demo_world.md).
Money is pounds of 2010-2011, the money of the sales.
"""

from dataclasses import dataclass, field

from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.network import LaborCost


def pounds(amount: float) -> Micros:
    return Micros(round(amount * MICROS_PER_MAJOR))


@dataclass(frozen=True, slots=True)
class Team:
    """Who picks and packs at a node: wage per hour with employer's costs, and seconds per task."""

    wage: float
    people: int
    hours_per_day: float
    seconds_per_order: float
    seconds_per_line: float
    seconds_per_unit: float

    def labor(self) -> LaborCost:
        second = self.wage / 3600
        return LaborCost(
            per_order=pounds(second * self.seconds_per_order),
            per_line=pounds(second * self.seconds_per_line),
            per_unit=pounds(second * self.seconds_per_unit),
        )

    def units_per_day(self, *, lines: float, units: float) -> int:
        """What the team handles in a day of orders of this many lines and units."""
        order = self.seconds_per_order + self.seconds_per_line * lines + self.seconds_per_unit * units
        return int(self.people * self.hours_per_day * 3600 / order * units)


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A carrier service: pounds per package and per kilogram, one figure per distance band."""

    limit_grams: int
    per_package: tuple[float, ...]
    per_kg: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RateCard:
    """Contract prices of a shipper of some 300 orders a week.

    `band_km` are the upper ends of the distance bands (origin to zone center); the last is open.
    """

    # About a van round, a day's out-and-back trunk, a night trunk, two nights.
    band_km: tuple[float, ...] = (50.0, 150.0, 300.0)
    # Postal packets: flat price per piece with little regard to distance, dear by weight, 2 kg at most.
    small_parcel: ServiceCard = ServiceCard(2_000, (1.45, 1.55, 1.65, 1.80), (0.80, 0.85, 0.90, 0.95))
    # Parcel carriers: dearer per piece, cheap by weight; 30 kg is what one driver may lift alone.
    parcel: ServiceCard = ServiceCard(30_000, (3.20, 3.60, 4.10, 4.70), (0.06, 0.09, 0.12, 0.16))
    # A store hands over a few parcels from the counter, a DC fills cages: collection costs more per piece.
    store_premium: float = 1.15
    # Per package, when one end is in the zone and the other is not: the sea crossing, the thin far rounds.
    crossing: tuple[tuple[str, float], ...] = (("northern-ireland", 4.00), ("northern-scotland", 2.00))


@dataclass(frozen=True, slots=True)
class ZoneCity:
    id: str
    name: str
    city: str


_ZONES = (
    # Regions as carriers draw them, each around its largest city; cities join the nearest of these.
    ZoneCity("london", "London", "London"),
    ZoneCity("south-east", "South East", "Brighton"),
    ZoneCity("solent", "Solent and Thames", "Southampton"),
    ZoneCity("west", "West of England", "Bristol"),
    ZoneCity("south-west", "South West", "Plymouth"),
    ZoneCity("wales", "Wales", "Cardiff"),
    ZoneCity("east-anglia", "East Anglia", "Norwich"),
    ZoneCity("west-midlands", "West Midlands", "Birmingham"),
    ZoneCity("east-midlands", "East Midlands", "Nottingham"),
    ZoneCity("north-west", "North West", "Manchester"),
    ZoneCity("yorkshire", "Yorkshire and Humber", "Leeds"),
    ZoneCity("north-east", "North East", "Newcastle upon Tyne"),
    ZoneCity("central-scotland", "Central Scotland", "Glasgow"),
    ZoneCity("northern-scotland", "Northern Scotland", "Inverness"),
    ZoneCity("northern-ireland", "Northern Ireland", "Belfast"),
)


@dataclass(frozen=True, slots=True)
class WorldParameters:
    """All choices of the demo world; the defaults are the demo's."""

    # --- network -----------------------------------------------------------------------------------
    time_zone: str = "Europe/London"
    # Northampton: the golden triangle, from where four hours of driving reach nine in ten Britons.
    # Warrington: where M6 and M62 cross, between Liverpool and Manchester. Livingston: the M8 between
    # Edinburgh and Glasgow, where national shippers keep their Scottish depot.
    dc_cities: tuple[str, ...] = ("Northampton", "Warrington", "Livingston")
    # The share of what DCs hold together: the south is where most customers live.
    dc_share: tuple[float, ...] = (0.50, 0.30, 0.20)
    store_count: int = 22
    # Greater London houses 5,500 people per square kilometer. Places within the circle that a city needs
    # at that density are its boroughs, not cities of their own.
    people_per_km2: float = 5_500.0
    zones: tuple[ZoneCity, ...] = _ZONES
    rates: RateCard = field(default_factory=RateCard)

    # --- work ----------------------------------------------------------------------------------------
    # Warehouse wage of 2010-2011, 7.50 an hour, plus 13 % employer's costs. A pack bench takes a minute
    # per order; zone picking with a scanner 140 lines an hour; three seconds to take and count a unit.
    # Eight people: over twice the mean day of the whole shop, so that no DC is the bottleneck.
    dc_team: Team = Team(8.50, 8, 7.5, 60.0, 25.0, 3.0)
    # Shop wage 6.60 plus 12 %. No bench, shelves shared with shoppers: three minutes per order, one per
    # line. Two people for four quiet hours.
    store_team: Team = Team(7.40, 2, 4.0, 180.0, 60.0, 4.0)
    # Mean order of 2010 (24.7 lines, 247 units): what a day's capacity in seconds is turned into units with.
    mean_order_lines: float = 25.0
    mean_order_units: float = 250.0

    # --- skus ----------------------------------------------------------------------------------------
    # Median weight of a gift of one pound, and how weight grows with price: 90 g at 1.00, 0.5 kg at 8.50.
    grams_at_one_pound: float = 90.0
    weight_exponent: float = 0.8
    # Spread between gifts of one price: two thirds lie within a factor of 1.6.
    weight_log_sigma: float = 0.5
    weight_limits: tuple[int, int] = (5, 8_000)
    # Gross margin of gift wholesalers; uniform between the two, by seed.
    margin_share: tuple[float, float] = (0.30, 0.50)
    # (price below, case pack): cheap goods come in large inner cartons.
    case_packs: tuple[tuple[float, int], ...] = ((0.60, 48), (1.50, 24), (4.00, 12), (10.00, 6))
    largest_price_case_pack: int = 2

    # --- stock ---------------------------------------------------------------------------------------
    # A quarter is long enough to see slow sellers, short enough to follow the season; four weeks are the
    # recent past: the higher of the two rates is planned with, so that a rising SKU is not starved.
    history_weeks: int = 12
    recent_weeks: int = 4
    # A freak order (one line of 74,215 units occurs) must not set the stock of weeks.
    largest_planned_line: int = 1_000
    # Orders to suppliers leave weekly and take five weeks: the stock position covers six weeks.
    lead_weeks: int = 5
    review_weeks: int = 1
    # Fitted, to one decimal, so that 4 % of online units of the tuning window cannot be served.
    safety_factor: float = 2.8
    # Weekday (Monday is 0) and hour when each DC's weekly delivery is booked in.
    receipt_weekdays: tuple[int, ...] = (1, 2, 3)
    receipt_hour: int = 7
    # Classes by sales lines: the first fifth of SKUs stands in every DC, the next three tenths in two
    # DCs, the long tail in one.
    class_shares: tuple[float, float] = (0.20, 0.30)
    # Chance that the largest and the smallest store range a SKU of class A, and of class B; no tail.
    range_a: tuple[float, float] = (0.90, 0.40)
    range_b: tuple[float, float] = (0.30, 0.05)
    # Of the online stock of a SKU, the part put into stores if all of them range it.
    store_share: float = 0.25

    # --- stores' own trade ---------------------------------------------------------------------------
    # Walk-in demand, if every store ranged everything, as a share of the online rate.
    walk_in_share: float = 0.15
    # Stores are filled for two weeks of walk-in demand; four days of it are held from online promising.
    walk_in_weeks: float = 2.0
    safety_days: float = 4.0
    # Opening hours by weekday from Monday: nine to six; on Sunday the law allows six hours.
    first_hour: tuple[int, ...] = (9, 9, 9, 9, 9, 9, 11)
    last_hour: tuple[int, ...] = (17, 17, 17, 17, 17, 17, 16)
