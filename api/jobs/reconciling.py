"""The job `reconcile-ledger`: whether every figure follows from its entries and claims. Repairs nothing."""

from pydantic import BaseModel, ConfigDict

from api.jobs.kinds import JobKind, Step, Steps, Work

MAX_SHOWN = 1_000


class ReconcileIn(BaseModel):
    """Nothing is needed: the whole ledger is looked at, in one snapshot."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _reconcile(work: Work[ReconcileIn]) -> Steps:
    with work.database.reading() as stores:
        complaints = stores.ledger.reconcile()
    yield Step(1, f"{len(complaints)} complaints")
    return {
        "reconciles": not complaints,
        "complaint_count": len(complaints),
        "complaints": list(complaints[:MAX_SHOWN]),
    }


RECONCILE_LEDGER = JobKind("reconcile-ledger", ReconcileIn, total=lambda _sent: 1, run=_reconcile)
