"""Replays in process for the command line: with progress, and with the policy that options ask for."""

from collections.abc import Callable
from dataclasses import replace

from api.cli.output import Progress
from fulfillment.ids import PolicyVersion
from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.policy import DEFAULT_POLICY, Policy
from scenarios.deciding import Decide
from scenarios.record import OrderRecord, ReplayRecord
from scenarios.replay import replay
from scenarios.world import World


def replay_with_progress(
    world: World,
    decide: Decide,
    policy: Policy,
    progress: Progress,
    *,
    title: str = "",
    compare_in_state: bool = False,
    timer: Callable[[], float] | None = None,
) -> ReplayRecord:
    """`scenarios.replay.replay`, saying which order it is at."""
    done = 0

    def say(_: OrderRecord) -> None:
        nonlocal done
        done += 1
        progress.update(f"{title or decide.title}, order {done} of {len(world.orders)}")

    return replay(
        world, decide=decide, policy=policy, compare_in_state=compare_in_state, on_order=say, timer=timer
    )


def changed_policy(extra_shipment: float | None, split_line: float | None, *, may_give_up: bool) -> Policy:
    """The default policy with other weights, in major units; under another name if anything differs."""
    policy = replace(
        DEFAULT_POLICY,
        extra_shipment_penalty=_micros(extra_shipment, DEFAULT_POLICY.extra_shipment_penalty),
        split_line_penalty=_micros(split_line, DEFAULT_POLICY.split_line_penalty),
        may_give_up=may_give_up,
    )
    return policy if policy == DEFAULT_POLICY else replace(policy, version=PolicyVersion("changed"))


def _micros(major: float | None, default: Micros) -> Micros:
    return default if major is None else Micros(round(major * MICROS_PER_MAJOR))
