"""The job `forecast-run`, as workers know it. How it is done stands in `api.forecasts.making`."""

from pydantic import BaseModel, ConfigDict

from api.jobs.kinds import JobKind, Steps, Work


class ForecastJob(BaseModel):
    """The run that is to be made, and how many series it has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: int
    series: int


def _make(work: Work[ForecastJob]) -> Steps:
    from api.forecasts.making import make  # takes a second to load, and most processes never need it

    return (yield from make(work.database, work.settings, work.input.run))


FORECAST_RUN = JobKind("forecast-run", ForecastJob, total=lambda sent: sent.series, run=_make)
