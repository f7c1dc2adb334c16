"""Takes planners' overrides, shows and withdraws them, and lays them over forecasts. It changes none."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Page, number_in, page_of
from api.errors import NotFound, OverrideEnded
from api.forecasts.override_schemas import OverrideIn, OverrideKind, OverrideOut, WithdrawIn, WithdrawnOut
from forecasting.history import Grain, series_id
from fulfillment.errors import InvalidInput
from fulfillment.ids import SkuId
from storage.database import Database
from storage.forecast_overrides import NewOverride, StoredOverride
from storage.stores import Stores

if TYPE_CHECKING:
    from forecasting.demand import QuantileForecast  # loads scipy's distributions
    from forecasting.watching.overrides import Overridden, Override


def add(database: Database, call: Call, sent: OverrideIn) -> Answer:
    """Keep an override (201).

    Raises
    ------
    InvalidInput
        There is no demand of the sku at the place, no step starts on its days, or a value, days or an
        instant that cannot be meant.
    """

    def write(stores: Stores) -> Answer:
        series = series_id(SkuId(sent.sku), sent.place)
        _check_series(stores, sent, series)
        _check_steps(stores, sent)
        ends = sent.expires_at or _end_of(sent.last, sent.grain, now=stores.real_now)
        new = NewOverride(
            grain=sent.grain,
            sku=SkuId(sent.sku),
            place=sent.place,
            first=sent.first,
            last=sent.last,
            kind=sent.kind,
            value=sent.value,
            reason=sent.reason,
            author=call.act.actor,
            expires_at=ends,
        )
        _meant(StoredOverride(0, new, stores.real_now, None))
        number = stores.overrides.add(new)
        shown = _shown(stores, number)
        headers = {"Location": f"/v1/forecasts/overrides/{number}"}
        return record(stores, call, answer(shown, status=201, headers=headers), subject=str(number))

    return write_once(database, call, write)


def withdraw(database: Database, call: Call, number: int, sent: WithdrawIn) -> Answer:
    """Take an override back; what it did until now is still measured.

    Raises
    ------
    NotFound
        There is no such override.
    OverrideEnded
        It has expired, or was withdrawn before.
    """

    def write(stores: Stores) -> Answer:
        found = _known(stores, number)
        if not stores.overrides.withdraw(number, by=call.act.actor, reason=sent.reason):
            raise OverrideEnded(number, found.ends_at, withdrawn=found.withdrawn is not None)
        return record(stores, call, answer(_shown(stores, number)))

    return write_once(database, call, write)


def get_override(database: Database, number: int) -> OverrideOut:
    with database.reading() as stores:
        return _shown(stores, number)


def list_overrides(
    database: Database, asked: Asked, *, sku: str | None, place: str | None, holding: bool
) -> Page[OverrideOut]:
    """Overrides, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.overrides.list(
                before=number_in(after) if after else None,
                limit=asked.limit + 1,
                sku=sku,
                place=place,
                holding=holding,
            ),
            key=lambda one: (str(one.number),),
            parts=1,
            show=lambda one: _out(stores, one),
        )


def lay_over(stores: Stores, forecast: "QuantileForecast", grain: Grain, *, now: datetime) -> "Overridden":
    """What is planned with at an instant: a forecast with the overrides that hold then."""
    from forecasting.watching.overrides import apply

    return apply(forecast, overrides_of(stores, forecast, grain), now=now)


def overrides_of(stores: Stores, forecast: "QuantileForecast", grain: Grain) -> Sequence["Override"]:
    """All overrides that ever held for series and steps of a forecast, as forecasting knows them."""
    if not forecast.ids:
        return ()
    found = stores.overrides.of(
        grain, (forecast.ids[0], forecast.ids[-1]), (forecast.periods[0], forecast.periods[-1])
    )
    return [_meant(one) for one in found if one.made_at < one.ends_at]


def _meant(one: StoredOverride) -> "Override":
    """An override as forecasting knows it; refuses what cannot be meant."""
    from forecasting.watching.overrides import Kind, Override  # loads scipy's distributions

    return Override(
        id=str(one.number),
        sku=one.made.sku,
        place=one.made.place,
        first=one.made.first,
        last=one.made.last,
        kind=Kind(one.made.kind),
        value=one.made.value,
        author=one.made.author.name or one.made.author.id,
        reason=one.made.reason,
        made_at=one.made_at,
        expires_at=one.ends_at,
    )


def _check_series(stores: Stores, sent: OverrideIn, series: str) -> None:
    if series in stores.demand.spans(sent.grain, [series]):
        return
    raise InvalidInput(
        f"there is no demand of {sent.sku} at {sent.place} by {sent.grain.value}, so nothing is forecast",
        pointer="/sku",
        fix="Correct sku, place or grain, or send its demand with POST /v1/demand/history first",
    )


def _check_steps(stores: Stores, sent: OverrideIn) -> None:
    anchor = stores.demand.any_first(sent.grain)
    assert anchor is not None, "there is a series"
    days = sent.grain.days
    first_step = sent.first + timedelta(days=(anchor - sent.first).days % days)
    if sent.first <= sent.last < first_step:
        raise InvalidInput(
            f"no step starts from {sent.first} to {sent.last}; the next one does on {first_step}",
            pointer="/last",
            fix="Name the day a step starts on, or a later last day",
        )


def _end_of(last: date, grain: Grain, *, now: datetime) -> datetime:
    """When the last step that may start on that day is over; refuses one that is."""
    ends = datetime.combine(last + timedelta(days=grain.days), time(), tzinfo=UTC)
    if ends <= now:
        raise InvalidInput(
            f"the step of {last} is over: nothing is left to be said otherwise",
            pointer="/last",
            fix="Name steps to come, or send expires_at",
        )
    return ends


def _shown(stores: Stores, number: int) -> OverrideOut:
    return _out(stores, _known(stores, number))


def _known(stores: Stores, number: int) -> StoredOverride:
    found = stores.overrides.get(number)
    if found is None:
        raise NotFound(f"no override {number}", fix="See GET /v1/forecasts/overrides")
    return found


def _out(stores: Stores, one: StoredOverride) -> OverrideOut:
    made, taken = one.made, one.withdrawn
    now = stores.real_now
    rivals = stores.overrides.of(made.grain, (made.series, made.series), (made.first, made.last))
    later = [rival.number for rival in rivals if _order(rival) > _order(one) and rival.holds_at(now)]
    return OverrideOut(
        override=one.number,
        sku=made.sku,
        place=made.place,
        grain=made.grain,
        first=made.first,
        last=made.last,
        kind=cast("OverrideKind", made.kind),
        value=made.value,
        reason=made.reason,
        author=made.author.id,
        author_name=made.author.name,
        made_at=one.made_at,
        expires_at=made.expires_at,
        holds=one.holds_at(now),
        withdrawn=None
        if taken is None
        else WithdrawnOut(at=taken.at, by=taken.by.id, by_name=taken.by.name, reason=taken.reason),
        outdone_by=later if one.holds_at(now) else [],
    )


def _order(one: StoredOverride) -> tuple[datetime, str]:
    return one.made_at, str(one.number)
