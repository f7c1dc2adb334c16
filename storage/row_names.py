"""Which supply row a number means: of committed rows it never changes, so it is read once per process."""

from collections.abc import Mapping

from fulfillment.supply import SupplyKey

_MOST = 500_000  # some 200 MB; whoever has more rows than that reads some keys again


class RowNames:
    """Keys of committed supply rows by number, shared by all readers of a database.

    Only what a reader has seen belongs here: the number of a row that was never committed may be given
    to another.
    """

    def __init__(self) -> None:
        self._keys: dict[int, SupplyKey] = {}

    @property
    def known(self) -> Mapping[int, SupplyKey]:
        return self._keys

    def learn(self, keys: Mapping[int, SupplyKey]) -> None:
        if len(self._keys) + len(keys) > _MOST:
            self._keys = {}  # whoever reads in the one before goes on there
        self._keys.update(keys)
