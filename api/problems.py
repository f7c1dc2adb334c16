"""The one table from error class to problem type, and the RFC 9457 document made from an error.

Nothing else in the service knows a status code for an error. Every type has a page at
`/problems/{slug}` and a row in `docs/errors.md`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api import errors as edge
from api.errors import FieldError
from fulfillment import errors as core
from fulfillment.errors import NodewiseError
from fulfillment.supply import CapacityKey, SupplyKey
from storage.errors import KeyTaken, LostRace, StaleSnapshot, StorageUnavailable

MEDIA_TYPE = "application/problem+json"


class Retry(StrEnum):
    """Whether the same request can work later."""

    NO = "no"  # not unless the request changes
    AFTER = "after"  # read the state again, then ask again
    SAME_KEY = "same-key"  # repeat as it was, with the same Idempotency-Key


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of refusal: its name in the URL, status, title, and what it means (for its page)."""

    slug: str
    status: int
    title: str
    meaning: str
    retry: Retry = Retry.NO
    fix: str = ""


INTERNAL = ProblemType(
    "internal",
    500,
    "Something broke inside the service",
    "A fault of the service, not of the request. The transaction was rolled back and nothing was written. "
    "The log has the cause under the request id.",
    Retry.SAME_KEY,
    "Repeat the request with the same Idempotency-Key; if it fails again, report the request id",
)

REVISION_CONFLICT = ProblemType(
    "revision-conflict",
    409,
    "The order changed meanwhile",
    "The request named a revision of the order that is no longer the newest.",
    Retry.AFTER,
    "Read the order again, then repeat",
)

UNKNOWN_REFERENCE = ProblemType(
    "unknown-reference",
    422,
    "A name that is not known",
    "The request names a sku, node, zone or order line that was never imported or seen. Every such name "
    "is listed, each with the nearest known one.",
    Retry.NO,
    "Import it first, or correct its id",
)

