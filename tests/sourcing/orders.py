"""Instances for the tests of sourcing: the named cases as instances, and random small ones for hypothesis."""

from dataclasses import replace

from hypothesis import assume
from hypothesis import strategies as st

from fulfillment.ids import PolicyVersion
from fulfillment.money import MICROS_PER_MAJOR, Micros
from fulfillment.policy import Policy
from optimizer.sourcing import SourcingInstance, build_instance
from optimizer.sourcing.pick_lines import picked
from scenarios.instances import OrderCase, random_order_case

# Penalties of half a pound and a quarter, as in the service's default.
SERVE_ALL = Policy(PolicyVersion("serve-all"), Micros(500_000), Micros(250_000))
MAY_GIVE_UP = replace(SERVE_ALL, version=PolicyVersion("may-give-up"), may_give_up=True)
NO_PENALTIES = Policy(PolicyVersion("no-penalties"), Micros(0), Micros(0))
POLICIES = (SERVE_ALL, MAY_GIVE_UP, NO_PENALTIES)

# (nodes, lines, most units of a line): at most a thousand or so plans each, so that all can be tried.
_SIZES = ((2, 3, 3), (3, 2, 4), (3, 3, 2), (4, 2, 2), (2, 4, 2), (3, 1, 12), (4, 2, 3))


def pounds(amount: float) -> Micros:
    return Micros(round(amount * MICROS_PER_MAJOR))


def instance_of(case: OrderCase, policy: Policy = SERVE_ALL) -> SourcingInstance:
    return build_instance(
        case.order, network=case.network, policy=policy, stock=case.stock, capacity=case.capacity
    )


@st.composite
def small_instances(
    draw: st.DrawFn, *, policies: tuple[Policy, ...] = POLICIES, repeats: bool = True
) -> SourcingInstance:
    """Few enough plans to try them all; every corner that sourcing has, more often than in life."""
    nodes, lines, most = draw(st.sampled_from(_SIZES))
    case = random_order_case(
        draw(st.integers(0, 2**20)),
        nodes=nodes,
        lines=lines,
        max_quantity=most,
        repeat_share=draw(st.sampled_from((0.0, 0.5, 1.0))) if repeats else 0.0,
        held_share=draw(st.sampled_from((1.0, 0.9, 0.8, 0.5))),
        depth=draw(st.sampled_from((1.0, 3.0, 0.7, 0.4))),
        heavy_share=draw(st.sampled_from((0.0, 0.5, 1.0))),
        full_share=draw(st.sampled_from((0.0, 0.0, 0.5, 1.0))),
        ties=draw(st.booleans()),
    )
    instance = instance_of(case, draw(st.sampled_from(policies)))
    assume(len(instance.nodes) > 1)
    return instance


def picked_instances(*, policies: tuple[Policy, ...] = POLICIES) -> st.SearchStrategy[SourcingInstance]:
    """The same as they are picked: what an engine looks at."""
    return small_instances(policies=policies).map(picked)


@st.composite
def larger_instances(draw: st.DrawFn) -> SourcingInstance:
    """More plans than can be tried: what must hold of any outcome, optimal or not."""
    case = random_order_case(
        draw(st.integers(0, 2**20)),
        nodes=draw(st.integers(4, 9)),
        lines=draw(st.integers(1, 9)),
        repeat_share=draw(st.sampled_from((0.0, 0.16, 0.5))),
        held_share=draw(st.sampled_from((0.2, 0.5))),
        depth=draw(st.sampled_from((0.3, 1.0, 3.0))),
        heavy_share=draw(st.sampled_from((0.0, 0.1, 0.5))),
        full_share=draw(st.sampled_from((0.0, 0.3))),
        ties=draw(st.booleans()),
    )
    return instance_of(case, draw(st.sampled_from(POLICIES)))
