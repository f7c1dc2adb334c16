"""What can go wrong in keeping things. Nothing was written in either case."""

from fulfillment.errors import NodewiseError


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
