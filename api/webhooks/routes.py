"""Addresses of webhooks."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.edge.acts import AuditedAct
from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall
from api.edge.pages import Page, PageAsked
from api.edge.resources import CurrentSettings, OpenDatabase
from api.edge.scopes import Scope, allowed
from api.webhooks import service
from api.webhooks.schemas import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    WebhookWithSecret,
)
from storage.deliveries import DeliveryState

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=StrictRoute)
WebhookName = Annotated[str, Path(max_length=64, examples=["whe_5a1f0c2d9b7e4c31"])]
DeliveryName = Annotated[str, Path(max_length=64, examples=["dlv_41"])]


@router.post("", status_code=201, response_model=WebhookWithSecret, dependencies=[allowed(Scope.ADMIN)])
def create_webhook(
    database: OpenDatabase, settings: CurrentSettings, call: KeyedCall, body: WebhookIn
) -> Response:
    """Tell an address of events, of all types or some. The secret that verifies them is shown here once."""
    return service.create(database, settings, call, body).response()


@router.get("", dependencies=[allowed(Scope.ADMIN)])
def list_webhooks(database: OpenDatabase, page: PageAsked) -> Page[WebhookOut]:
    """Webhooks by id."""
    return service.list_webhooks(database, page)


@router.get("/{webhook}", dependencies=[allowed(Scope.ADMIN)])
def get_webhook(database: OpenDatabase, webhook: WebhookName) -> WebhookOut:
    """One webhook, and whether it is on."""
    return service.get(database, webhook)


@router.patch("/{webhook}", dependencies=[allowed(Scope.ADMIN)])
def change_webhook(
    database: OpenDatabase,
    settings: CurrentSettings,
    act: AuditedAct,
    webhook: WebhookName,
    body: WebhookChange,
) -> WebhookOut:
    """Change a webhook's address or types, turn it off, or on again. While it is off nothing new is kept
    for it; what was on its way waits five days."""
    return service.change(database, settings, act, webhook, body)


@router.delete("/{webhook}", status_code=204, dependencies=[allowed(Scope.ADMIN)])
def delete_webhook(database: OpenDatabase, act: AuditedAct, webhook: WebhookName) -> Response:
    """Remove a webhook, and what is on its way to it."""
    service.remove(database, act, webhook)
    return Response(status_code=204)


@router.post(
    "/{webhook}/rotate-secret", response_model=WebhookWithSecret, dependencies=[allowed(Scope.ADMIN)]
)
def rotate_secret(database: OpenDatabase, call: KeyedCall, webhook: WebhookName) -> Response:
    """Change the secret for a new one, shown here once. For 24 hours both sign."""
    return service.rotate_secret(database, call, webhook).response()


@router.post(
    "/{webhook}/test", status_code=202, response_model=DeliveryOut, dependencies=[allowed(Scope.ADMIN)]
)
def test_webhook(database: OpenDatabase, call: KeyedCall, webhook: WebhookName) -> Response:
    """Send a webhook.test event to this webhook only; see its deliveries for what came of it."""
    return service.test(database, call, webhook).response()


@router.post(
    "/{webhook}/replay", status_code=202, response_model=ReplayOut, dependencies=[allowed(Scope.ADMIN)]
)
def replay_events(database: OpenDatabase, call: KeyedCall, webhook: WebhookName, body: ReplayIn) -> Response:
    """Send the events of a time again, under the same ids; at most 10,000 at once."""
    return service.replay(database, call, webhook, body).response()


@router.get("/{webhook}/deliveries", dependencies=[allowed(Scope.ADMIN)])
def list_deliveries(
    database: OpenDatabase,
    webhook: WebhookName,
    page: PageAsked,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state")] = None,
) -> Page[DeliveryOut]:
    """Deliveries to a webhook, newest first, with what came of each."""
    return service.list_deliveries(database, webhook, page, state=state)


@router.post(
    "/{webhook}/deliveries/{delivery}/retry",
    status_code=202,
    response_model=DeliveryOut,
    dependencies=[allowed(Scope.ADMIN)],
)
def retry_delivery(
    database: OpenDatabase, call: KeyedCall, webhook: WebhookName, delivery: DeliveryName
) -> Response:
    """Send one delivery again at once, whatever became of it."""
    return service.retry(database, call, webhook, delivery).response()
