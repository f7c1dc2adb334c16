"""When which version of the policy is in force: a timeline of activations, to which one can only add. Pure.

An activation says: from this instant on, that version. Nothing is changed or taken back; whoever wants
something else adds another activation. Stepping back is one, too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fulfillment.ids import PolicyVersion


class PolicyState(StrEnum):
    """What a version is at an instant."""

    DRAFT = "draft"  # it was never in force, and is not going to be
    SCHEDULED = "scheduled"  # it will be in force
    ACTIVE = "active"  # it is in force
    RETIRED = "retired"  # it was in force


@dataclass(frozen=True, slots=True)
class Activation:
    """A version is in force from `effective_at`, until another is.

    `number` rises with every activation. `effective_at` is never before `made_at`. `made_by` is the public id
    of who made it, `made_by_name` its name where it has one.
    """

    number: int
    version: PolicyVersion
    effective_at: datetime
    made_at: datetime
    made_by: str
    made_by_name: str = ""
    reason: str = ""
    is_step_back: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """All activations in the order in which they are in force: by instant, of one instant by number.

    Of several for one instant the last counts. Make one with `timeline_of`.
    """

    activations: tuple[Activation, ...]

    def at(self, now: datetime) -> Activation:
        """The activation in force; before all of them, the first."""
        return self.activations[max(0, self._begun(now) - 1)]

    def ahead(self, now: datetime) -> Sequence[Activation]:
        """Those that will be in force, the next first."""
        return [one for one in _in_force_some_time(self.activations) if one.effective_at > now]

    def before(self, now: datetime) -> PolicyVersion | None:
        """What a step back brings back: the version in force before the present one; None if none was.

        What was stepped back from does not count any more. After A, B, C and a step back, B is in force and A
        is before it: a second step goes two back, not forth again.
        """
        stack = _versions_in_force(self.activations[: self._begun(now)])
        return stack[-2] if len(stack) > 1 else None

    def state(self, version: PolicyVersion, now: datetime) -> PolicyState:
        """What a version is now. One whose activation was replaced before it began is a draft."""
        if self.at(now).version == version:
            return PolicyState.ACTIVE
        counted = _in_force_some_time(self.activations)
        instants = [one.effective_at for one in counted if one.version == version]
        if any(instant > now for instant in instants):
            return PolicyState.SCHEDULED
        return PolicyState.RETIRED if instants else PolicyState.DRAFT

    def of(self, version: PolicyVersion) -> Sequence[Activation]:
        """All activations of a version."""
        return [one for one in self.activations if one.version == version]

    def _begun(self, now: datetime) -> int:
        return bisect_right(self.activations, now, key=lambda one: one.effective_at)


def timeline_of(activations: Iterable[Activation]) -> Timeline:
    """The timeline of one activation or more, in whatever order they come."""
    ordered = tuple(sorted(activations, key=lambda one: (one.effective_at, one.number)))
    if not ordered:
        raise ValueError("a timeline has one activation at least: some version is always in force")
    return Timeline(ordered)


def _in_force_some_time(activations: Sequence[Activation]) -> list[Activation]:
    """Without those that were replaced, by one for the same instant, before they began.

    Those that were made at the instant itself were in force, if only for a moment; while a demo's clock
    stands, that moment can be long.
    """
    kept: list[Activation] = []
    replaced_at = None
    for one in reversed(activations):
        if one.effective_at == replaced_at:
            continue
        kept.append(one)
        if one.made_at < one.effective_at:
            replaced_at = one.effective_at  # whatever is older, for this instant, had not begun
    return kept[::-1]


def _versions_in_force(begun: Sequence[Activation]) -> list[PolicyVersion]:
    """The versions on which the present one rests, the present one last, none twice in a row.

    An activation puts its version on top; a step back takes off what is above the version it brings back.
    """
    stack: list[PolicyVersion] = []
    for one in _in_force_some_time(begun):
        if one.is_step_back and stack:
            stack.pop()
            while stack and stack[-1] != one.version:
                stack.pop()
        if not stack or stack[-1] != one.version:
            stack.append(one.version)
    return stack
