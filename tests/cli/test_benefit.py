"""`nodewise benefit`: a table with its sentence, a document, and the service's report as it came."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.support import key, order
from tests.cli.conftest import Shop
from tests.cli.terminal import Ran, on_a_terminal

Run = Callable[..., Ran]
FROM_LONDON = [{"line": "1", "node": "LON1", "quantity": 2}]


@pytest.fixture(scope="module")
def compared(shop: Shop) -> Shop:
    """Two orders on one day that London was to ship, and Daventry would for 30 pence less each."""
    for name in ("1", "2"):
        body = order(name, ("K-17", 2), mode="shadow", baseline=FROM_LONDON)
        assert shop.client.post("/v1/orders", json=body, headers=key()).status_code == 200
    return shop


def test_piped_it_is_a_row_per_term_in_micros_and_no_note_is_lost(compared: Shop, run_here: Run) -> None:
    done = run_here("benefit", "--url", compared.url)
    assert done.code == 0, done.err
    header, *rows = [line.split("\t") for line in done.out.splitlines()]
    assert header[:4] == ["term", "baseline_micros", "nodewise_micros", "difference_micros"]
    by_term = {row[0]: [int(value) for value in row[1:4]] for row in rows}
    assert list(by_term) == ["packages", "weight", "labor", "cash", "lost_margin", "both"]
    assert by_term["both"] == [10_032_000, 9_432_000, -600_000]
    for column in range(3):
        parts = [by_term[term][column] for term in ("packages", "weight", "labor")]
        assert sum(parts) == by_term["cash"][column]
    assert "No order was decided with a price book" in done.err


def test_on_a_terminal_the_sentence_and_the_notes_stand_below_the_table(
    compared: Shop, tmp_path: Path
) -> None:
    seen = on_a_terminal("benefit", "--no-color", "--url", compared.url, cwd=tmp_path)
    assert seen.code == 0
    words = " ".join(seen.out.split())
    assert "Over 2 orders on 1 day, leaving no more units unfilled" in words
    assert "cost £0.30 less per order" in words
    assert (
        words.index("Cash and lost margin")
        < words.index("Over 2 orders")
        < words.index("No order was decided with a price book")
    )


def test_the_document_has_all_sections_and_every_note(compared: Shop, run_here: Run) -> None:
    done = run_here("benefit", "--markdown", "--url", compared.url)
    assert done.code == 0, done.err
    assert done.out.startswith("# Benefit report\n")
    assert done.out.count("The same orders as in the first table.") == 2
    for title in (
        "## Nodewise without prices of stock",
        "### Counted: ",
        "### Of these, ",
        "### All orders",
        "## How far to trust it",
    ):
        assert title in done.out
    # Both orders differ by as much: an interval would have no width.
    assert "| Cash and lost margin | £10.03 | £9.43 | −£0.60 | −£0.30 | – | – | not sure |" in done.out
    assert "not sure, for all of them differ by as much" in done.out
    notes = json.loads(run_here("benefit", "--json", "--url", compared.url).out)["notes"]
    assert [line[2:] for line in done.out.splitlines() if line.startswith("- ")] == notes


def test_days_and_channel_are_asked_for_as_they_are_given(compared: Shop, run_here: Run) -> None:
    asked = ("--from", "2026-11-01", "--to", "2026-11-14", "--channel", "app")
    printed = run_here("benefit", *asked, "--as-curl", "--url", compared.url)
    assert "/v1/benefit?from=2026-11-01&to=2026-11-14&channel=app" in printed.out
    empty = run_here("benefit", "--to", "1999-12-31", "--url", compared.url)
    assert empty.code == 0
    assert empty.out.splitlines()[1:] == []
    assert (
        "No order was compared"
        in run_here("benefit", "--to", "1999-12-31", "--markdown", "--url", compared.url).out
    )


def test_what_cannot_be_meant_is_refused(compared: Shop, run_here: Run) -> None:
    assert run_here("benefit", "--markdown", "--json", "--url", compared.url).code == 2
    assert run_here("benefit", "--from", "yesterday", "--url", compared.url).code == 2
    backward = run_here("benefit", "--from", "2026-11-02", "--to", "2026-11-01", "--url", compared.url)
    assert backward.code in (2, 3)
    assert "2026-11-01 is before 2026-11-02" in backward.err
