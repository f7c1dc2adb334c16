"""Who writes what, for the audit log. A POST gets it with its `Call`; this is for writes without a key."""

from typing import Annotated

from fastapi import Depends, Request

from api.edge.scopes import caller_of
from storage.audit import Act


def act_of(request: Request) -> Act:
    """The write that a request is: its subject is what the address names, or the kind of thing written."""
    route = request.scope["route"].path
    named = "/".join(map(str, request.path_params.values()))
    return Act(
        actor=caller_of(request).actor,
        method=request.method,
        route=route,
        subject=named or route.removeprefix("/v1/").partition("/")[0],
        request_id=getattr(request.state, "request_id", ""),
    )


async def _act(request: Request) -> Act:
    return act_of(request)


AuditedAct = Annotated[Act, Depends(_act)]
