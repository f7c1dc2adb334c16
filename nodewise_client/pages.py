"""Lists that come in pages, as one thing to iterate over."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nodewise_client.frames import to_frame

if TYPE_CHECKING:
    import pandas as pd

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Mapping[str, Any])
Ask = Callable[[str | None], Mapping[str, Any]]


class Pages(Generic[Item]):
    """All items of a list. Each iteration asks anew, page by page as it goes."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[list[Item]]:
        """Page by page, as the service gives them."""
        cursor: str | None = None
        while True:
            answer = self._ask(cursor)
            yield answer["items"]
            cursor = answer.get("next_cursor")
            if cursor is None:
                return

    def frame(self: "Pages[Row]") -> "pd.DataFrame":
        """All items as a frame of pandas, which has to be installed."""
        return to_frame(list(self))
