"""Reads the comparisons of shadow mode and reports what they come to. Writes nothing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from api.benefit.schemas import (
    Amounts,
    BenefitAlternative,
    BenefitOut,
    BenefitSection,
    Counts,
    PerOrder,
    TermAmounts,
)
from api.edge.money import Money, add, less, money, money_together
from api.errors import FieldError, Unprocessable
from api.settings import Settings
from fulfillment.cost_words import symbol
from fulfillment.money import Micros
from scenarios import benefit as reckoning
from scenarios.benefit_words import notes, notes_on_prices, summary
from storage.database import Database
from storage.deadlines import long_work


def get_benefit(
    database: Database, settings: Settings, *, first: date | None, last: date | None, channel: str | None
) -> BenefitOut:
    """The report on the orders decided from `first` to `last`.

    Raises
    ------
    Unprocessable
        The last day is before the first.
    """
    if first is not None and last is not None and last < first:
        raise Unprocessable(
            f"?to: {last} is before {first}",
            [FieldError("?to", f"is before {first}", value=str(last))],
            fix="Give a last day that is not before the first",
        )
    with long_work(), database.reading() as stores:
        as_of = stores.now
        report = reckoning.benefit_report(
            stores.comparisons.between(
                _midnight(first) if first else None,
                _midnight(last + timedelta(days=1)) if last else None,
                channel=channel,
            )
        )
    found, priced = report.nodewise, report.priced
    sign = symbol(settings.currency)
    return BenefitOut(
        as_of=as_of,
        first=first,
        last=last,
        channel=channel,
        currency=settings.currency,
        sentence=summary(found, currency=sign),
        notes=[*notes(found), *notes_on_prices(found, priced)],
        nodewise=None if found is None else _alternative(found, sign),
        priced=None if priced is None else _alternative(priced, sign),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _alternative(found: reckoning.Benefit, sign: str) -> BenefitAlternative:
    return BenefitAlternative(
        sentence=summary(found, currency=sign),
        counted=_section(found.counted),
        within=_section(found.within),
        everything=_section(found.everything),
        left_out=found.left_out,
        left_out_units=found.left_out_units,
        violating=found.violating,
        goes_against=dict(found.goes_against),
    )


def _section(section: reckoning.Section) -> BenefitSection:
    was = money_together([line.baseline for line in section.terms])
    now = money_together([line.nodewise for line in section.terms])
    terms = [
        TermAmounts(
            kind=line.kinds[0].value,
            is_cash=line.kinds[0].is_cash,
            baseline=before,
            nodewise=after,
            difference=less(after, before),
            per_order=_per_order(line.per_order),
        )
        for line, before, after in zip(section.terms, was, now, strict=True)
    ]
    return BenefitSection(
        orders=section.orders,
        days=section.days,
        intervals_by_day=section.by_day,
        units=section.units,
        unfilled_units=Counts(baseline=section.unfilled[0], nodewise=section.unfilled[1]),
        packages=Counts(baseline=section.packages[0], nodewise=section.packages[1]),
        terms=terms,
        cash=_sum(section.cash, terms),
        lost_margin=_sum(section.lost_margin, terms),
        both=_sum(section.both, terms),
    )


def _sum(line: reckoning.Line, terms: Sequence[TermAmounts]) -> Amounts:
    """A sum of terms as they were rounded, so that they add up."""
    of = [term for term in terms if term.kind in {kind.value for kind in line.kinds}]
    was, now = add([term.baseline for term in of]), add([term.nodewise for term in of])
    return Amounts(
        baseline=was, nodewise=now, difference=less(now, was), per_order=_per_order(line.per_order)
    )


def _per_order(found: reckoning.Estimate | None) -> PerOrder | None:
    if found is None:
        return None
    return PerOrder(
        mean=_rounded(found.mean),
        low=None if found.low is None else _rounded(found.low),
        high=None if found.high is None else _rounded(found.high),
        verdict=found.verdict.value,
        no_interval=None if found.no_interval is None else found.no_interval.value,
    )


def _rounded(micros: float) -> Money:
    return money(Micros(round(micros)))
