"""What `nodewise forecast` tells of the sales it read, and which names and ends it refuses or tells."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import Ran

Run = Callable[..., Ran]
TILLS = """sku,store,sold_at,quantity
K,LON1,2025-12-01,3
K,LON1,2025-12-29,-4
J,LON1,2025-12-29,-1
K,LON1,2026-12-01,3
"""
DATED = "sku,place,day,units\nK,LON1,2025-12-01,3\nK,LON1,2025-12-29,3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tills.csv").write_text(TILLS)
    (tmp_path / "dated.csv").write_text(DATED)
    (tmp_path / "offset.csv").write_text("sku,store,sold_at,quantity\nK,LON1,2025-12-01T10:00Z,3\n")
    (tmp_path / "returns.csv").write_text("sku,store,sold_at,quantity\nK,LON1,2025-12-01,-3\n")
    for name, skus in (("some", "KQ"), ("none", "Q")):
        rows = "".join(f"{sku},LON1,2025-12-01,,demand\n" for sku in skus)
        (tmp_path / f"{name}.csv").write_text(f"sku,place,from,until,cause\n{rows}")
    (tmp_path / "frame.csv").write_text("unique_id,ds,y,p\nK|N,2026-01-05,3,1\nK|N,2026-01-12,3,0\n")
    (tmp_path / "future.csv").write_text("ds,p\n2026-01-19,0\n")
    return tmp_path


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["tills.csv", "--end", "2026-01-05"], "1 of 4 lines is of 2026-01-05 or later, and left out"),
        (
            ["tills.csv", "--end", "2026-01-05"],
            "2 returns of 5 units were taken off, 0 where the sale was; "
            "5 units beyond what sold in their week were cut",
        ),
        (
            ["dated.csv", "--end", "2030-01-01"],
            "--end 2030-01-01: the last sale is of 2025-12-29; 209 weeks without sales follow",
        ),
        (
            ["dated.csv", "--stock-outs", "some.csv"],
            "--stock-outs some.csv: no sales are known of Q|LON1; did you mean K|LON1?; left alone",
        ),
        (
            ["dated.csv", "--zone", "LON1=Europe/London", "--zone", "QQ=Europe/Paris"],
            "--zone: no sales are known of place QQ; left alone",
        ),
    ],
)
def test_what_became_of_the_sales_is_told_and_json_stays_clean(
    run_in: Run, folder: Path, more: list[str], said: str
) -> None:
    done = run_in("forecast", "--horizon", "1", "--json", "--sales", *more, cwd=folder)
    assert done.code == 0, done.err
    assert said in done.err.splitlines()
    assert len(json.loads(done.out)) == 1


def test_sales_that_stand_as_they_were_given_are_read_without_a_word(run_in: Run, folder: Path) -> None:
    done = run_in("forecast", "--horizon", "1", "--sales", "dated.csv", "--end", "2026-02-24", cwd=folder)
    assert done.code == 0
    assert not any(word in done.err for word in ("returns", "left out", "--end"))


@pytest.mark.parametrize(
    ("more", "said", "fix"),
    [
        (["dated.csv", "--stock-outs", "none.csv"], "no sales are known of Q|LON1", "leave out --stock-outs"),
        (["dated.csv", "--zone", "LON=Europe/Paris"], "place LON; did you mean LON1?", "leave out --zone"),
        (["returns.csv"], "returns.csv: nothing was sold; all lines are returns", "with sales in them"),
        (["tills.csv", "--end", "2024-01-01"], "the first sale of tills.csv is of 2025-12-01", "--end"),
        (["offset.csv"], "no time zone is known of store LON1", "Give --zone for each place"),
        (
            ["frame.csv", "--drivers", "p", "--future", "future.csv", "--horizon", "2"],
            "future.csv: driver p of K|N is not known on 2026-01-26",
            "to 2026-01-26, with p",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_file_or_option_to_mend(
    run_in: Run, folder: Path, more: list[str], said: str, fix: str
) -> None:
    done = run_in("forecast", "--sales", *more, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert fix in done.err.splitlines()[-1]
