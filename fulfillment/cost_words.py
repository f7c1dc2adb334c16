"""What kinds of costs are called where people read them; a kind without words goes by its name."""

from collections.abc import Mapping

SYMBOLS: Mapping[str, str] = {"GBP": "£", "EUR": "€", "USD": "$"}
"""Put before an amount, by currency."""

KINDS: Mapping[str, str] = {
    "packages": "Packages",
    "weight": "Weight",
    "labor": "Picking and packing",
    "lost_margin": "Lost margin of unfilled units",
    "extra_shipment": "Extra shipments (steers, not billed)",
    "split_line": "Split lines (steers, not billed)",
    "surcharge": "Surcharges of the carrier",
    "stock": "Stock that is scarce there (steers, not billed)",
    "load": "A node that fills up (steers, not billed)",
    "repick": "Units that may not be found (steers, not billed)",
    "lateness": "Days late (steers, not billed)",
    "co2e": "Emissions (steers, not billed)",
    "other": "Other costs",
    "rule": "A rule is broken (steers, not billed)",
}


def kind_in_words(kind: str) -> str:
    """A kind of cost, by its value."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def symbol(currency: str) -> str:
    """What stands before an amount: the symbol of a currency, or its code and a blank."""
    return SYMBOLS.get(currency, f"{currency} ")
