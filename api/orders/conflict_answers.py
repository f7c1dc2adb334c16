"""A conflict as answered: demands that cannot hold together, and what the order costs without each."""

from pydantic import BaseModel, Field

from api.edge.money import Money


class DemandOut(BaseModel):
    """One thing that is demanded: a hard rule, a wish of the order, or how a node stands."""

    kind: str = Field(
        description="policy_rule; allowed_nodes, forbidden_nodes, at_most, together, line_node and "
        "filled_whole of the order; node_off and day_full, which are no rules",
        examples=["policy_rule"],
    )
    name: str = Field(
        description="The rule's name, a JSON pointer into the order, or ids of nodes",
        examples=["online from DCs"],
    )
    detail: str = Field(examples=['the rule "online from DCs"'])


class RelaxationOut(BaseModel):
    """The order without one demand, all others kept; decided as any order is."""

    demand: str = Field(description="The demand's name", examples=["online from DCs"])
    helps: bool | None = Field(
        description="False: others are in the way as well. Null: not known in the time there was",
        examples=[True],
    )
    others: list[str] = Field(
        description="Where it does not help: names of demands that cannot hold together even then",
        examples=[[]],
    )
    total: Money | None = Field(
        description="What the plan costs then, as a quote of it says: of units that wait, the margin that is "
        "lost until they have come; null without a plan"
    )
    more: Money | None = Field(
        description="Than the plan that keeps to every demand, its unfilled units at their lost margin; "
        "below zero where that is dearer"
    )
    unfilled_units: int = Field(description="Left out all the same", examples=[0])
    waiting_units: int = Field(
        default=0,
        description="Of those served, units that leave when they have come; only with allow_backorder",
        examples=[0],
    )
    proven: bool = Field(description="Whether no plan is cheaper then", examples=[True])
    detail: str = Field(examples=["without it all 2 units are served, for GBP 6.21"])


class Infeasible(BaseModel):
    """Why the order cannot be met although there is stock. Without any one of `conflict` the others can hold,
    as far as stock goes."""

    detail: str = Field(
        examples=['these cannot hold together: the order is filled whole; the rule "online from DCs"']
    )
    conflict: list[DemandOut]
    minimal: bool = Field(
        description="False: the work was over before every demand was tried, so some may not matter",
        examples=[True],
    )
    relaxations: list[RelaxationOut] = Field(
        description="In the order of `conflict`; fewer where the work was over"
    )
    fix: str = Field(examples=['Drop the rule "online from DCs": GBP 6.21 for all 2 units'])
