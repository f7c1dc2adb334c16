"""What `nodewise doctor` looks at: one function per thing, each saying ok, warn or fail with a fix."""

import hashlib
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from api.cli.database_file import why_unusable
from api.cli.ports import why_taken
from api.settings import Settings
from fulfillment.errors import NodewiseError

SALES_SHA256 = "01048539a445196e6b0dac15134ded1623baaccc85dd4505856ba48c8754f90b"
LEAST_PYTHON = (3, 11)
PINNED = {"pandas": "2.", "ortools": "9.15", "statsforecast": "2.1", "sqlalchemy": "2.1"}


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do unless it is ok."""

    what: str
    state: State
    detail: str
    fix: str = ""


def findings(settings: Settings, *, folder: Path) -> Iterator[Finding]:
    """Look at everything, one thing after the other; nothing is left behind."""
    yield _python()
    yield from _packages()
    yield _sales_file()
    yield _folder(folder)
    yield _port(settings)
    yield _database(settings)
    yield _engines()


def _python() -> Finding:
    found = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        return Finding("python", State.FAIL, found, "Use Python 3.11 or newer")
    return Finding("python", State.OK, found)


def _packages() -> Iterator[Finding]:
    for name, wanted in PINNED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding(name, State.FAIL, "not installed", "pip install -c constraints.txt -e .")
            continue
        if found.startswith(wanted):
            yield Finding(name, State.OK, found)
        else:
            detail = f"{found}, tried with {wanted.rstrip('.')}"
            yield Finding(name, State.WARN, detail, "pip install -c constraints.txt -e .")


def _sales_file() -> Finding:
    from api.demo.sources import SALES_FILE

    what, again = "demo's sales", "Install Nodewise again: a file of it was changed"
    try:
        content = (files("api.demo") / "data" / "online_retail_ii" / SALES_FILE).read_bytes()
    except OSError as error:
        return Finding(what, State.FAIL, f"{SALES_FILE}: {error.strerror}", again)
    found = hashlib.sha256(content).hexdigest()
    if found != SALES_SHA256:
        return Finding(what, State.FAIL, f"sha256 {found[:12]}, expected {SALES_SHA256[:12]}", again)
    return Finding(what, State.OK, f"{len(content) / 1e6:.1f} MB, sha256 {found[:12]}")


def _folder(folder: Path) -> Finding:
    """Whether it can be written to, or made: then its nearest parent that is there can be written to."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        fix = "Start nodewise where it may write, or name a --database elsewhere"
        return Finding(f"{folder}/", State.FAIL, f"cannot be written to: {error.strerror}", fix)
    found = "can be written to" if there == folder else "is not there yet, and can be made"
    return Finding(f"{folder}/", State.OK, found)


def _port(settings: Settings) -> Finding:
    what = f"port {settings.port}"
    why = why_taken(settings.host, settings.port)
    if why:
        fix = "If it is no Nodewise service, give another: nodewise serve --port 8001"
        return Finding(what, State.WARN, why.lower(), fix)
    return Finding(what, State.OK, f"free on {settings.host}")


def _database(settings: Settings) -> Finding:
    from storage.database import open_database

    file = settings.database_file
    name = file if file is not None else "the PostgreSQL database"
    if file is not None:
        why = why_unusable(file)
        if why:
            return Finding("database", State.FAIL, f"{file} {why}", "Name another file with --database")
        if not file.exists():
            return Finding("database", State.OK, f"{file} is not there yet: nodewise serve makes it")
    try:
        database = open_database(settings.database_url, durable=settings.durable)
        try:
            is_current = database.is_current()
        finally:
            database.close()
    except NodewiseError as error:
        return Finding("database", State.FAIL, error.detail, error.fix)
    if not is_current:
        fix = "nodewise serve brings it up to date when it starts"
        return Finding("database", State.WARN, f"{name} has the schema of another version", fix)
    return Finding("database", State.OK, f"{name}, schema current")


def _engines() -> Finding:
    """A tiny order whose best plan is known by hand: both lines from the far node, for one parcel."""
    what, fix = "engines", "Install the pinned versions: pip install -c constraints.txt -e ."
    try:
        nodes, complaints = _solve_known_order()
    except Exception as error:  # whatever is broken in there is what we came to find
        return Finding(what, State.FAIL, f"{type(error).__name__}: {error}"[:200], fix)
    if complaints or nodes != ["far"]:
        detail = complaints[0] if complaints else f"a known order ships from {', '.join(nodes)}, not from far"
        return Finding(what, State.FAIL, detail, fix)
    return Finding(what, State.OK, "compiled, and solve a known order")


def _solve_known_order() -> tuple[list[str], list[str]]:
    """The nodes it ships from, and what is wrong with the plan."""
    from api.orders.warming import warm_up
    from fulfillment.policy import DEFAULT_POLICY
    from optimizer.sourcing import build_instance, check, source
    from scenarios.instances import two_parcels_or_one

    warm_up()
    case = two_parcels_or_one()
    instance = build_instance(
        case.order, network=case.network, policy=DEFAULT_POLICY, stock=case.stock, capacity=case.capacity
    )
    plan = source(instance).plan
    return [shipment.node for shipment in plan.shipments], check(instance, plan)
