"""Explanations and what-ifs as answered."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.edge.money import Money
from api.orders.answers import Gap
from api.orders.plan_schemas import CostLine, PlannedShipment


class KindCost(Money):
    """What one kind of cost comes to."""

    kind: str = Field(examples=["packages"])
    is_cash: bool = Field(examples=[True])
    is_steering: bool = Field(examples=[False])


class AlternativeOut(BaseModel):
    """A plan beside the chosen one, really made, and what it has more than that."""

    id: str = Field(
        description="chosen, one_node, whole_lines, next_best, nearest_first, baseline", examples=["one_node"]
    )
    title: str = Field(examples=["Best single node"])
    note: str = Field(description="How it was made", examples=["The best plan with one shipment"])
    rules: list[str] = Field(description="Rules of other platforms that come to the same plan")
    shipments: list[PlannedShipment]
    packages: int = Field(examples=[2])
    unfilled_units: int = Field(examples=[0])
    costs: list[KindCost]
    total: Money
    more_unfilled: int = Field(description="Units more unfilled than by the chosen plan", examples=[0])
    more_cost: Money = Field(description="How much more than the chosen plan; below zero less")
    is_exact: bool = Field(
        description="False: the search for the best such plan stopped, and this is the one it had; the best "
        "one costs at most that",
        examples=[True],
    )
    least_more_cost: Money | None = Field(
        default=None, description="Where it is not exact: what the best one costs more at least, if known"
    )


class NodeAccountOut(BaseModel):
    """One node of the network, and why it ships or does not."""

    node: str = Field(examples=["BRS1"])
    name: str = Field(examples=["Bristol"])
    state: str = Field(
        description="used, off, no_rate, no_stock, full, kept_out, no_service, no_plan, unfilled, dearer, "
        "as_good, better",
        examples=["dearer"],
    )
    words: str = Field(
        description="The reason, in a clause that goes on from the node's name",
        examples=["could ship it: the best plan found with it costs £1.20 more"],
    )
    rule: str = Field(description="What keeps it out; empty if nothing does", examples=[""])
    distance_km: float = Field(examples=[131.4])
    stock: dict[str, int] = Field(description="Units seen, by sku", examples=[{"K-17": 3}])
    room: int = Field(description="Units it could still ship on its day", examples=[391])
    units_per_day: int = Field(
        description="Of a node with slots, the units of those that had not ended", examples=[400]
    )
    more_unfilled: int | None = Field(
        default=None, description="Of the best plan found in which it ships", examples=[0]
    )
    more_cost: Money | None = Field(default=None, description="Likewise")
    is_solved: bool = Field(
        description="Whether that plan came from solving again; otherwise one line was moved, and the cost "
        "is at most that",
        examples=[True],
    )


class BindingOut(BaseModel):
    """Something without which the plan would be better; the order was solved without it."""

    kind: str = Field(description="rule, choice, capacity, stock, node_off", examples=["stock"])
    name: str = Field(examples=["K-17"])
    words: str = Field(examples=["If Bristol had 2 more of K-17, it would cost £1.30 less."])
    node: str | None = Field(examples=["BRS1"])
    sku: str | None = Field(examples=["K-17"])
    units: int | None = Field(examples=[2])
    fewer_unfilled: int = Field(examples=[0])
    saved: Money
    is_exact: bool = Field(
        description="False: the search stopped, and what could be saved may be more", examples=[True]
    )
    fills: dict[str, int] = Field(description="Units that would be served, by line", examples=[{}])


class ServiceOut(BaseModel):
    """What a service would bill for a shipment."""

    service: str = Field(examples=["ground"])
    packages: int = Field(examples=[1])
    cost: Money
    steering: Money = Field(description="What days late and emissions count besides; never billed")
    billed_grams: int = Field(description="Weight that it charges for", examples=[1800])
    co2e_grams: int = Field(examples=[310])
    leaves_at: datetime | None = Field(default=None, description="Null where it names no days of transit")
    arrives_p50: datetime | None = Field(default=None, description="By when half have arrived")
    arrives_p90: datetime | None = Field(default=None, description="By when nine in ten have")
    days_late: int = Field(description="Days begun after the order is wanted", examples=[0])
    why_not: str = Field(
        description="Why it could not carry the shipment, in a clause that goes on from its name; empty if "
        "it could",
        examples=[""],
    )


class ServiceChoiceOut(BaseModel):
    """The services a node offers for its shipment, the cheapest first, those that cannot carry it last."""

    node: str = Field(examples=["DC1"])
    weight_grams: int = Field(examples=[1800])
    chosen: str = Field(examples=["ground"])
    asked: str | None = Field(
        default=None, description="What the order asks for; null where any does", examples=["ground"]
    )
    against_asked: str = Field(
        description="none_asked, as_asked, upgrade, downgrade, or stands_in where the node does not offer it",
        examples=["as_asked"],
    )
    offered: list[ServiceOut]


class LeavingOut(BaseModel):
    """The node's local day a shipment counts on, and when it leaves and arrives.

    Instants are null where its service names no days of transit.
    """

    node: str = Field(examples=["DC1"])
    day: date
    leaves_at: datetime | None = None
    arrives_p50: datetime | None = Field(default=None, description="By when half have arrived")
    arrives_p90: datetime | None = Field(default=None, description="By when nine in ten have")
    days_late: int = Field(description="Days begun after the order is wanted", examples=[0])


class MissingReason(BaseModel):
    reason: str = Field(examples=["no_stock"])
    quantity: int = Field(examples=[1])


class MissingLineOut(BaseModel):
    """A line of which units are unfilled, and what would have filled it: words of `binding`."""

    line: str = Field(examples=["2"])
    sku: str = Field(examples=["T-03"])
    wanted: int = Field(examples=[4])
    seen: int = Field(description="Units seen at all nodes together", examples=[3])
    refusal: str = Field(
        description="Why no service takes it, where nodes have it; empty otherwise", examples=[""]
    )
    reasons: list[MissingReason]
    remedies: list[str]


class AnswerOut(BaseModel):
    """One of the nine questions, answered."""

    topic: str = Field(
        description="node, split, distance, cost, seen, rejected, dates, service, unfilled", examples=["node"]
    )
    question: str = Field(examples=["Why this node?"])
    answer: str
    points: list[str]


class ExplanationOut(BaseModel):
    """Why the latest decision of an order is as it is. The same for ever: nothing of today comes into it.

    Of a decision that was kept before Nodewise kept what decisions are made from, `is_complete` is false and
    only its costs are told.
    """

    order: str = Field(examples=["10482"])
    revision: int = Field(description="Of the order, from which on it has this decision", examples=[1])
    policy: str = Field(examples=["default"])
    decided_at: datetime
    currency: str = Field(examples=["GBP"])
    sentence: str
    is_complete: bool
    answers: list[AnswerOut]
    alternatives: list[AlternativeOut]
    nodes: list[NodeAccountOut]
    binding: list[BindingOut]
    services: list[ServiceChoiceOut]
    leaving: list[LeavingOut]
    missing: list[MissingLineOut]
    left_open: list[str] = Field(
        description="What was not tried, or not settled when the work for an explanation was over, in "
        "sentences; empty where nothing was",
        examples=[["Of 297 skus only 8 were tried."]],
    )


class WhatIfOut(BaseModel):
    """What would have been decided, really solved, and how it differs from what was."""

    order: str = Field(examples=["10482"])
    revision: int = Field(examples=[1])
    policy: str = Field(description="That it was solved under", examples=["default"])
    sentence: str = Field(
        examples=["Then it would ship from Bristol, in 1 package; it costs £1.20 more than was decided."]
    )
    currency: str = Field(examples=["GBP"])
    shipments: list[PlannedShipment]
    unfilled_units: int = Field(examples=[0])
    unfilled_bound: int = Field(examples=[0])
    cost_lines: list[CostLine]
    total: Money
    bound: Money
    gap: Gap
    status: str = Field(examples=["optimal"])
    engine: str = Field(examples=["subsets"])
    more_unfilled: int = Field(description="Units more unfilled than decided", examples=[0])
    more_cost: Money = Field(description="How much more than decided; below zero less")
    by_kind: list[KindCost] = Field(description="The same by kind of cost; what does not differ is left out")
