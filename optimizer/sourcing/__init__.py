"""Sourcing one order: instance, engines, outcome, rules, and the check that knows no solver."""

from optimizer.sourcing.building import build_instance
from optimizer.sourcing.check import check
from optimizer.sourcing.instance import SourcingInstance
from optimizer.sourcing.outcome import Deadline, Engine, Limits, Outcome, SolveStatus
from optimizer.sourcing.rules import RULES
from optimizer.sourcing.source import DEFAULT_LIMITS, FAST_LIMITS, by_rule, source

__all__ = [
    "DEFAULT_LIMITS",
    "FAST_LIMITS",
    "RULES",
    "Deadline",
    "Engine",
    "Limits",
    "Outcome",
    "SolveStatus",
    "SourcingInstance",
    "build_instance",
    "by_rule",
    "check",
    "source",
]
