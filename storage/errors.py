"""What can go wrong in keeping things. Nothing was written, but for `OutcomeUnknown`, which says so."""

from fulfillment.errors import NodewiseError, Refused


class StorageUnavailable(NodewiseError):
    """The database is away, full, busy for too long, or of another schema version."""


class OutOfTime(StorageUnavailable):
    """The database did not answer before the deadline of whoever asked; nothing was written."""


class OutcomeUnknown(StorageUnavailable):
    """The connection broke between the order to commit and its answer: all was written, or nothing."""


class StorageBusy(StorageUnavailable):
    """Others held a lock for too long; the same can work in a moment."""


class KeyTaken(NodewiseError):
    """An idempotency key was used by a transaction that committed first; its answer is the answer."""

    def __init__(self, scope: str, key: str) -> None:
        super().__init__(
            f'idempotency key "{key}" was used meanwhile', fix="Read the stored answer and return it"
        )
        self.scope = scope
        self.key = key


class KeyHeld(KeyTaken):
    """A request under the key is at work, in this process or another; it has `seconds` left to say so."""

    def __init__(self, scope: str, key: str, *, seconds: float) -> None:
        super().__init__(scope, key)
        self.detail = f'a request with idempotency key "{key}" is at work'
        self.fix = "Repeat the request with the same Idempotency-Key after the seconds of Retry-After"
        self.seconds = seconds


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
