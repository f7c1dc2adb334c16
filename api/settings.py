"""Settings: from the environment (`NODEWISE_*`), then a TOML file, then defaults. Checked at start.

Nothing else in the code base reads the environment. Every setting stands in `docs/settings.md`.
"""

import os
import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api import field_words
from fulfillment.errors import InvalidInput
from fulfillment.nearest import did_you_mean

PREFIX = "NODEWISE_"
CONFIG_VARIABLE = "NODEWISE_CONFIG"
KEY_VARIABLE = "NODEWISE_API_KEY"  # of the command line, which calls the service; no setting
DEFAULT_FILE = Path("nodewise.toml")
_DATABASE, _CURRENCY = r"^(sqlite:///|postgresql://).+", r"^[A-Z]{3}$"
_TELEMETRY = r"^(off|https?://[^\s/?#]+/?)$"
_CLUSTER = r"^(|(tcp|tls)://[^\s/]+:\d+)$"
_SQLITE = "sqlite:///"
_PASSWORD = re.compile(r"://[^\s\"]*@(?=[^\"]*\"; must)")  # of the value, not of the example behind it
_PATTERNS = {
    _DATABASE: "sqlite:/// and the path of a file, or postgresql://user:password@host/database",
    _TELEMETRY: "off, or the address of a collector such as http://127.0.0.1:4318",
    _CLUSTER: "empty, or the address of a scheduler such as tcp://10.0.0.7:8786",
    _CURRENCY: "three capital letters such as GBP",
}


class SettingsError(InvalidInput):
    """Settings that cannot be used; `detail` names every bad one, a line each."""


