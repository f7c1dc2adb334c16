"""Calls about forecast runs: ask for one, read what it says. `wait` waits for its job."""

from collections.abc import Sequence
from typing import Literal

from nodewise_client.caller import Caller, given, path
from nodewise_client.demand import Grain
from nodewise_client.models import ForecastOut, ForecastRunDetail, ForecastRunOut, TrainingOut
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
        self, run: int, *, sku: str | None = None, place: str | None = None, page_size: int | None = None
    ) -> Pages[ForecastOut]:
        """What a run that is done says of each sku at each place."""
        query = {"sku": sku, "place": place}
        target = path("forecasts", "runs", str(run), "series")
        return self._pages(ForecastOut, target, page_size=page_size, query=query)

    def export_forecast(self, run: int, *, form: Literal["parquet", "csv"] = "parquet") -> bytes:
        """All that a run says, as a file."""
        target = path("forecasts", "runs", str(run), "export")
        return self._send("GET", target, query={"format": form}).content

    def cancel_forecast(self, run: int, *, key: str | None = None) -> ForecastRunOut:
        """Stop a run before its next chunk."""
        return self._write(ForecastRunOut, path("forecasts", "runs", str(run), "cancel"), key=key)

    def trainings(self, *, page_size: int | None = None) -> Pages[TrainingOut]:
        """What runs have learned, the newest first."""
        return self._pages(TrainingOut, "/v1/forecasts/trainings", page_size=page_size)
