"""Which scope a route asks for, and whether the caller's key has it. Who calls, `api.access` finds out.

A route says it in one way: `dependencies=[allowed(Scope.ALLOCATE)]`. A test fails for one that does not.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from api.errors import Forbidden, Unauthenticated
from storage.api_keys import Scope
from storage.audit import NOBODY, Actor

__all__ = ["EVERYTHING", "SCHEME", "Caller", "NeededScope", "Scope", "allowed", "caller_of"]

SCHEME = "api_key"
"""Its name in the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what its key may be used for, with all that is implied."""

    actor: Actor
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """For a route where only some requests need more.

        Raises
        ------
        Forbidden
            The key does not have the scope.
        """
        if scope not in self.scopes:
            raise Forbidden(scope, sorted(self.scopes))


EVERYTHING = Caller(NOBODY, frozenset(Scope))
"""Whoever calls without a key, where `authentication` is off."""


class NeededScope(SecurityBase):
    """The dependency: refuses a caller without the scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.scheme_name = SCHEME
        self.model = HTTPBearer(
            description="`Authorization: Bearer <key>`, a key made by `nodewise key create`. Its scopes: "
            "`read`; `allocate` and `plan`, which imply `read`; `admin`, which implies all."
        )

    def check(self, request: Request) -> None:
        caller_of(request).require(self.scope)

    async def __call__(self, request: Request) -> None:
        self.check(request)


def allowed(scope: Scope) -> Any:
    """For `dependencies` of a route: whoever calls it needs a key with the scope."""
    return Security(NeededScope(scope), scopes=[scope.value])


def caller_of(request: Request) -> Caller:
    """Who was found to call.

    Raises
    ------
    Unauthenticated
        Nobody has looked, as for the few addresses that are open.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Unauthenticated("this address needs an API key, and none was sent")
    return caller
