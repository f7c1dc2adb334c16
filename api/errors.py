"""What can go wrong at the edge, as a tree beside `fulfillment.errors`. No status codes here.

NodewiseError
├── InvalidInput
│   ├── MalformedBody         the body is not JSON, not UTF-8 or not CSV at all
│   ├── Unprocessable         fields that cannot be meant, all of them named
│   │   └── UnknownNames      names that were never imported, all of them named
│   ├── KeyMissing            a writing POST without Idempotency-Key
│   ├── KeyMismatch           a key used before with another request
│   ├── TooLarge              more bytes or rows than the published cap
│   └── UnsupportedMediaType  a content type this address does not read
├── NotFound                  no such address or resource
├── MethodNotAllowed          the address exists, the method does not
├── NotReady                  the database does not answer, or its schema is not current
└── Refused
    ├── OrderExists           this order holds a reservation already
    ├── NothingToServe        (an InsufficientStock) the order cannot be served as asked
    ├── NoRoomToday           (a CapacityFull) there is stock, and no room to ship it today
    ├── NotInDemoMode         the clock may be set in demo mode only
    └── ClockGoesBack         the demo clock only moves forward
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.errors import CapacityFull, InsufficientStock, InvalidInput, NodewiseError, Refused


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: where (`pointer`; in a CSV also `line` and `column`), what, and what is allowed."""

    pointer: str
    detail: str
    allowed: str = ""
    value: str = ""
    line: int | None = None
    column: str = ""


class MalformedBody(InvalidInput):
    """A body that cannot be read at all."""


class Unprocessable(InvalidInput):
    """One or more fields that cannot be meant; `errors` names every one."""

    def __init__(self, detail: str, errors: Sequence[FieldError], *, fix: str) -> None:
        super().__init__(detail, fix=fix, pointer=errors[0].pointer if errors else "")
        self.errors = tuple(errors)


class UnknownNames(Unprocessable):
    """One or more names that were never imported; each with the nearest known one."""


class KeyMissing(InvalidInput):
    def __init__(
        self, detail: str = "this request writes, and the header Idempotency-Key is missing"
    ) -> None:
        super().__init__(
            detail,
            fix="Send the header Idempotency-Key: 1 to 255 visible ASCII characters, a new one for each new "
            "request, the same one when you repeat a request",
        )


class KeyMismatch(InvalidInput):
    """The key was used before; `pointer` is the first field that differs from the first request."""

    def __init__(self, key: str, difference: str, *, pointer: str) -> None:
        super().__init__(
            f"Idempotency-Key {key} was used before with another request: {difference}",
            fix="Use a new key for a new request, or repeat the first request unchanged",
            pointer=pointer,
        )


class TooLarge(InvalidInput):
    """More than the published cap."""


class UnsupportedMediaType(InvalidInput):
    def __init__(self, found: str, allowed: str) -> None:
        seen = f'content type "{found}"' if found else "a body without Content-Type"
        super().__init__(f"{seen} cannot be read here", fix=f"Send Content-Type: {allowed}")
        self.allowed = allowed


class NotFound(NodewiseError):
    """No such address, or a resource that was never seen."""


class MethodNotAllowed(NodewiseError):
    """The address exists, but not with this method."""


class NotReady(NodewiseError):
    """The process lives, but cannot serve yet."""


class OrderExists(Refused):
    def __init__(self, order: str, state: str) -> None:
        super().__init__(
            f"order {order} is {state} already; an order is reserved once",
            fix="Read it at /v1/orders/{order}, confirm or cancel it, or send a new order id".replace(
                "{order}", order
            ),
        )


class NothingToServe(InsufficientStock):
    """No unit can be served, or fewer than all of an order that is to be filled whole."""

    def __init__(self, detail: str, errors: Sequence[FieldError], *, fix: str) -> None:
        super().__init__((), detail)
        self.errors = tuple(errors)
        self.fix = fix


class NoRoomToday(CapacityFull):
    """There is stock for the order, but the days of the nodes that hold it are full."""

    def __init__(self, detail: str, errors: Sequence[FieldError], *, fix: str) -> None:
        super().__init__(())
        self.detail = detail
        self.errors = tuple(errors)
        self.fix = fix


class NotInDemoMode(Refused):
    def __init__(self) -> None:
        super().__init__(
            "the demo clock exists in demo mode only; this service runs on the clock of its database",
            fix="Start the service with NODEWISE_DEMO_MODE=true",
        )


class ClockGoesBack(Refused):
    def __init__(self, asked: str, now: str) -> None:
        super().__init__(
            f"the demo clock stands at {now} and only moves forward; {asked} is earlier",
            fix=f"Send an instant after {now}",
        )
