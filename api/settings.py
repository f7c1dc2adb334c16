"""Settings: from the environment (`NODEWISE_*`), then a TOML file, then defaults. Checked at start.

Nothing else in the code base reads the environment. Every setting stands in `docs/settings.md`.
"""

import os
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
DEFAULT_FILE = Path("nodewise.toml")
_DATABASE, _CURRENCY = r"^(sqlite:///|postgresql://).+", r"^[A-Z]{3}$"
_SQLITE = "sqlite:///"
_PATTERNS = {
    _DATABASE: "sqlite:/// and the path of a file, or postgresql://user:password@host/database",
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
    host: str = Field("127.0.0.1", description="Address to listen on; only loopback unless allow_remote")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    allow_remote: bool = Field(
        False, description="Listen beyond loopback although requests are not authenticated"
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
    key_hours: int = Field(24, ge=1, le=720, description="Hours for which an Idempotency-Key is remembered")
    tidy_seconds: int = Field(
        60,
        ge=0,
        le=86_400,
        description="Seconds between tidying of expired reservations and keys; 0 is never",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged"
    )

    @model_validator(mode="after")
    def _stay_on_loopback(self) -> Self:
        if not self.allow_remote and not _is_loopback(self.host):
            raise ValueError(
                f"host is {self.host}, but requests are not authenticated yet: "
                "listen on 127.0.0.1, or set allow_remote to true behind a gateway of your own"
            )
        return self

    @property
    def database_file(self) -> Path | None:
        """The file of `database_url`; None if the database is a server's."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE).partition("?")[0])

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
        if name.upper().startswith(PREFIX) and name.upper() not in {CONFIG_VARIABLE, *map(_variable, known)}
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
        said = field_words.detail(dict(problem), patterns=_PATTERNS)
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
