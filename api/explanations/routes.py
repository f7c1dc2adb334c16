"""Addresses of explanations."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.edge.body import StrictRoute
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.explanations import service
from api.explanations.change_schemas import WhatIfIn
from api.explanations.remembered import Remembered
from api.explanations.schemas import ExplanationOut, WhatIfOut
from api.figures.rendering import Theme

SVG = "image/svg+xml"
MARKDOWN = "text/markdown"


async def _remembered(request: Request) -> Remembered:
    remembered: Remembered = request.app.state.explanations
    return remembered


FromMemory = Annotated[Remembered, Depends(_remembered)]
router = APIRouter(prefix="/v1/orders/{order}", tags=["orders"], route_class=StrictRoute)
OrderName = Annotated[str, Path(max_length=64, examples=["10482"])]
InTheme = Annotated[Theme, Query(description="auto follows whoever looks at it")]
_PICTURE: dict[int | str, Any] = {200: {"content": {SVG: {"schema": {"type": "string"}}}}}
_TEXT: dict[int | str, Any] = {200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}}}


@router.get(
    "/explanation", response_model=ExplanationOut, responses=_TEXT, dependencies=[allowed(Scope.READ)]
)
def explain_order(
    database: OpenDatabase,
    remembered: FromMemory,
    order: OrderName,
    format: Annotated[Literal["json", "markdown"], Query()] = "json",
) -> Response:
    """Why the latest decision of an order is as it is: the nine questions answered, alternatives that were
    really solved, a reason for every node, and what binds. The same for ever, whatever has changed since."""
    if format == "markdown":
        return Response(service.explanation_markdown(database, remembered, order), media_type=MARKDOWN)
    return service.explanation(database, remembered, order).response()


@router.get(
    "/explanation/ladder.svg",
    response_class=Response,
    responses=_PICTURE,
    dependencies=[allowed(Scope.READ)],
)
def draw_cost_ladder(
    database: OpenDatabase, remembered: FromMemory, order: OrderName, theme: InTheme = Theme.AUTO
) -> Response:
    """Draw the plan beside its alternatives, as bars whose parts add up."""
    return Response(service.ladder(database, remembered, order, theme), media_type=SVG)


@router.get(
    "/explanation/map.svg",
    response_class=Response,
    responses=_PICTURE,
    dependencies=[allowed(Scope.READ)],
)
def draw_node_map(
    database: OpenDatabase, remembered: FromMemory, order: OrderName, theme: InTheme = Theme.AUTO
) -> Response:
    """Draw the nodes that ship, that could have, and that were rejected, around the destination."""
    return Response(service.node_map(database, remembered, order, theme), media_type=SVG)


@router.post("/what-if", response_model=WhatIfOut, dependencies=[allowed(Scope.READ)])
def ask_what_if(database: OpenDatabase, order: OrderName, body: WhatIfIn) -> Response:
    """Solve a decided order again with something changed, on what it was decided from. Writes nothing, and
    takes no Idempotency-Key."""
    return service.what_if(database, order, body).response()
