"""A policy: the weights and switches of sourcing, immutable and named by its version."""

from dataclasses import dataclass

from fulfillment.ids import PolicyVersion
from fulfillment.money import Micros


@dataclass(frozen=True, slots=True)
class Policy:
    """Weights in micros.

    `extra_shipment_penalty` is added for each shipment after the first, `split_line_penalty` for each
    node after the first that serves one line; both steer and are never billed. With `may_give_up`
    an available unit may be left unfilled when serving it costs more than its lost-sale value;
    otherwise unfilled units are minimized before any cost is looked at.
    """

    version: PolicyVersion
    extra_shipment_penalty: Micros
    split_line_penalty: Micros
    may_give_up: bool = False
    reservation_minutes: int = 30


DEFAULT_POLICY = Policy(PolicyVersion("default"), Micros(500_000), Micros(250_000))
"""What a new database starts with: half a major unit against a second parcel on the doorstep, a quarter
against a line that arrives in parts; both well under what either costs in freight and labor."""