TABLE: Mapping[type[NodewiseError], ProblemType] = {
    core.InsufficientStock: ProblemType(
        "insufficient-stock",
        409,
        "Not enough stock",
        "No unit of the order can be served now, or the order asked to be filled whole and cannot be, or the "
        "last unit went to another order at this instant. Each short line is named with what is available.",
        Retry.AFTER,
        "Ask for less, accept a part, or ask again after the next delivery",
    ),
    core.CapacityFull: ProblemType(
        "capacity-full",
        409,
        "A node's day is full",
        "There is stock, but the nodes that hold it have no room left on the shipping day, the last slot of "
        "the day has ended, or the last of the room went to another order at this instant.",
        Retry.AFTER,
        "Ask again on another day, or raise units_per_day of the nodes, or the units of their slots",
    ),
    core.RevisionConflict: REVISION_CONFLICT,
    StaleSnapshot: REVISION_CONFLICT,
    LostRace: REVISION_CONFLICT,
    core.ReservationExpired: ProblemType(
        "reservation-expired",
        409,
        "The reservation has expired",
        "A reservation is soft: it ends at its expires_at. The stock went back and may have gone.",
        Retry.NO,
        "Reserve again",
    ),
    core.IllegalTransition: ProblemType(
        "illegal-transition",
        409,
        "The order is not in a state that allows this",
        "For example: to ship what was not confirmed, or to cancel what has left.",
        Retry.NO,
        "Read the order to see its state",
    ),
    edge.Infeasible: ProblemType(
        "infeasible",
        422,
        "What is demanded cannot hold together",
        "There is stock, but hard rules of the policy and what the order demands exclude each other. They "
        "are in conflict[]: without any one of them the others can hold. What the order costs without each "
        "is in relaxations[].",
        Retry.NO,
        "Drop one demand that is listed",
    ),
    edge.OrderExists: ProblemType(
        "order-exists",
        409,
        "This order holds a reservation already",
        "An order id is reserved or committed once. It can be reserved again after it was canceled or its "
        "reservation expired.",
        Retry.NO,
        "Confirm or cancel the order, or send a new order id",
    ),
    edge.JobEnded: ProblemType(
        "job-ended",
        409,
        "The job has ended",
        "A job can be canceled while it waits or runs. What it has done stays done.",
        Retry.NO,
        "Read the job and its results",
    ),
    edge.RunUnfinished: ProblemType(
        "run-unfinished",
        409,
        "The forecast run is not done",
        "A run has forecasts to show when it is done. One that was canceled or has failed never will.",
        Retry.AFTER,
        "Read the run, and ask again when its state is done; or take another run",
    ),
    edge.OverrideEnded: ProblemType(
        "override-ended",
        409,
        "The override holds no more",
        "An override can be withdrawn while it holds. One that has expired or was withdrawn stays as it is.",
        Retry.NO,
        "Read the override",
    ),
    edge.HistoryGone: ProblemType(
        "history-gone",
        409,
        "What it was made from is gone",
        "A forecast is explained from the sales it was made from. These were replaced or forgotten since.",
        Retry.NO,
        "Ask for the explanation of a newer run",
    ),
    edge.NotInDemoMode: ProblemType(
        "not-in-demo-mode",
        403,
        "Only in demo mode",
        "The demo's clock and orders are in demo mode only. Otherwise the clock of the database counts.",
        Retry.NO,
        "Start the service with NODEWISE_DEMO_MODE=true",
    ),
    edge.ClockGoesBack: ProblemType(
        "clock-goes-back",
        409,
        "The demo clock only moves forward",
        "Reservations and promises are dated; a clock that went back would make them wrong.",
        Retry.NO,
        "Send a later instant",
    ),
    edge.TransferConflict: ProblemType(
        "transfer-conflict",
        409,
        "The transfer is not as the request takes it to be",
        "A transfer, or another inbound, of this id is known already; or all of the transfer has arrived.",
        Retry.NO,
        "Read the transfer",
    ),
    edge.WebhooksFull: ProblemType(
        "webhooks-full",
        409,
        "There are as many webhooks as there may be",
        "Every event is delivered to each webhook, so their number is bounded.",
        Retry.NO,
        "Remove one that is not needed",
    ),
    edge.ActivePolicyChanged: ProblemType(
        "version-conflict",
        409,
        "Another policy is in force",
        "The request named the version that it believes in force, and another one is: which, since when and "
        "activated by whom, the detail says.",
        Retry.AFTER,
        "Read /v1/policies/active, then repeat",
    ),
    edge.NothingToStepBackTo: ProblemType(
        "nothing-to-step-back-to",
        409,
        "No policy was in force before",
        "A step back brings back the version that was in force before the present one, and there is none.",
        Retry.NO,
        "Activate the version that is wanted",
    ),
    core.FeedBehind: ProblemType(
        "feed-behind",
        409,
        "A stock feed has waited too long for a message",
        "More messages have come after a missing one than are kept for it, or there are too many gaps. "
        "Nothing of this message was applied.",
        Retry.AFTER,
        "Send what is missing, oldest first, or a full snapshot",
    ),
    core.UnknownReference: UNKNOWN_REFERENCE,
    edge.UnknownNames: UNKNOWN_REFERENCE,
    edge.Unprocessable: ProblemType(
        "validation",
        422,
        "Fields that cannot be meant",
        "A field is missing, unknown, of the wrong kind or out of range. Every such field is named with its "
        "pointer and what is allowed; in a CSV also with its line and column. Nothing was written.",
        Retry.NO,
        "Correct the fields listed in errors",
    ),
    edge.KeyMissing: ProblemType(
        "idempotency-key-missing",
        400,
        "A writing request without a key",
        "Every POST that writes needs the header Idempotency-Key, so that it can be repeated safely when the "
        "answer was lost.",
        Retry.NO,
        "Send the header Idempotency-Key",
    ),
    edge.KeyMismatch: ProblemType(
        "idempotency-mismatch",
        422,
        "The key was used with another request",
        "The same Idempotency-Key came with another body or address. The first differing field is named.",
        Retry.NO,
        "Use a new key for a new request",
    ),
    edge.MalformedBody: ProblemType(
        "malformed-body",
        400,
        "The body cannot be read",
        "The body is not JSON or CSV, or not UTF-8. The place is named. NaN, Infinity, numbers over 40 "
        "digits, repeated names in one object and very deep nesting are not accepted.",
        Retry.NO,
        "Send well-formed JSON, or CSV in UTF-8",
    ),
    edge.TooLarge: ProblemType(
        "too-large",
        413,
        "More than the cap",
        "The body has more bytes, or the file more rows, than the published cap.",
        Retry.NO,
        "Send it in parts",
    ),
    edge.UnsupportedMediaType: ProblemType(
        "unsupported-media-type",
        415,
        "A content type that is not read here",
        "Bodies are application/json; imports also read text/csv.",
        Retry.NO,
        "Send Content-Type: application/json",
    ),
    core.InvalidInput: ProblemType(
        "invalid-input",
        422,
        "A request that cannot be meant",
        "The fields are well formed one by one, but not together.",
        Retry.NO,
        "Correct the field at the pointer",
    ),
    edge.NotFound: ProblemType(
        "not-found",
        404,
        "Nothing here",
        "There is no such address, or the resource was never seen or was purged.",
        Retry.NO,
        "See /docs for the addresses",
    ),
    edge.MethodNotAllowed: ProblemType(
        "method-not-allowed",
        405,
        "The address does not know this method",
        "The header Allow names the methods it knows.",
        Retry.NO,
        "See /docs for the methods",
    ),
    edge.Unauthenticated: ProblemType(
        "unauthenticated",
        401,
        "Who are you?",
        "The address needs an API key in the header Authorization, and there is none, or it is unknown, "
        "revoked or expired.",
        Retry.NO,
        "Send the header Authorization: Bearer <key>",
    ),
    edge.Forbidden: ProblemType(
        "forbidden",
        403,
        "The key may not do this",
        "The key is good, but the address takes another scope, which is named.",
        Retry.NO,
        "Use a key with the scope that is named",
    ),
    edge.RateLimited: ProblemType(
        "rate-limited",
        429,
        "Too many requests in a minute",
        "The key, or the address of a caller without one, has sent more requests within a minute than it "
        "may, or too many that could not be authenticated. Nothing was done; Retry-After says when there is "
        "room again.",
        Retry.SAME_KEY,
        "Wait as long as Retry-After says, then repeat the request",
    ),
    edge.NotReady: ProblemType(
        "not-ready",
        503,
        "Not ready to serve",
        "The process lives, but it is shutting down, its database does not answer, or the schema is not "
        "current.",
        Retry.AFTER,
        "Send requests elsewhere until it is ready; if the schema is old, start the service again",
    ),
    edge.ClusterAway: ProblemType(
        "cluster-away",
        503,
        "The forecasting cluster does not answer",
        "The setting forecast_cluster names a Dask scheduler that cannot be reached, or that has lost the "
        "work it was given. What was forecast by then is kept.",
        Retry.AFTER,
        "Start the cluster, or leave the setting empty to forecast on processes of the worker",
    ),
    StorageUnavailable: ProblemType(
        "storage-unavailable",
        503,
        "The database does not answer",
        "The database is away, full or busy for longer than the request may take. Nothing was written, "
        "unless the detail says that the connection broke during the commit: then all was written, or "
        "nothing; or which items of a bulk call are done: they stay so.",
        Retry.SAME_KEY,
        "Repeat the request with the same Idempotency-Key",
    ),
    KeyTaken: ProblemType(
        "idempotency-in-flight",
        409,
        "The same request is being answered",
        "Another request with this Idempotency-Key is at work at this instant. Where the work can take "
        "longer, the header Retry-After says when to ask again.",
        Retry.SAME_KEY,
        "Repeat the request with the same Idempotency-Key in a second",
    ),
}


