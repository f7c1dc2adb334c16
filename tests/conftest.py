"""For all tests: property tests are not timed, long files begin early, kernels are compiled beside them,
and whoever asks gets a PostgreSQL.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from storage.database import open_database
from tests import kernels
from tests.postgres import Server, running_server

HERE = Path(__file__).parent

# A busy machine must not fail them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

LONG = (
    "cli/test_demo.py",
    "api/test_forecast_kills.py",
    "forecasting/test_leakage.py",
    "forecasting/quantiles/test_synthetic_coverage.py",
    "forecasting/test_hostile.py",
    "notebooks/test_notebooks.py",
    "forecasting/quantiles/test_lead_time.py",
    "forecasting/orders/test_order_stream.py",
    "forecasting/judging/test_backtest_report.py",
    "forecasting/test_chunk.py",
    "api/test_forecast_runs.py",
    "api/test_forecast_watch.py",
    "api/test_jobs.py",
    "api/test_schemathesis.py",
    "api/test_webhooks_real_server.py",
    "cli/test_analyst_commands.py",
    "api/test_upgrading_beside.py",
    "api/test_real_server.py",
    "soak/test_crowd.py",
    "soak/test_steady.py",
    "cli/test_keys.py",
    "sourcing/test_full_costs.py",
    "conflicts/test_minimal_sets.py",
    "docs/test_readme.py",
    "api/test_webhook_delivery.py",
    "api/test_access.py",
    "api/test_bulk.py",
    "api/test_backup_under_load.py",
    "sourcing/test_engines_agree.py",
    "benchmarks/test_throughput.py",
    "client/test_on_the_service.py",
    "api/test_shutdown.py",
    "api/test_budget.py",
    "api/test_guide.py",
    "scenarios/test_demo_world.py",
    "client/test_kills.py",
    "sourcing/test_demands.py",
    "sourcing/test_branch_bounds.py",
    "cli/test_webhooks_listen.py",
    "docs/test_first_five_minutes.py",
)
"""Files that take long, the longest first: with one of them last, one worker would run on alone."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the files, say in which order; xdist keeps to it if told to.

    The first worker has a file for which it compiles the kernels, the others have what needs none; then come
    the long ones.
    """
    if hasattr(config, "workerinput"):
        first, *long = (HERE / name for name in LONG)
        places = {first: -2, **{path: place for place, path in enumerate(long)}}
        items.sort(key=lambda item: places.get(item.path, len(LONG) if kernels.solves(item.path) else -1))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around the time-out of a test, which would count the compiling to the first that solves."""
    if kernels.solves(item.path):
        kernels.compile_once()
    if kernels.forecasts(item.path):
        kernels.compile_forecasts()
    return (yield)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of the current schema with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = open_database(f"sqlite:///{path}", durable=False)
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def schema(postgres: Server) -> Iterator[str]:
    """A PostgreSQL database of the current schema with nothing in it, to be copied."""
    with postgres.database() as address:
        database = open_database(address, durable=False)
        database.upgrade()
        database.close()
        yield address


@pytest.fixture
def postgres_url(postgres: Server, schema: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the current schema with nothing in it."""
    with postgres.database(like=schema) as url:
        yield url
