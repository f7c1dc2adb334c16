"""The benefit report as shown."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.edge.money import Money


class PerOrder(BaseModel):
    """The mean difference per order, and where it lies with 95 % confidence; null where that is not known."""

    mean: Money
    low: Money | None
    high: Money | None
    verdict: str = Field(
        description="better or worse: the interval leaves 0 out; same: every difference is 0; not sure",
        examples=["better"],
    )
    no_interval: str | None = Field(
        default=None,
        description="Why low and high are null: too_few, there is one order; alike, all orders, or all days "
        "where these are taken together, differ by as much. Null where there is an interval",
        examples=[None],
    )


class Amounts(BaseModel):
    """Totals by both choices. Differences are Nodewise's less the OMS's: below zero Nodewise costs less."""

    baseline: Money
    nodewise: Money
    difference: Money
    per_order: PerOrder | None = Field(description="Null where there are no orders")


class TermAmounts(Amounts):
    """One kind of cost."""

    kind: str = Field(examples=["packages"])
    is_cash: bool = Field(examples=[True])


class Counts(BaseModel):
    """A number by both choices."""

    baseline: int = Field(examples=[214])
    nodewise: int = Field(examples=[198])


class BenefitSection(BaseModel):
    """Some orders added up. The terms add up to `cash` and `lost_margin`, and these to `both`."""

    orders: int = Field(examples=[959])
    days: int = Field(description="Days, in UTC, on which one was decided", examples=[12])
    intervals_by_day: bool = Field(
        description="Whether intervals take orders of one day together; one by one where days are few",
        examples=[True],
    )
    units: int = Field(description="Units ordered", examples=[21_408])
    unfilled_units: Counts
    packages: Counts
    terms: list[TermAmounts]
    cash: Amounts
    lost_margin: Amounts
    both: Amounts = Field(description="Cash and lost margin")


class BenefitAlternative(BaseModel):
    """The OMS's choices beside one alternative to them."""

    sentence: str
    counted: BenefitSection = Field(description="Orders of which Nodewise leaves no more units unfilled")
    within: BenefitSection = Field(
        description="Those of them where the OMS's choice goes against nothing that Nodewise sees or keeps to"
    )
    everything: BenefitSection = Field(
        description="All orders compared, also those that cannot count as saved"
    )
    left_out: int = Field(
        description="Orders that are not counted: Nodewise leaves more unfilled", examples=[3]
    )
    left_out_units: int = Field(description="How many more units that are", examples=[5])
    violating: int = Field(description="Orders whose choice by the OMS goes against something", examples=[0])
    goes_against: dict[str, int] = Field(
        description="The same by what: stock, capacity, off, rule, order, service, other",
        examples=[{"stock": 2}],
    )


class BenefitOut(BaseModel):
    """What Nodewise would have saved, and how sure that is."""

    as_of: datetime = Field(examples=["2026-11-21T09:30:00Z"])
    first: date | None = Field(description="As asked for, in UTC; null: from the first", examples=[None])
    last: date | None = Field(description="As asked for; null: up to now", examples=[None])
    channel: str | None = Field(examples=["web"])
    currency: str = Field(examples=["GBP"])
    sentence: str = Field(description="What it comes to")
    notes: list[str] = Field(description="What the figures leave out, and how far they can be trusted")
    nodewise: BenefitAlternative | None = Field(
        description="Nodewise without prices of stock; null: nothing was compared"
    )
    priced: BenefitAlternative | None = Field(
        description="Nodewise with prices of stock, of orders decided while a price book was in force; null: "
        "there are none"
    )