def all_types() -> tuple[ProblemType, ...]:
    """Every problem type, in the order of the table."""
    return tuple(dict.fromkeys((*TABLE.values(), INTERNAL)))


def type_of(error: Exception) -> ProblemType:
    """The row of the error's class, or of the nearest class above it."""
    for cls in type(error).__mro__:
        if cls in TABLE:
            return TABLE[cls]
    return INTERNAL


def document(error: Exception, *, instance: str, request_id: str) -> tuple[int, dict[str, object]]:
    """Status and RFC 9457 members. An error outside the tree says nothing of its inside."""
    kind = type_of(error)
    known = isinstance(error, NodewiseError) and kind is not INTERNAL
    detail = error.detail if isinstance(error, NodewiseError) and known else INTERNAL.meaning
    fix = (error.fix if isinstance(error, NodewiseError) and known else "") or kind.fix
    return kind.status, {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "errors": [_render(field) for field in fields(error)],
        "retry": kind.retry.value,
        "fix": fix,
        "request_id": request_id,
        **(error.members if isinstance(error, edge.Infeasible) else {}),
    }


def fields(error: Exception) -> Iterable[FieldError]:
    """The fields an error names: its own list, its shortages, or its one pointer."""
    if isinstance(error, edge.Unprocessable | edge.NothingToServe | edge.NoRoomToday | edge.Infeasible):
        return error.errors
    if isinstance(error, core.InsufficientStock | core.CapacityFull):
        return [
            FieldError(
                "", f"{shortage.wanted} wanted, {shortage.available} available", value=_where(shortage.key)
            )
            for shortage in error.shortages
        ]
    if isinstance(error, NodewiseError) and error.pointer:
        return [FieldError(error.pointer, error.detail)]
    return ()


def _where(key: SupplyKey | CapacityKey) -> str:
    return f"{key.sku} at {key.node}" if isinstance(key, SupplyKey) else key.words


def _render(field: FieldError) -> dict[str, object]:
    rendered: dict[str, object] = {"pointer": field.pointer, "detail": field.detail}
    for name in ("allowed", "value", "line", "column"):
        value = getattr(field, name)
        if value not in ("", None):
            rendered[name] = value
    return rendered
