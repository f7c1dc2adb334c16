"""Why a decision is as it is: alternatives, nodes not used, what binds, and the nine questions in words.

A pure function of a decision and what it was made from. Every figure comes from a plan that was really made.
"""

from scenarios.explanation.changes import Change, apply
from scenarios.explanation.contents import Decision, Explanation, NodeState
from scenarios.explanation.explaining import explain, explain_without_instance

__all__ = [
    "Change",
    "Decision",
    "Explanation",
    "NodeState",
    "apply",
    "explain",
    "explain_without_instance",
]
