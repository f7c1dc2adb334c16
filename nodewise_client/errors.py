"""What can go wrong, as a tree. `retry` and `fix` are the service's own words; none repeats a secret.

NodewiseError
├── Unreachable                no answer came, in all tries
├── UnexpectedAnswer           an answer came that is none of the service
├── JobNotDone                 a job that was waited for has failed, or was canceled
├── WaitedTooLong              a job is not done in the time that was given to it
└── ProblemError               the service refused, with a problem document
    ├── Conflict               the state does not allow it
    │   ├── InsufficientStock
    │   ├── CapacityFull
    │   ├── ReservationExpired
    │   ├── OrderExists
    │   ├── IllegalTransition
    │   ├── RevisionConflict
    │   ├── TransferConflict
    │   ├── FeedBehind
    │   ├── WebhooksFull
    │   ├── JobEnded
    │   └── RequestInFlight    the same key is at work, and was so for all tries
    ├── InvalidRequest         the request cannot be meant
    │   ├── ValidationFailed
    │   ├── UnknownReference
    │   ├── Infeasible
    │   ├── KeyMismatch
    │   └── TooLarge
    ├── NotFound
    ├── Unauthenticated
    ├── Forbidden
    ├── RateLimited
    └── ServiceFailed          a fault of the service
        └── Unavailable        it cannot answer now
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from nodewise_client.models import BadField, DemandOut, JobOut, RelaxationOut


class NodewiseError(Exception):
    """The root of the tree."""


class Unreachable(NodewiseError):
    """No answer. What was asked for may have been done: repeat it with `idempotency_key`."""

    def __init__(self, words: str, *, why: str, idempotency_key: str, attempts: int) -> None:
        super().__init__(words)
        self.why = why
        self.idempotency_key = idempotency_key
        self.attempts = attempts


class UnexpectedAnswer(NodewiseError):
    """An answer that the service does not give: another server's, or a proxy's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"the address answered {status} with what is no answer of Nodewise: {text[:200]}")
        self.status = status
        self.text = text


class JobNotDone(NodewiseError):
    """The job ended, and not by being done; `job` is it as it stands."""

    def __init__(self, job: JobOut) -> None:
        why = (job["problem"] or {}).get("detail", "") or job["message"]
        super().__init__(f"job {job['id']} is {job['state']}, {job['done']} of {job['total']} done; {why}")
        self.job = job


class WaitedTooLong(NodewiseError, TimeoutError):
    """The time is over, and the job goes on; `job` is it as it was seen last."""

    def __init__(self, job: JobOut, seconds: float) -> None:
        super().__init__(f"job {job['id']} is not done after {seconds:g} s: {job['done']} of {job['total']}")
        self.job = job


