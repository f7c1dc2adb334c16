"""Dated sales from a CSV file, for forecasts: every bad row is named at once."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.errors import CommandError
from api.cli.words import count
from forecasting.sales import weekly_sales

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("sku", "place", "day", "units")
MOST_LINES = 50


def read_sales(file: Path, *, end: date | None) -> "pd.DataFrame":
    """A forecasting frame from rows of sku, place, day (2026-11-21) and units.

    `end` is the day after the last week; by default the day after the last sale.
    """
    rows = _rows(file)
    skus, places, days, units = zip(*rows, strict=True)
    return weekly_sales(skus, places, days, units, end=end or max(days) + timedelta(days=1))


def _rows(file: Path) -> list[tuple[str, str, date, float]]:
    reader = csv.DictReader(io.StringIO(_text(file), newline=""))
    header = [name.strip() for name in reader.fieldnames or ()]
    if sorted(header) != sorted(COLUMNS):
        raise CommandError(
            f"{file}: the columns are {', '.join(header) or 'missing'}",
            fix=f"Give the columns {','.join(COLUMNS)}, separated by commas",
        )
    reader.fieldnames = header
    good: list[tuple[str, str, date, float]] = []
    bad: list[str] = []
    for row in reader:
        problems = list(_problems(row))
        if problems:
            bad += [f"line {reader.line_num}  {problem}" for problem in problems]
        else:
            day = date.fromisoformat(row["day"].strip())
            good.append((row["sku"].strip(), row["place"].strip(), day, float(row["units"])))
    if bad:
        more = [f"and {len(bad) - MOST_LINES} more"] if len(bad) > MOST_LINES else []
        raise CommandError(
            f"{file}: {count(len(bad), 'value')} cannot be read",
            fix="Correct the rows above",
            lines=[*bad[:MOST_LINES], *more],
        )
    if not good:
        raise CommandError(f"{file} has no rows", fix="Give at least one week of sales")
    return good


def _problems(row: dict[str | None, str | None]) -> "list[str]":
    if None in row or None in row.values():
        return ["has not as many values as the header"]
    found = [f"column {name}  is empty" for name in ("sku", "place") if not (row[name] or "").strip()]
    if not _is_day(str(row["day"])):
        found.append(f'column day  "{row["day"]}": a day is written 2026-11-21')
    if not _is_count(str(row["units"])):
        found.append(f'column units  "{row["units"]}": a number of units, 0 or more')
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _is_count(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", fix="Name a CSV file") from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{file} is not UTF-8: {error.reason}", fix="Save the file as CSV UTF-8"
        ) from error
