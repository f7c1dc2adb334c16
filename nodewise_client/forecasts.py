"""Calls about forecast runs: ask for one, read what it says. `wait` waits for its job."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from nodewise_client.caller import Caller, given, path
from nodewise_client.demand import Grain
from nodewise_client.models import (
    ForecastExplanation,
    ForecastOut,
    ForecastRunDetail,
    ForecastRunOut,
    OverrideOut,
    TrainingOut,
    ValueAddedOut,
    WatchReportOut,
)
from nodewise_client.pages import Pages


class Forecasts(Caller):
    """A run forecasts the demand as it was when it was asked for, and never changes."""

    def start_forecast(
        self,
        *,
        horizon: int | None = None,
        levels: Sequence[float] | None = None,
        train: str | None = None,
        seed: int | None = None,
        grain: Grain | None = None,
        skus: Sequence[str] | None = None,
        places: Sequence[str] | None = None,
        drivers: Sequence[str] | None = None,
        ended: Literal["refuse", "pass_over"] | None = None,
        key: str | None = None,
    ) -> ForecastRunOut:
        """Ask for a run; what is not given is the service's choice."""
        body = given(
            horizon=horizon,
            levels=levels,
            train=train,
            seed=seed,
            grain=grain,
            skus=skus,
            places=places,
            drivers=drivers,
            ended=ended,
        )
        return self._write(ForecastRunOut, "/v1/forecasts/runs", body or {}, key=key)

    def forecast_run(self, run: int) -> ForecastRunDetail:
        return self._get(ForecastRunDetail, path("forecasts", "runs", str(run)))

    def forecast_runs(self, *, page_size: int | None = None) -> Pages[ForecastRunOut]:
        """Forecast runs, the newest first."""
        return self._pages(ForecastRunOut, "/v1/forecasts/runs", page_size=page_size)

    def latest_forecast_run(self, *, grain: Grain = "week") -> ForecastRunDetail:
        """The newest run that is done."""
        return self._get(ForecastRunDetail, "/v1/forecasts/runs/latest", {"grain": grain})

    def forecasts(
        self,
        run: int,
        *,
        sku: str | None = None,
        place: str | None = None,
        planned: bool | None = None,
        page_size: int | None = None,
    ) -> Pages[ForecastOut]:
        """What a run that is done says of each sku at each place; if `planned`, with overrides."""
        query = {"sku": sku, "place": place, "planned": planned}
        target = path("forecasts", "runs", str(run), "series")
        return self._pages(ForecastOut, target, page_size=page_size, query=query)

    def export_forecast(
        self, run: int, *, form: Literal["parquet", "csv"] = "parquet", planned: bool | None = None
    ) -> bytes:
        """All that a run says, as a file; if `planned`, with overrides."""
        target = path("forecasts", "runs", str(run), "export")
        return self._send("GET", target, query={"format": form, "planned": planned}).content

    def cancel_forecast(self, run: int, *, key: str | None = None) -> ForecastRunOut:
        """Stop a run before its next chunk."""
        return self._write(ForecastRunOut, path("forecasts", "runs", str(run), "cancel"), key=key)

    def explain_forecast(self, run: int, *, sku: str, place: str) -> ForecastExplanation:
        """Why a run says what it says of a sku at a place."""
        target = path("forecasts", "runs", str(run), "explanation")
        return self._get(ForecastExplanation, target, {"sku": sku, "place": place})

    def forecast_watch(self, run: int) -> WatchReportOut:
        """What came of the runs before one, and what to look at."""
        return self._get(WatchReportOut, path("forecasts", "runs", str(run), "watch"))

    def forecast_value_added(self, run: int) -> ValueAddedOut:
        """What the runs before one have added to naive, and planners to them."""
        return self._get(ValueAddedOut, path("forecasts", "runs", str(run), "value-added"))

    def override_forecast(
        self,
        sku: str,
        place: str,
        kind: Literal["replace", "multiply", "add"],
        value: float,
        *,
        first: date | str,
        last: date | str,
        reason: str,
        grain: Grain | None = None,
        expires_at: datetime | str | None = None,
        key: str | None = None,
    ) -> OverrideOut:
        """Say otherwise than the forecast for the steps that start from `first` to `last`."""
        body = given(
            sku=sku,
            place=place,
            kind=kind,
            value=value,
            first=str(first),
            last=str(last),
            reason=reason,
            grain=grain,
            expires_at=expires_at.isoformat() if isinstance(expires_at, datetime) else expires_at,
        )
        return self._write(OverrideOut, "/v1/forecasts/overrides", body, key=key)

    def forecast_override(self, override: int) -> OverrideOut:
        return self._get(OverrideOut, path("forecasts", "overrides", str(override)))

    def forecast_overrides(
        self,
        *,
        sku: str | None = None,
        place: str | None = None,
        holding: bool | None = None,
        page_size: int | None = None,
    ) -> Pages[OverrideOut]:
        """Overrides, the newest first."""
        query = {"sku": sku, "place": place, "holding": holding}
        return self._pages(OverrideOut, "/v1/forecasts/overrides", page_size=page_size, query=query)

    def withdraw_override(self, override: int, *, reason: str, key: str | None = None) -> OverrideOut:
        """Take an override back; what it did until now is still measured."""
        target = path("forecasts", "overrides", str(override), "withdraw")
        return self._write(OverrideOut, target, {"reason": reason}, key=key)

    def trainings(self, *, page_size: int | None = None) -> Pages[TrainingOut]:
        """What runs have learned, the newest first."""
        return self._pages(TrainingOut, "/v1/forecasts/trainings", page_size=page_size)
