"""Policies from what is sent to the words of `fulfillment`, and back."""

from datetime import datetime

from api.edge.money import from_micros, to_micros
from api.policies.rules import rule_of, rule_out
from api.policies.schemas import ActivationOut, PolicyIn, PolicyInForce, PolicyOut, PolicyTerms
from fulfillment.activations import Activation, Timeline
from fulfillment.ids import PolicyVersion
from fulfillment.policy import Policy
from storage.policies import StoredPolicy


def policy_of(sent: PolicyIn) -> Policy:
    return Policy(
        PolicyVersion(sent.version),
        extra_shipment_penalty=to_micros(sent.extra_shipment_penalty),
        split_line_penalty=to_micros(sent.split_line_penalty),
        may_give_up=sent.may_give_up,
        reservation_minutes=sent.reservation_minutes,
        rules=tuple(rule_of(rule) for rule in sent.rules),
        co2e_price=to_micros(sent.co2e_price),
        late_day_penalty=None if sent.late_day_penalty is None else to_micros(sent.late_day_penalty),
        repick_cost=to_micros(sent.repick_cost),
    )


def content_of(policy: Policy) -> PolicyTerms:
    late = policy.late_day_penalty
    return PolicyTerms.model_validate(
        {
            "extra_shipment_penalty": from_micros(policy.extra_shipment_penalty),
            "split_line_penalty": from_micros(policy.split_line_penalty),
            "may_give_up": policy.may_give_up,
            "reservation_minutes": policy.reservation_minutes,
            "co2e_price": from_micros(policy.co2e_price),
            "late_day_penalty": None if late is None else from_micros(late),
            "repick_cost": from_micros(policy.repick_cost),
            "rules": [rule_out(rule) for rule in policy.rules],
        }
    )


def policy_out(kept: StoredPolicy, timeline: Timeline, now: datetime) -> PolicyOut:
    version = kept.policy.version
    return PolicyOut(
        **dict(content_of(kept.policy)),
        version=version,
        state=timeline.state(version, now),
        note=kept.note,
        author=kept.author.id,
        author_name=kept.author.name,
        created_at=kept.created_at,
        activations=[activation_out(one) for one in timeline.of(version)],
    )


def in_force(kept: StoredPolicy, timeline: Timeline, *, now: datetime, at: datetime) -> PolicyInForce:
    """The version in force at an instant; its state is that of now."""
    return PolicyInForce(
        at=at,
        policy=policy_out(kept, timeline, now),
        since=activation_out(timeline.at(at)),
        before=timeline.before(at),
        scheduled=[activation_out(one) for one in timeline.ahead(at)],
    )


def activation_out(activation: Activation) -> ActivationOut:
    return ActivationOut(
        number=activation.number,
        version=activation.version,
        effective_at=activation.effective_at,
        made_at=activation.made_at,
        made_by=activation.made_by,
        made_by_name=activation.made_by_name,
        reason=activation.reason,
        is_step_back=activation.is_step_back,
    )
