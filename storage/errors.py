"""What can go wrong in keeping things. Nothing was written in either case."""

from fulfillment.errors import NodewiseError, Refused


class StorageUnavailable(NodewiseError):
    """The database is away, full, busy for too long, or of another schema version."""


class KeyTaken(NodewiseError):
    """An idempotency key was used by a transaction that committed first; its answer is the answer."""

    def __init__(self, scope: str, key: str) -> None:
        super().__init__(
            f'idempotency key "{key}" was used meanwhile', fix="Read the stored answer and return it"
        )
        self.scope = scope
        self.key = key


class LostRace(Refused):
    """Someone wrote what this transaction had read. Whoever writes together with others tries again.

    It never gets to a caller: who writes alone loses no race.
    """

    def __init__(self) -> None:
        super().__init__("another writer was faster", fix="Try again")


class StaleSnapshot(Refused):
    """What was decided rests on nodes or rates that changed meanwhile. `decide_and_write` decides anew.

    It never gets to a caller: the last attempt reads and writes in one transaction.
    """

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"the catalog is at version {found}, the decision was made at {expected}", fix="Decide again"
        )
