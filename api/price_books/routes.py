"""Addresses of price books."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.edge.body import StrictRoute
from api.edge.idempotency import KeyedCall, MaybeKeyedCall
from api.edge.imports import ImportAnswer, WholeFile, body_examples
from api.edge.kinds import Id, Instant
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.price_books import service
from api.price_books.schemas import PriceBookOut, StockPriceRow, WithdrawalIn

router = APIRouter(prefix="/v1/price-books", tags=["price books"], route_class=StrictRoute)
Version = Annotated[Id, Path(examples=["2026-11-21"])]

_EXAMPLE: dict[str, Any] = {
    "csv": "node,sku,steps\nLON1,K-17,5:2.00;20:0.50\nDC1,K-17,10:0.40\n",
    "rows": [
        {
            "node": "LON1",
            "sku": "K-17",
            "steps": [{"up_to": 5, "price": "2.00"}, {"up_to": 20, "price": "0.50"}],
        }
    ],
}


@router.post(
    "/import",
    response_model=ImportAnswer,
    openapi_extra=body_examples(StockPriceRow, **_EXAMPLE),
    dependencies=[allowed(Scope.PLAN)],
)
def import_price_book(
    database: OpenDatabase,
    call: MaybeKeyedCall,
    upload: WholeFile,
    version: Annotated[Id, Query(description="Its name, which no other book has", examples=["2026-11-21"])],
    valid_until: Annotated[Instant, Query(description="After it the book is stale, and not used")],
    made_at: Annotated[Instant | None, Query(description="Now, if left out")] = None,
) -> Response:
    """Load a price book from CSV or JSON, all of it or nothing, at most 200,000 rows; from now on it is the
    one in force. It replaces the one before whole: a stock without a row is free."""
    return service.load(
        database, call, upload, version=version, made_at=made_at, valid_until=valid_until
    ).response()


@router.get("", dependencies=[allowed(Scope.READ)])
def list_price_books(database: OpenDatabase, page: PageAsked) -> Page[PriceBookOut]:
    """Price books, the newest first."""
    return service.list_books(database, page)


@router.get("/active", dependencies=[allowed(Scope.READ)])
def get_active_price_book(database: OpenDatabase) -> PriceBookOut:
    """The price book in force, stale or not."""
    return service.get_active(database)


@router.get("/{version}", dependencies=[allowed(Scope.READ)])
def get_price_book(database: OpenDatabase, version: Version) -> PriceBookOut:
    """One price book, without its prices."""
    return service.get_book(database, version)


@router.get("/{version}/prices", dependencies=[allowed(Scope.READ)])
def list_prices(
    database: OpenDatabase,
    version: Version,
    page: PageAsked,
    sku: Annotated[Id | None, Query(examples=["K-17"])] = None,
    node: Annotated[Id | None, Query(examples=["LON1"])] = None,
) -> Page[StockPriceRow]:
    """Prices of a book by sku and node; none once it cannot be used again."""
    return service.list_prices(database, version, page, sku=sku, node=node)


@router.post("/{version}/withdraw", response_model=PriceBookOut, dependencies=[allowed(Scope.PLAN)])
def withdraw_price_book(
    database: OpenDatabase, call: KeyedCall, version: Version, body: WithdrawalIn
) -> Response:
    """Stop using a book, for good. The one loaded before it is in force again, if it was not withdrawn."""
    return service.withdraw(database, call, version, body).response()
