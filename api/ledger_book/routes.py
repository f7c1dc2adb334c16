"""Addresses of the ledger's book."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.edge.body import StrictRoute
from api.edge.kinds import Id
from api.edge.pages import Page, PageAsked
from api.edge.resources import OpenDatabase
from api.edge.scopes import Scope, allowed
from api.ledger_book import service
from api.ledger_book.schemas import EntryOut, Findings, ShortfallOut

router = APIRouter(prefix="/v1", tags=["ledger"], route_class=StrictRoute)


@router.get("/ledger/entries", dependencies=[allowed(Scope.READ)])
def list_entries(
    database: OpenDatabase,
    page: PageAsked,
    order: Annotated[Id | None, Query(description="Of one order")] = None,
    sku: Annotated[Id | None, Query(description="Of the supply rows of one sku")] = None,
    node: Annotated[Id | None, Query(description="Of one node, its capacity included")] = None,
) -> Page[EntryOut]:
    """The book, oldest entry first: what happened to every row, and why. Nothing in it is ever altered."""
    return service.list_entries(database, page, order=order, sku=sku, node=node)


@router.get("/ledger/reconcile", dependencies=[allowed(Scope.ALLOCATE)])
def reconcile(database: OpenDatabase) -> Findings:
    """Whether every figure follows from entries and claims; what does not is told, and never mended."""
    return service.reconcile(database)


@router.get("/shortfalls", dependencies=[allowed(Scope.READ)])
def list_shortfalls(database: OpenDatabase, page: PageAsked) -> Page[ShortfallOut]:
    """Claims that a count or another fact has left without stock, latest promise first. Reassign them."""
    return service.list_shortfalls(database, page)
