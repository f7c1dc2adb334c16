"""What an error of each type says in one case. A test meets every case, and gets these words."""

EXAMPLES: dict[str, str] = {
    "capacity-full": "LON1 on 2026-11-21: 3 units wanted, room for 1",
    "clock-goes-back": (
        "the demo clock stands at 2026-11-21T09:00:00+00:00 and only moves forward; "
        "2026-11-21T08:00:00+00:00 is earlier"
    ),
    "forbidden": "this takes a key with the scope allocate; the key sent has read",
    "feed-behind": "stock feed pos-lon1 has waited too long for message 1: 1000 have come since",
    "cluster-away": "the Dask cluster at tcp://10.0.0.7:8786 does not forecast: timed out after 10 s",
    "idempotency-in-flight": 'idempotency key "k" was used meanwhile',
    "idempotency-key-missing": "this request writes, and the header Idempotency-Key is missing",
    "idempotency-mismatch": (
        "Idempotency-Key k was used before with another request: the body differs at /lines/0/quantity"
    ),
    "illegal-transition": "order 1 cannot be shipped: it is reserved",
    "infeasible": (
        "order 1 cannot be met, and nothing was reserved; these cannot hold together: the order is filled "
        'whole; the order ships from at most 1 node. Without "the order is filled whole": 40 of 41 units are '
        'served, for GBP 38.51. Without "the order ships from at most 1 node": all 41 units are served, for '
        "GBP 28.63, GBP 9.88 less than serving a part and losing the margin of the rest"
    ),
    "insufficient-stock": (
        "order 1 is to be filled whole, and 1 of its lines cannot be: SKU K-17: 500 wanted, 51 can be "
        "served; available: 40 at DC1, 11 at LON1; nothing was reserved"
    ),
    "internal": (
        "A fault of the service, not of the request. The transaction was rolled back and nothing was "
        "written. The log has the cause under the request id."
    ),
    "invalid-input": "no node has a rate to zone Z",
    "override-ended": "override 41 expired at 2026-12-07T00:00:00+00:00",
    "history-gone": ("the sales of K-17 at LON1 that forecast run 17 was made from are not there any more"),
    "job-ended": "job 019aa5d8b1c04f1e2d3c4b5a cannot be canceled: it is done",
    "malformed-body": (
        "the body is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"
    ),
    "method-not-allowed": "/v1/orders does not know DELETE",
    "not-found": "order nobody was never seen, or was purged",
    "not-in-demo-mode": (
        "the demo clock exists in demo mode only; this service runs on the clock of its database"
    ),
    "not-ready": "the schema of the database is not that of this version",
    "nothing-to-step-back-to": "policy default is in force, and no other was before it",
    "order-exists": "order 1 is reserved already; an order is reserved once",
    "run-unfinished": "forecast run 17 is running, and has no forecasts to show",
    "rate-limited": "this address has sent as many requests as a minute takes; nothing was done",
    "reservation-expired": "the reservation of order 1 expired at 2026-11-21T09:30:00+00:00, 1800 s ago",
    "revision-conflict": "order 1 is at revision 1, not 7",
    "storage-unavailable": "the database does not answer: disk is full",
    "too-large": "the body has 20,000 bytes or more; at most 10,000 are read",
    "unauthenticated": "this address needs an API key, and none was sent",
    "transfer-conflict": "transfer TR-7 was sent already",
    "unknown-reference": '/lines/0/sku: no sku named "K-71"; did you mean K-17?; nothing was written',
    "unsupported-media-type": "a body without Content-Type cannot be read here",
    "webhooks-full": "there are 50 webhooks, and no more are told of events",
    "validation": "/lines/0/quantity: is 0; must be at least 1; nothing was written",
    "version-conflict": (
        "policy default is in force, since 1970-01-01T00:00:00+00:00, activated by database; "
        "the request expected holidays-1"
    ),
}
