"""Rules of storage that no type checker sees."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "fulfillment",
    "compiled",
    "optimizer",
    "forecasting",
    "storage",
    "scenarios",
    "api",
    "nodewise_client",
)
ENDS_A_TRANSACTION = re.compile(r"\.(commit|begin)\(|\.autocommit")
ONLY = {
    "sqlite": re.compile(r"sqlite_master|PRAGMA|BEGIN IMMEDIATE|strftime\(|sqlalchemy\.dialects\.sqlite"),
    "postgresql": re.compile(r"pg_\w+|date_trunc|lock_timeout|sqlalchemy\.dialects\.postgresql"),
}


def files_with(pattern: re.Pattern[str], folders: tuple[str, ...]) -> set[str]:
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 10
    return {str(p.relative_to(ROOT)) for p in sources if pattern.search(p.read_text(encoding="utf-8"))}


def test_transactions_are_begun_and_committed_in_one_place() -> None:
    assert files_with(ENDS_A_TRANSACTION, PACKAGES) == {"storage/database.py"}


@pytest.mark.parametrize("name", ONLY)
def test_what_only_one_database_understands_is_in_one_file(name: str) -> None:
    assert files_with(ONLY[name], ("storage",)) == {f"storage/dialects/{name}.py"}


def test_nothing_outside_storage_speaks_sql() -> None:
    others = tuple(package for package in PACKAGES if package != "storage")
    assert files_with(re.compile(r"^\s*(import|from) sqlalchemy", re.MULTILINE), others) == set()
