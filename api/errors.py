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
├── ClusterAway               the cluster that forecasts does not answer, or has gone
├── NotReady                  the database does not answer, its schema is old, or the service stops
├── Unauthenticated           no key, or one that is unknown, revoked or expired
├── Forbidden                 a key without the scope that this takes
├── RateLimited               more requests than a minute has room for
└── Refused
    ├── OrderExists           this order holds a reservation already
    ├── NothingToServe        (an InsufficientStock) the order cannot be served as asked
    ├── Infeasible            demands of order and policy cannot hold together, although there is stock
    ├── NoRoomToday           (a CapacityFull) there is stock, and no room to ship it today
    ├── JobEnded              a job that is done, or has failed, cannot be canceled
    ├── RunUnfinished         a forecast run is not done, or ended before it was
    ├── OverrideEnded         an override that has expired, or was withdrawn, cannot be withdrawn
    ├── HistoryGone           sales that a forecast was made from are not there any more
    ├── NotInDemoMode         the clock may be set in demo mode only
    ├── ClockGoesBack         the demo clock only moves forward
    ├── TransferConflict      a transfer of this id was sent, or has arrived, already
    ├── WebhooksFull          there are as many webhooks as there may be
    ├── ActivePolicyChanged   another policy is in force than the caller believes
    └── NothingToStepBackTo   no policy was in force before the present one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    """No such address, or a resource that was never seen or was purged."""


class MethodNotAllowed(NodewiseError):
    """The address exists, but not with this method."""


class NotReady(NodewiseError):
    """The process lives, but cannot serve: not yet, not now, or not any more."""


class ClusterAway(NodewiseError):
    """The cluster that forecasts is not there, or has gone."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"the Dask cluster{address and f' at {address}'} does not forecast: {why}",
            fix="Start its scheduler and workers, or leave the setting forecast_cluster empty; ask again",
        )


class Unauthenticated(NodewiseError):
    """No key, or one that is unknown, revoked or expired: which of these is not told. `sent` is whether
    there was one."""

    def __init__(self, detail: str, *, sent: bool = False) -> None:
        super().__init__(
            detail, fix="Send the header Authorization: Bearer <key>; nodewise key create makes a key"
        )
        self.sent = sent


class Forbidden(NodewiseError):
    """The key is good, but does not have the scope."""

    def __init__(self, scope: str, scopes: Sequence[str]) -> None:
        super().__init__(
            f"this takes a key with the scope {scope}; the key sent has {', '.join(scopes)}",
            fix=f"Use a key with the scope {scope}: nodewise key create NAME --scopes {scope}",
        )


class RateLimited(NodewiseError):
    """More requests than a minute has room for; `seconds` until there is room again."""

    def __init__(self, detail: str, *, seconds: int) -> None:
        super().__init__(detail, fix=f"Wait {seconds} s, as Retry-After says, then repeat the request")
        self.seconds = seconds


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


class Infeasible(Refused):
    """Demands that cannot hold together. `errors` are the lines that are short, `members` what the problem
    document has beside: the conflict, and what the order costs without each demand."""

    def __init__(
        self, detail: str, errors: Sequence[FieldError], *, members: Mapping[str, object], fix: str
    ) -> None:
        super().__init__(detail, fix=fix)
        self.errors = tuple(errors)
        self.members = members


class JobEnded(Refused):
    def __init__(self, job: str, state: str) -> None:
        super().__init__(
            f"job {job} cannot be canceled: it is {state}", fix=f"See what came of it at /v1/jobs/{job}"
        )


class RunUnfinished(Refused):
    def __init__(self, run: int, state: str, job: str) -> None:
        super().__init__(
            f"forecast run {run} is {state}, and has no forecasts to show",
            fix=f"See how it is doing at {job}",
        )


class OverrideEnded(Refused):
    def __init__(self, override: int, at: datetime, *, withdrawn: bool) -> None:
        what = "was withdrawn" if withdrawn else "expired"
        super().__init__(f"override {override} {what} at {at.isoformat()}", fix="Read the override")


class HistoryGone(Refused):
    def __init__(self, sku: str, place: str, run: int) -> None:
        super().__init__(
            f"the sales of {sku} at {place} that forecast run {run} was made from are not there any more",
            fix="Ask for the explanation of a newer run",
        )


class NotInDemoMode(Refused):
    def __init__(self, detail: str = "") -> None:
        super().__init__(
            detail
            or "the demo clock exists in demo mode only; this service runs on the clock of its database",
            fix="Start the service with NODEWISE_DEMO_MODE=true",
        )


class ClockGoesBack(Refused):
    def __init__(self, asked: str, now: str) -> None:
        super().__init__(
            f"the demo clock stands at {now} and only moves forward; {asked} is earlier",
            fix=f"Send an instant after {now}",
        )


class WebhooksFull(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"there are {most} webhooks, and no more are told of events", fix="Remove one that is not needed"
        )


class TransferConflict(Refused):
    """The id is in use, or nothing of the transfer is to come."""


class ActivePolicyChanged(Refused):
    def __init__(self, expected: str, active: str, *, since: str, by: str) -> None:
        super().__init__(
            f"policy {active} is in force, since {since}, activated by {by}; the request expected {expected}",
            fix="Read /v1/policies/active, then repeat with that version as expected_active",
        )


class NothingToStepBackTo(Refused):
    def __init__(self, active: str) -> None:
        super().__init__(
            f"policy {active} is in force, and no other was before it",
            fix="Activate the version that is wanted",
        )
