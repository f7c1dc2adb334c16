"""A policy: the weights and switches of sourcing, immutable and named by its version."""

from dataclasses import dataclass

from fulfillment.errors import InvalidInput
from fulfillment.ids import PolicyVersion
from fulfillment.money import NOTHING, Micros
from fulfillment.policy_rules import PolicyRule


@dataclass(frozen=True, slots=True)
class Policy:
    """Weights in micros.

    `extra_shipment_penalty` is added for each shipment after the first, `split_line_penalty` for each
    node after the first that serves one line; both steer and are never billed. With `may_give_up`
    an available unit may be left unfilled when serving it costs more than its lost-sale value;
    otherwise unfilled units are minimized before any cost is looked at. `rules` say which nodes may ship
    which orders and how many may share one, and are told apart by their names.

    `co2e_price` is that of a kilogram of CO2e, `repick_cost` that of a unit which a node looks for and does
    not find. A shipment that may arrive after the order is wanted costs `late_day_penalty` for each day
    begun; without one (None) nothing is shipped that may arrive late. The three steer too.

    Raises
    ------
    InvalidInput
        A rule without a name, two of one name, or a negative amount.
    """

    version: PolicyVersion
    extra_shipment_penalty: Micros
    split_line_penalty: Micros
    may_give_up: bool = False
    reservation_minutes: int = 30
    rules: tuple[PolicyRule, ...] = ()
    co2e_price: Micros = NOTHING
    late_day_penalty: Micros | None = NOTHING
    repick_cost: Micros = NOTHING

    def __post_init__(self) -> None:
        for field in ("co2e_price", "late_day_penalty", "repick_cost"):
            if (getattr(self, field) or 0) < 0:
                raise InvalidInput(
                    f"{field} is negative", pointer=f"/{field}", fix="Give an amount of 0 or more"
                )
        names = [rule.name for rule in self.rules]
        for index, name in enumerate(names):
            if not name or name in names[:index]:
                raise InvalidInput(
                    f'rule {index} is named "{name}"' + (", as another is" if name else ""),
                    pointer=f"/rules/{index}/name",
                    fix="Give every rule a name of its own",
                )


DEFAULT_POLICY = Policy(PolicyVersion("default"), Micros(500_000), Micros(250_000))
"""What a new database starts with: half a major unit against a second parcel on the doorstep, a quarter
against a line that arrives in parts; both well under what either costs in freight and labor."""