class ProblemError(NodewiseError):
    """A problem document, member by member.

    `type` is its address without what all have in front (`insufficient-stock`); `text` the body as it came.
    `idempotency_key` is the key that was sent, if one was, and `attempts` how often.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        idempotency_key: str = "",
        attempts: int = 1,
        retry_after: float = 0.0,
    ) -> None:
        problem = read_problem(text)
        self.status = status
        self.text = text
        self.type = slug(problem)
        self.title: str = problem.get("title", "")
        self.detail: str = problem.get("detail", f"the service answered {status}: {text[:200]}")
        self.instance: str = problem.get("instance", "")
        self.errors: list[BadField] = problem.get("errors", [])
        self.retry: str = problem.get("retry", "no")
        self.fix: str = problem.get("fix", "")
        self.request_id: str = problem.get("request_id", "")
        self.idempotency_key = idempotency_key
        self.attempts = attempts
        self.retry_after = retry_after
        super().__init__(self.detail + (f" ({self.fix})" if self.fix else ""))


class Conflict(ProblemError):
    """The state does not allow it."""


class InsufficientStock(Conflict):
    """No unit can be served, or not all where all were asked for."""


class CapacityFull(Conflict):
    """There is stock, and no room to ship it today."""


class ReservationExpired(Conflict):
    """Reserve again."""


class OrderExists(Conflict):
    """This order id holds units already."""


class IllegalTransition(Conflict):
    """The order is not in a state that allows this."""


class RevisionConflict(Conflict):
    """The order changed since the revision that was named."""


class TransferConflict(Conflict):
    """The transfer is not as the request takes it to be."""


class PolicyConflict(Conflict):
    """Another policy is in force than the call expected."""


class NothingToStepBackTo(Conflict):
    """No policy was in force before the present one."""


class FeedBehind(Conflict):
    """A stock feed has waited too long for a message."""


class JobEnded(Conflict):
    """A job that has ended cannot be canceled."""


class RunUnfinished(Conflict):
    """A forecast run is not done, or ended before it was."""


class OverrideEnded(Conflict):
    """An override that has expired, or was withdrawn, cannot be withdrawn."""


class HistoryGone(Conflict):
    """The sales that a forecast was made from are not there any more."""


class RequestInFlight(Conflict):
    """Another request with this key is at work."""


class InvalidRequest(ProblemError):
    """The request cannot be meant, or not be read."""


class ValidationFailed(InvalidRequest):
    """Fields that cannot be meant; `errors` names each."""


class UnknownReference(InvalidRequest):
    """Names that were never imported; `errors` has each with the nearest known one."""


class Infeasible(InvalidRequest):
    """Demands of the order and the policy that cannot hold together: `conflict`, and what the order costs
    without each of them: `relaxations`."""

    @property
    def conflict(self) -> list[DemandOut]:
        return list(read_problem(self.text).get("conflict", []))

    @property
    def relaxations(self) -> list[RelaxationOut]:
        return list(read_problem(self.text).get("relaxations", []))


class KeyMismatch(InvalidRequest):
    """The key was used before with another request."""


class TooLarge(InvalidRequest):
    """More than the published cap."""


class NotFound(ProblemError):
    """Never seen, or purged."""


class Unauthenticated(ProblemError):
    """No key, or one that is unknown, revoked or expired."""


class Forbidden(ProblemError):
    """The key does not have the scope, or the service is not in demo mode."""


class RateLimited(ProblemError):
    """Too many requests; `retry_after` is when there is room, in seconds."""


class WebhooksFull(Conflict):
    """There are as many webhooks as there may be."""


class ServiceFailed(ProblemError):
    """A fault of the service; nothing was written."""


class Unavailable(ServiceFailed):
    """It cannot answer now: repeat the request with the same key."""


BY_TYPE: Mapping[str, type[ProblemError]] = {
    "insufficient-stock": InsufficientStock,
    "capacity-full": CapacityFull,
    "reservation-expired": ReservationExpired,
    "order-exists": OrderExists,
    "illegal-transition": IllegalTransition,
    "revision-conflict": RevisionConflict,
    "transfer-conflict": TransferConflict,
    "webhooks-full": WebhooksFull,
    "clock-goes-back": Conflict,
    "feed-behind": FeedBehind,
    "version-conflict": PolicyConflict,
    "nothing-to-step-back-to": NothingToStepBackTo,
    "job-ended": JobEnded,
    "run-unfinished": RunUnfinished,
    "override-ended": OverrideEnded,
    "history-gone": HistoryGone,
    "idempotency-in-flight": RequestInFlight,
    "idempotency-mismatch": KeyMismatch,
    "idempotency-key-missing": InvalidRequest,
    "validation": ValidationFailed,
    "invalid-input": ValidationFailed,
    "infeasible": Infeasible,
    "unknown-reference": UnknownReference,
    "malformed-body": InvalidRequest,
    "unsupported-media-type": InvalidRequest,
    "method-not-allowed": InvalidRequest,
    "too-large": TooLarge,
    "not-found": NotFound,
    "unauthenticated": Unauthenticated,
    "forbidden": Forbidden,
    "not-in-demo-mode": Forbidden,
    "rate-limited": RateLimited,
    "internal": ServiceFailed,
    "not-ready": Unavailable,
    "cluster-away": Unavailable,
    "storage-unavailable": Unavailable,
}
"""Every problem type of the service; a type that is newer than this client is a plain `ProblemError`."""

IN_FLIGHT = "idempotency-in-flight"


def problem_of(answer: httpx.Response, *, idempotency_key: str, attempts: int) -> ProblemError:
    """The error that an answer with a bad status stands for."""
    kind = BY_TYPE.get(slug(read_problem(answer.text)), _by_status(answer.status_code))
    return kind(
        answer.status_code,
        answer.text,
        idempotency_key=idempotency_key,
        attempts=attempts,
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
    )


def read_problem(text: str) -> dict[str, Any]:
    """The problem document, or nothing if the text is none."""
    try:
        problem = json.loads(text)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def slug(problem: Mapping[str, Any]) -> str:
    """The last part of a problem's type."""
    return str(problem.get("type", "")).rsplit("/", 1)[-1]


def _by_status(status: int) -> type[ProblemError]:
    """Of an answer without a document, as a proxy in front of the service gives it."""
    if status in (502, 503, 504):
        return Unavailable
    return RateLimited if status == 429 else ProblemError


def _seconds(header: str) -> float:
    """Seconds of Retry-After; its other form, a date, is not one that the service sends."""
    try:
        return max(float(header), 0.0)
    except ValueError:
        return 0.0