class Settings(BaseSettings):
    """All settings of the service. The description of a field is its line in the documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = Field(
        f"{_SQLITE}var/nodewise.db", pattern=_DATABASE, description="Where the state is kept"
    )
    durable: bool = Field(
        True,
        description="Wait for the disk at every commit; false survives a killed process, not a power cut",
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    authentication: Literal["keys", "off"] = Field(
        "keys",
        description="Whether a request needs an API key; off only in demo mode, on loopback",
    )
    requests_per_minute: int = Field(
        6_000,
        ge=0,
        le=10_000_000,
        description="Requests a minute of one API key, counted by each process for itself; 0 is no limit",
    )
    failures_per_minute: int = Field(
        60,
        ge=0,
        le=10_000_000,
        description="Requests a minute of one address that could not be authenticated; 0 is no limit",
    )
    demo_mode: bool = Field(False, description="Allow the clock to be set through /v1/demo/clock")
    currency: str = Field("GBP", pattern=_CURRENCY, description="ISO 4217 code of every amount")
    max_body_bytes: int = Field(
        33_554_432, ge=1_024, le=1_073_741_824, description="Largest request body, in bytes"
    )
    threads: int = Field(16, ge=1, le=64, description="Requests worked on at once in one process")
    solve_milliseconds: int = Field(
        2_000,
        ge=1,
        le=600_000,
        description="Longest time for deciding one order; then the best plan found counts",
    )
    budget_milliseconds: int = Field(
        5_000,
        ge=10,
        le=1_200_000,
        description="Longest time for a whole POST /v1/orders; the header Prefer: wait asks for less",
    )
    transaction_seconds: int = Field(
        30,
        ge=1,
        le=600,
        description="Longest time for one transaction on the database; imports, feeds and jobs have 600",
    )
    drain_seconds: int = Field(
        1,
        ge=0,
        le=300,
        description="Seconds from SIGTERM, when /ready turns 503, to the end of new requests",
    )
    key_hours: int = Field(24, ge=1, le=720, description="Hours for which an Idempotency-Key is remembered")
    tidy_seconds: int = Field(
        60,
        ge=0,
        le=86_400,
        description="Seconds between tidying of expired reservations and keys; 0 is never",
    )
    telemetry: str = Field(
        "off", pattern=_TELEMETRY, description="Where spans are sent: an OTLP collector's address, or off"
    )
    webhook_seconds: float = Field(
        1.0,
        ge=0,
        le=3_600,
        description="Seconds between looks at what is to be delivered; 0 leaves it to another process",
    )
    webhook_private_targets: bool = Field(
        False,
        description="Deliver webhooks to private addresses and over http, too; demo_mode always does",
    )
    embedded_worker: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether nodewise serve runs jobs too; auto: on SQLite, not on PostgreSQL"
    )
    worker_jobs: int = Field(1, ge=1, le=16, description="Jobs that a worker runs at once")
    forecast_processes: int = Field(
        0,
        ge=0,
        le=256,
        description="Processes in which a worker forecasts a run; 0 is one for each core of the machine",
    )
    forecast_cluster: str = Field(
        "",
        pattern=_CLUSTER,
        description="Address of the Dask scheduler that forecasts instead, such as tcp://10.0.0.7:8786; "
        "empty is none",
    )
    forecast_chunk_series: int = Field(
        2_000, ge=1, le=20_000, description="Series that are forecast, and kept, together"
    )
    lease_seconds: int = Field(
        15,
        ge=1,
        le=3_600,
        description="Seconds after which a process that gives no sign counts as dead: "
        "others take over its jobs and bulk calls",
    )
    keep_orders_days: int = Field(
        730,
        ge=0,
        le=36_500,
        description="Days for which orders are kept after their last change; 0 is for ever",
    )
    keep_decisions_days: int = Field(
        365,
        ge=0,
        le=36_500,
        description="Days for which decisions are kept after the last change of their order; 0 as long as it",
    )
    keep_events_days: int = Field(
        30,
        ge=0,
        le=36_500,
        description="Days for which events, their deliveries and ended jobs are kept; 0 is for ever",
    )
    keep_audit_days: int = Field(
        730, ge=0, le=36_500, description="Days for which the audit log is kept; 0 is for ever"
    )
    keep_forecast_runs: int = Field(
        30, ge=1, le=10_000, description="Forecast runs that are kept of each grain, the newest"
    )
    keep_demand_days: int = Field(
        1_825,
        ge=0,
        le=36_500,
        description="Days for which demand is kept of what no longer sells, up to the newest step; "
        "0 is for ever",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged"
    )

    @model_validator(mode="after")
    def _authenticate(self) -> Self:
        if self.authentication == "off" and not self.demo_mode:
            raise ValueError(
                "authentication is off, which is for demo mode only: set it to keys, or set demo_mode to true"
            )
        if self.authentication == "off" and not _is_loopback(self.host):
            raise ValueError(
                f"host is {self.host} and authentication is off: listen on 127.0.0.1, "
                "or set authentication to keys"
            )
        return self

    @model_validator(mode="after")
    def _decide_within_the_budget(self) -> Self:
        if self.solve_milliseconds >= self.budget_milliseconds:
            raise ValueError(
                f"solve_milliseconds is {self.solve_milliseconds}, but budget_milliseconds leaves "
                f"{self.budget_milliseconds} for the whole request: make the budget larger than the time for "
                "deciding, which is a part of it"
            )
        return self

    @property
    def database_file(self) -> Path | None:
        """The file of `database_url`; None if the database is a server's."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE).partition("?")[0])

    @property
    def webhooks_may_be_private(self) -> bool:
        """Whether webhooks go to private addresses and over plain http."""
        return self.webhook_private_targets or self.demo_mode

    @property
    def serves_jobs(self) -> bool:
        """Whether the serving process runs jobs itself."""
        on_file = self.database_file is not None
        return self.embedded_worker == "on" or (self.embedded_worker == "auto" and on_file)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only arguments and the environment; the file is read by `load_settings`, with its errors."""
        return init_settings, env_settings


def load_settings(file: Path | None = None, **overrides: object) -> Settings:
    """Read, merge and check all sources: `overrides`, then environment, then file, then defaults.

    Parameters
    ----------
    file
        A TOML file; by default the one named by `NODEWISE_CONFIG`, else `nodewise.toml` if it exists.

    Raises
    ------
    SettingsError
        Unknown names (with the nearest known one), values out of range, a file that is not there.
    """
    from_file = _read_file(file)
    _refuse_unknown(from_file)
    from_environment = {
        name for name in Settings.model_fields if (PREFIX + name).upper() in map(str.upper, os.environ)
    }
    merged: dict[str, Any] = {k: v for k, v in from_file.items() if k not in from_environment} | overrides
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise _in_words(error, from_environment - set(overrides)) from error


def _read_file(file: Path | None) -> dict[str, Any]:
    named = os.environ.get(CONFIG_VARIABLE)
    path = file or (Path(named) if named else DEFAULT_FILE)
    if not path.is_file():
        if file is None and not named:
            return {}
        raise SettingsError(f"settings file {path} is not there", fix=f"Create it or unset {CONFIG_VARIABLE}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path}: {error}", fix="Correct the TOML") from error


def _refuse_unknown(from_file: dict[str, Any]) -> None:
    known = set(Settings.model_fields)
    in_environment = [
        name
        for name in os.environ
        if name.upper().startswith(PREFIX)
        and name.upper() not in {CONFIG_VARIABLE, KEY_VARIABLE, *map(_variable, known)}
    ]
    lines = [
        f"{name}: no such setting{did_you_mean(name, sorted(known))}"
        for name in from_file
        if name not in known
    ]
    lines += [
        f"{name}: no such setting{did_you_mean(name.upper(), sorted(map(_variable, known)))}"
        for name in in_environment
    ]
    if lines:
        raise SettingsError("\n".join(lines), fix="Correct or remove them; see docs/settings.md")


def _variable(name: str) -> str:
    return (PREFIX + name).upper()


def _in_words(error: ValidationError, from_environment: set[str]) -> SettingsError:
    """Every bad setting a line, under the name by which it was given."""
    names: list[str] = []
    lines = []
    for problem in error.errors():
        said = _PASSWORD.sub("://***@", field_words.detail(dict(problem), patterns=_PATTERNS))
        name = ".".join(map(str, problem["loc"]))
        if name:
            names.append(_variable(name) if name in from_environment else name)
            said = f"{names[-1]}: {said}"
        lines.append(said)
    fix = (
        f"Give {', '.join(names)} a value that is allowed, or leave it out to take the default"
        if names
        else "Correct the settings"
    )
    return SettingsError("\n".join(lines), fix=f"{fix}; see docs/settings.md")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
