"""The job `source-orders`: thousands of orders, each sourced as by `POST /v1/orders`, in the background."""

from api.jobs.kinds import ItemOutcome, JobKind, Step, Steps, Work
from api.orders.bulk_schemas import JobOrdersIn
from api.orders.items import source_item


def _source(work: Work[JobOrdersIn]) -> Steps:
    orders = work.input.orders
    for index in range(work.done, len(orders)):
        given = source_item(
            work.database, work.settings, work.part(index), orders[index], request_id=work.job
        )
        yield Step(index + 1, outcome=ItemOutcome(given.status, given.body))
    with work.database.reading() as stores:
        by_status = stores.jobs.items_by_status(work.job)
    return {"orders": len(orders), "by_status": {str(status): by_status[status] for status in by_status}}


SOURCE_ORDERS = JobKind("source-orders", JobOrdersIn, total=lambda sent: len(sent.orders), run=_source)
