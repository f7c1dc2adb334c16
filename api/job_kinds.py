"""All kinds of jobs, by name: what workers can run. A new kind is a row here and a word in `KindName`."""

from collections.abc import Mapping
from typing import Any

from api.forecasts.jobs import FORECAST_RUN
from api.forecasts.watch_job import FORECAST_WATCH
from api.jobs.kinds import JobKind
from api.jobs.reconciling import RECONCILE_LEDGER
from api.orders.jobs import SOURCE_ORDERS

KINDS: Mapping[str, JobKind[Any]] = {
    kind.name: kind for kind in (SOURCE_ORDERS, RECONCILE_LEDGER, FORECAST_RUN, FORECAST_WATCH)
}
