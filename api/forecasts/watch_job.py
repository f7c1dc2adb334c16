"""The job `forecast-watch`, as workers know it. How it is done stands in `api.forecasts.watching`."""

from pydantic import BaseModel, ConfigDict

from api.jobs.kinds import JobKind, Steps, Work


class WatchJob(BaseModel):
    """The run that is to be held against those before it, and how many series it has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: int
    series: int


def _watch(work: Work[WatchJob]) -> Steps:
    from api.forecasts.watching import watch_run  # takes a second to load, and most processes never need it

    return (yield from watch_run(work.database, work.input.run))


FORECAST_WATCH = JobKind("forecast-watch", WatchJob, total=lambda sent: sent.series, run=_watch)
