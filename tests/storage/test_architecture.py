"""Rules of storage that no type checker sees."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("fulfillment", "optimizer", "forecasting", "storage", "scenarios", "api")
ENDS_A_TRANSACTION = re.compile(r"\.(commit|begin)\(|\.autocommit")
SQLITE_ONLY = re.compile(r"sqlite_master|PRAGMA|BEGIN IMMEDIATE|strftime\(|dialects\.sqlite")


def files_with(pattern: re.Pattern[str], folders: tuple[str, ...]) -> set[str]:
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 10
    return {str(p.relative_to(ROOT)) for p in sources if pattern.search(p.read_text(encoding="utf-8"))}


def test_transactions_are_begun_and_committed_in_one_place() -> None:
    assert files_with(ENDS_A_TRANSACTION, PACKAGES) == {"storage/database.py"}


def test_what_only_sqlite_understands_is_in_one_file() -> None:
    assert files_with(SQLITE_ONLY, ("storage",)) == {"storage/dialect.py"}


def test_nothing_outside_storage_speaks_sql() -> None:
    others = tuple(package for package in PACKAGES if package != "storage")
    assert files_with(re.compile(r"^\s*(import|from) sqlalchemy", re.MULTILINE), others) == set()
