"""Demand from files: CSV, Parquet and frames make the same bytes; what cannot be read is named by line."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from api.demand import csv_tables, parquet_tables
from api.demand.files import read_history_file, read_sales_file, read_stock_out_file
from forecasting.history import Grain, History
from forecasting.reading.frame import read_frame
from forecasting.reading.sales import frame_of_sales
from forecasting.reading.sales_lines import DATED_SALES, ORDER_LINES, WALK_IN_SALES, SalesLines, read_lines
from fulfillment.errors import InvalidInput

MONDAY = date(2011, 5, 23)
END = MONDAY + timedelta(days=7)


@pytest.fixture
def write(tmp_path):
    def make(name: str, text: str) -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return make


def bytes_of(history: History) -> tuple[object, ...]:
    drivers = history.drivers
    return (
        history.ids,
        *(part.tobytes() for part in (history.starts, history.units, history.state)),
        history.last,
        history.grain,
        None if drivers is None else (drivers.names, drivers.values.tobytes(), drivers.ahead),  # noqa: PD011 - an array
        history.attributes.texts,
        {name: told.tobytes() for name, told in history.attributes.numbers.items()},
    )


def lines_of(lines: SalesLines) -> tuple[object, ...]:
    arrays = (lines.sku, lines.place, lines.units, lines.when, lines.order_codes)
    return (lines.skus, lines.places, lines.orders, *(array.tobytes() for array in arrays))


# --- the same bytes ------------------------------------------------------------------------------------
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1
)


@st.composite
def frames(draw) -> pd.DataFrame:
    """Ready frames of a few series that end together, in any order, with flags and two drivers."""
    pairs = draw(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=4, unique=True))
    parts = []
    for sku, place in pairs:
        length = draw(st.integers(1, 6))
        y = draw(st.lists(st.integers(0, 10**6), min_size=length, max_size=length))
        hit = draw(st.integers(0, length))  # the first of them; the flag never covers all
        parts.append(
            pd.DataFrame(
                {
                    "unique_id": f"{sku}|{place}",
                    "ds": pd.date_range(end=MONDAY, periods=length, freq="7D").astype("datetime64[ns]"),
                    "y": y,
                    "stocked_out": [0 < step < hit for step in range(length)],
                    "sold_out": [step == 0 for step in range(length)],
                    "promotion": draw(st.lists(st.booleans(), min_size=length, max_size=length)),
                    "price": draw(
                        st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=length, max_size=length)
                    ),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame.iloc[draw(st.permutations(range(len(frame))))].reset_index(drop=True)


@settings(max_examples=40)
@given(frame=frames(), prices=st.lists(st.floats(0, 1e6), min_size=2, max_size=2))
def test_a_ready_frame_is_the_same_from_csv_parquet_and_pandas(tmp_path_factory, frame, prices):
    folder = tmp_path_factory.mktemp("frames")
    ahead = pd.date_range(END, periods=2, freq="7D")
    future = pd.DataFrame({"ds": ahead, "promotion": [True, False], "price": prices})
    items = pd.DataFrame({"sku": frame["unique_id"].str.split("|").str[0].unique()})
    items = items.assign(category=[f"kind {i}" for i in range(len(items))], weight=np.arange(len(items)) / 3)
    tables = {"sales": frame, "future": future, "items": items}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
        table.to_parquet(folder / f"{name}.parquet")
    drivers = ["promotion", "price"]
    wanted = read_frame(frame, drivers=drivers, future=future, attributes=items, horizon=2)
    for kind in ("csv", "parquet"):
        read = read_history_file(
            folder / f"sales.{kind}",
            drivers=drivers,
            future=folder / f"future.{kind}",
            attributes=[folder / f"items.{kind}"],
            horizon=2,
        )
        assert bytes_of(read) == bytes_of(wanted)


ZONES = {"N": "Europe/London", "S": "America/St_Johns"}


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "a b"]),
            NAMES,
            st.sampled_from(sorted(ZONES)),
            st.datetimes(datetime.fromisoformat("2011-01-01"), datetime.fromisoformat("2011-06-30")),
            st.integers(-9, 99),
        ),
        min_size=1,
        max_size=30,
    ),
    has_offset=st.booleans(),
    at_once=st.integers(1, 7),
)
def test_order_lines_are_the_same_from_csv_parquet_and_pandas(tmp_path_factory, rows, has_offset, at_once):
    frame = pd.DataFrame(rows, columns=["order", "sku", "zone", "placed_at", "quantity"])
    if has_offset:
        frame["placed_at"] = frame["placed_at"].dt.tz_localize(UTC)
    folder = tmp_path_factory.mktemp("lines")
    stamp = [instant.isoformat() for instant in frame["placed_at"]]
    frame.assign(placed_at=stamp).to_csv(folder / "lines.csv", index=False)
    frame.to_parquet(folder / "lines.parquet")
    wanted = read_lines(frame, ORDER_LINES, zones=ZONES)
    with pytest.MonkeyPatch.context() as patch:  # pieces of a few rows, as of a large file
        patch.setattr(csv_tables.pieces_of, "__kwdefaults__", {"rows_at_once": at_once})
        patch.setattr(parquet_tables.frames_of, "__kwdefaults__", {"rows_at_once": at_once})
        from_csv = read_sales_file(folder / "lines.csv", ORDER_LINES, zones=ZONES)
        from_parquet = read_sales_file(folder / "lines.parquet", ORDER_LINES, zones=ZONES)
    assert lines_of(from_csv) == lines_of(from_parquet) == lines_of(wanted)
    frame_of_csv, report = frame_of_sales(from_csv, end=END, grain=Grain.DAY)
    frame_of_frame, same = frame_of_sales(wanted, end=END, grain=Grain.DAY)
    pd.testing.assert_frame_equal(frame_of_csv, frame_of_frame)
    assert report == same


def test_walk_in_sales_may_have_receipts_or_none(write):
    with_receipts = write(
        "a.csv", "receipt,sku,store,sold_at,quantity\n7,K,LON1,2011-05-24T09:30:00,2\n,K,LON1,2011-05-25,1\n"
    )
    lines = read_sales_file(with_receipts, WALK_IN_SALES)
    assert (lines.orders, lines.order_codes.tolist()) == (("7",), [0, -1])
    without = write("b.csv", "sku,store,sold_at,quantity\nK,LON1,2011-05-24T09:30:00,2\n")
    assert read_sales_file(without, WALK_IN_SALES).order_codes.tolist() == [-1]


def test_days_of_parquet_are_days(tmp_path):
    table = pa.table(
        {
            "unique_id": ["a|x", "a|x"],
            "ds": [MONDAY - timedelta(days=7), MONDAY],
            "y": pa.array([1, 2], pa.int32()),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    assert read_history_file(tmp_path / "a.parquet").last == MONDAY
    dated = pa.table({"sku": ["a"], "place": ["x"], "day": [MONDAY], "units": [1.0]})
    parquet.write_table(dated, tmp_path / "b.pq")
    assert read_sales_file(tmp_path / "b.pq", DATED_SALES).when.tolist() == [pd.Timestamp(2011, 5, 23)]


def test_an_index_that_pandas_wrote_and_words_of_a_dictionary_are_no_trouble(tmp_path):
    frame = pd.DataFrame({"unique_id": ["a|x"], "ds": [pd.Timestamp(MONDAY)], "y": [1]}, index=[17])
    frame.astype({"unique_id": "category"}).to_parquet(tmp_path / "a.parquet")
    assert read_history_file(tmp_path / "a.parquet").ids == ("a|x",)


def test_a_text_file_of_a_spreadsheet_is_read(tmp_path):
    file = tmp_path / "sales.csv"
    file.write_bytes("\ufeffsku, place ,day,units\r\n K ,N,2011-05-24, 2 \r\n\r\n".encode())
    lines = read_sales_file(file, DATED_SALES)
    assert (lines.skus, lines.places, lines.units.tolist()) == (("K",), ("N",), [2])


# --- what cannot be read -------------------------------------------------------------------------------
def test_every_bad_line_is_named_by_the_line_it_stands_in(write):
    file = write(
        "sales.csv",
        'sku,place,day,units\n"K\nL",N,2011-05-24,1\nK,N,24/05/2011,x\n\nK,N,2011-05-24\n,N,2011-05-24,-1\n',
    )
    with pytest.raises(InvalidInput) as caught:
        read_sales_file(file, DATED_SALES)
    assert caught.value.detail.splitlines() == [
        f"{file}: 5 values cannot be read",
        'line 4  column day  "24/05/2011": a day is written 2026-11-21',
        'line 4  column units  "x": a number of units, 0 or more',
        "line 6  has not as many values as the header",
        "line 7  column sku  is empty",
        'line 7  column units  "-1": a number of units, 0 or more',
    ]


def test_of_many_bad_lines_twenty_are_named_and_all_counted_over_all_pieces(write):
    rows = "".join(f"K,N,2011-05-24,bad{i}\n" for i in range(120_000))
    with pytest.raises(InvalidInput) as caught:
        read_sales_file(write("sales.csv", "sku,place,day,units\n" + rows), DATED_SALES)
    first, *lines, last = caught.value.detail.splitlines()
    assert first.endswith("120,000 values cannot be read")
    assert lines[0] == 'line 2  column units  "bad0": a number of units, 0 or more'
    assert len(lines) == 20
    assert last == "and 119,980 more"


def test_a_bad_row_of_parquet_is_named_by_its_row(tmp_path):
    frame = pd.DataFrame({"sku": "K", "place": "N", "day": pd.Timestamp(MONDAY), "units": [1.0, np.nan]})
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InvalidInput, match="row 1  column units  nan"):
        read_sales_file(tmp_path / "a.parquet", DATED_SALES)


READY = "unique_id,ds,y\na|x,2011-05-16,1\na|x,2011-05-23,2\n"


@pytest.mark.parametrize(
    ("text", "said", "pointer"),
    [
        (READY + "a|x,2011-05-30,-1\n", ", line 4: column y, row 2: -1.0 is negative", "/2/y"),
        (READY + "a|x,2011-05-23,4\n", ", line 4: column ds, row 2: a|x has two rows", "/2/ds"),
        (READY + "a|x,2011-05-30,\n", ", line 4: column y, row 2: nan is missing", "/2/y"),
        (READY + ",2011-05-30,1\n", ", line 4: column unique_id, row 2:", "/2/unique_id"),
        (READY + "a|x,2011-05-30,x\n", 'line 4  column y  "x": a number', "/4/y"),
        (READY + "a|x,30.5.2011,1\n", 'line 4  column ds  "30.5.2011": a day is written', "/4/ds"),
        (READY + "a|x,2011-05-30\n", "line 4  has not as many values", "/4"),
        (READY.replace("y\n", "z\n", 1), "column y is missing", "/y"),
        (READY.splitlines()[0] + "\n", "the frame has no rows", "/"),
        ("", "column unique_id is missing", "/unique_id"),
    ],
)
def test_a_bad_ready_file_is_named_with_its_line(text, said, pointer, write):
    file = write("frame.csv", text)
    with pytest.raises(InvalidInput) as caught:
        read_history_file(file)
    assert caught.value.detail.startswith(str(file))
    assert said in caught.value.detail
    assert caught.value.pointer == pointer


def test_a_bad_future_file_is_named_with_its_own_line(write):
    sales = write(
        "sales.csv", READY.replace("y\n", "y,price\n", 1).replace(",1\n", ",1,9\n").replace(",2\n", ",2,9\n")
    )
    future = write("future.csv", "ds,price\n2011-05-30,1\n2011-06-06,cheap\n")
    with pytest.raises(InvalidInput) as caught:
        read_history_file(sales, drivers=["price"], future=future, horizon=2)
    assert caught.value.detail.startswith(f"{future}, line 2: future: column price, row 0: '1' is text")
    short = write("future.csv", "ds,price\n2011-05-30,1\n")
    with pytest.raises(InvalidInput, match=r"price of a\|x is not known on 2011-06-06"):
        read_history_file(sales, drivers=["price"], future=short, horizon=2)


def test_bad_attributes_name_their_file(write):
    sales, items = write("sales.csv", READY), write("items.csv", "sku,kind\na,tea\na,mug\n")
    with pytest.raises(InvalidInput) as caught:
        read_history_file(sales, attributes=[items])
    assert caught.value.detail == f"{items}, line 3: attributes: column sku, row 1: a is in rows 0 and 1"


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet"])
def test_a_file_that_is_not_there_is_named(name, tmp_path):
    with pytest.raises(InvalidInput, match=f"{name} cannot be read: No such file"):
        read_sales_file(tmp_path / name, DATED_SALES)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.parquet", b"sku,place,day,units\n", "is no Parquet file"),
        ("a.csv", b"\xff\xfe\x00", "is not UTF-8"),
        ("a.csv", b'sku,place,day,units\n"K,N,2011-05-24,1\n', "is no CSV: unexpected end of data"),
        ("a.csv", b"", "the columns are missing"),
        ("a.csv", b"sku,place,day,units\n", "there are no rows"),
    ],
)
def test_a_file_of_another_kind_is_refused(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_sales_file(tmp_path / name, DATED_SALES)
    assert said in caught.value.detail


# --- stock-outs ----------------------------------------------------------------------------------------
OUTS = (
    "sku,place,from,until,cause\nK,N,2011-05-24T09:00:00Z,,demand\n"
    "L,N,2011-05-24T09:00:00Z,2011-05-25T09:00:00Z,supply\n"
)


def test_stock_outs_are_the_same_from_csv_and_parquet(write, tmp_path):
    outs = read_stock_out_file(write("outs.csv", OUTS), zones=ZONES)
    assert outs.ids == ("K|N", "L|N")
    assert outs.start.tolist() == [pd.Timestamp(2011, 5, 24, 10)] * 2
    assert outs.until.tolist() == [None, pd.Timestamp(2011, 5, 25, 10)]
    assert outs.by_demand == (True, False)
    frame = pd.read_csv(tmp_path / "outs.csv", parse_dates=["from", "until"])
    frame.to_parquet(tmp_path / "outs.parquet")
    same = read_stock_out_file(tmp_path / "outs.parquet", zones=ZONES)
    assert (same.ids, same.by_demand) == (outs.ids, outs.by_demand)
    assert same.start.tobytes() + same.until.tobytes() == outs.start.tobytes() + outs.until.tobytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("demand", "theft"), 'line 2  column cause  "theft": supply or demand'),
        ((",,", ",soon,"), 'line 2  column until  "soon": an instant is'),
        (("L,N", "N"), "line 3 has not as many values"),
        (("cause", "why"), "column cause is missing"),
    ],
)
def test_bad_stock_outs_are_named_by_line(change, said, write):
    with pytest.raises(InvalidInput) as caught:
        read_stock_out_file(write("outs.csv", OUTS.replace(*change, 1)), zones=ZONES)
    assert said in caught.value.detail
