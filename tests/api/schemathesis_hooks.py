"""What schemathesis sends as files: CSV as examples write it; Parquet with our columns, without, or noise."""

from io import BytesIO

import pandas as pd
import schemathesis
from hypothesis import strategies as st

_COLUMN = st.sampled_from(["order", "sku", "zone", "node", "placed_at", "quantity", "é"])
_CELL = st.sampled_from(["K-17", "UK-SE", "2026-11-16T10:00:00", "3", "-1", "", "\0"])


@st.composite
def parquet_files(draw: st.DrawFn) -> bytes:
    columns = draw(st.lists(_COLUMN, unique=True, max_size=6))
    count = draw(st.integers(0, 3))
    cells = {name: draw(st.lists(_CELL, min_size=count, max_size=count)) for name in columns}
    file = BytesIO()
    pd.DataFrame(cells).to_parquet(file)
    return file.getvalue()


schemathesis.openapi.media_type("application/vnd.apache.parquet", parquet_files() | st.binary(max_size=64))


@schemathesis.serializer("text/csv")
def as_written(_context: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")
