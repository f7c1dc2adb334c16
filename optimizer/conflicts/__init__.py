"""Why an order cannot be filled although there is stock: demands in conflict, and what each costs."""

from optimizer.conflicts.case import Case
from optimizer.conflicts.demands import Demand, DemandKind, demands_of
from optimizer.conflicts.search import Conflict, Effort, Pricing, Relaxation, find_conflict

__all__ = [
    "Case",
    "Conflict",
    "Demand",
    "DemandKind",
    "Effort",
    "Pricing",
    "Relaxation",
    "demands_of",
    "find_conflict",
]
