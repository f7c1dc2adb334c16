"""Latencies of single decisions, and the table they are told in."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from optimizer.sourcing import Outcome, SolveStatus, SourcingInstance, check

HEADER = f"{'':<34}{'orders':>7}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'gap 0':>8}  engines"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision and the seconds it took."""

    instance: SourcingInstance
    outcome: Outcome
    seconds: float


def decide_each(
    instances: Sequence[SourcingInstance], decide: Callable[[SourcingInstance], Outcome]
) -> list[Decided]:
    """Decide one order after the other, each timed alone."""
    return decide_anew([partial(_as_it_is, instance) for instance in instances], decide)


def _as_it_is(instance: SourcingInstance) -> SourcingInstance:
    return instance


def decide_anew(
    orders: Sequence[Callable[[], SourcingInstance]], decide: Callable[[SourcingInstance], Outcome]
) -> list[Decided]:
    """The same where laying an order out as an instance counts too."""
    made = []
    for lay in orders:
        began = time.perf_counter()
        instance = lay()
        outcome = decide(instance)
        made.append(Decided(instance, outcome, time.perf_counter() - began))
    return made


def row(title: str, decided: Sequence[Decided]) -> str:
    """One line of the table under `HEADER`."""
    p50, p99, most = percentiles_ms(decided)
    proven = sum(one.outcome.status is SolveStatus.OPTIMAL for one in decided) / len(decided)
    engines = Counter(one.outcome.engine for one in decided).most_common()
    shares = ", ".join(f"{engine} {count / len(decided):.1%}" for engine, count in engines)
    return f"{title:<34}{len(decided):>7}{p50:>9.2f}{p99:>9.2f}{most:>9.2f}{proven:>8.1%}  {shares}"


def percentiles_ms(decided: Sequence[Decided]) -> tuple[float, float, float]:
    """(p50, p99, maximum) in milliseconds."""
    p50, p99, most = np.percentile([one.seconds * 1_000 for one in decided], (50, 99, 100))
    return float(p50), float(p99), float(most)


def all_valid(decided: Sequence[Decided]) -> bool:
    """Whether the specification finds nothing in any of the plans."""
    return all(check(one.instance, one.outcome.plan) == [] for one in decided)
