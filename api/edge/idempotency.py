"""One effect per key: a POST that was repeated gets the answer of the first one.

The key is written in the transaction of the effect (`record`), so of two requests at once one
commits and the other rolls back and returns the winner's answer (`once`). A request that was refused
wrote nothing and leaves no key: repeating it tries again.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from api.edge.answers import Answer
from api.errors import KeyMismatch, KeyMissing
from fulfillment.errors import Refused
from storage.database import Database
from storage.errors import KeyTaken
from storage.idempotency import StoredAnswer
from storage.stores import Stores

LARGEST_KEPT_BODY = 65_536
REPLAYED = "Idempotent-Replayed"
_KEY = Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")


@dataclass(frozen=True, slots=True)
class Call:
    """A request under a key: the route it belongs to, and what tells it from another request."""

    scope: str
    key: str | None
    fingerprint: str


async def _keyed(request: Request, key: Annotated[str, _KEY]) -> Call:
    return await _call(request, key)


async def _maybe_keyed(request: Request, key: Annotated[str | None, _KEY] = None) -> Call:
    return await _call(request, key)


KeyedCall = Annotated[Call, Depends(_keyed)]
MaybeKeyedCall = Annotated[Call, Depends(_maybe_keyed)]


def require_key(call: Call) -> Call:
    """For a route where only some requests write.

    Raises
    ------
    KeyMissing
        There is none.
    """
    if call.key is None:
        raise KeyMissing()
    return call


def once(database: Database, call: Call, run: Callable[[], Answer]) -> Answer:
    """Run, unless the key has an answer already; `run` calls `ensure_first` and `record` in its transaction.

    Raises
    ------
    KeyMismatch
        The key was used with another request.
    """
    try:
        return run()
    except (KeyTaken, Refused):
        # A refusal may be the shadow of the same request having won a moment ago.
        earlier = _earlier(database, call)
        if earlier is None:
            raise
        return _replay(call, earlier)


def ensure_first(stores: Stores, call: Call) -> None:
    """Raise KeyTaken if the key has an answer."""
    if call.key is not None and stores.keys.find(call.scope, call.key) is not None:
        raise KeyTaken(call.scope, call.key)


def record(stores: Stores, call: Call, given: Answer) -> Answer:
    """Keep the answer under the key, in the transaction of its effect."""
    if call.key is not None:
        kept = StoredAnswer(call.fingerprint, given.status, given.body, given.headers)
        stores.keys.put(call.scope, call.key, kept)
    return given


def _earlier(database: Database, call: Call) -> StoredAnswer | None:
    if call.key is None:
        return None
    with database.reading() as stores:
        return stores.keys.find(call.scope, call.key)


def _replay(call: Call, earlier: StoredAnswer) -> Answer:
    if earlier.fingerprint != call.fingerprint:
        pointer, difference = _first_difference(earlier.fingerprint, call.fingerprint)
        raise KeyMismatch(str(call.key), difference, pointer=pointer)
    return Answer(earlier.status, earlier.body, {**earlier.headers, REPLAYED: "true"})


async def _call(request: Request, key: str | None) -> Call:
    route = request.scope["route"].path
    if key is None:
        return Call(f"{request.method} {route}", None, "")
    body = await request.body()
    return Call(f"{request.method} {route}", key, _fingerprint(request, body))


def _fingerprint(request: Request, body: bytes) -> str:
    """Address, query and body in one canonical text; of a large body, or one not JSON, its digest."""
    content: Any = {"sha256": hashlib.sha256(body).hexdigest()}
    if len(body) <= LARGEST_KEPT_BODY:
        # What is nested too deeply has its digest too; whoever reads the body refuses it in better words.
        with contextlib.suppress(ValueError, RecursionError):
            content = json.loads(body) if body else None
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return json.dumps({"address": address, "body": content}, sort_keys=True, separators=(",", ":"))


def _first_difference(earlier: str, later: str) -> tuple[str, str]:
    """Pointer into the body and words for the first difference of two fingerprints."""
    old, new = json.loads(earlier), json.loads(later)
    if old["address"] != new["address"]:
        return "", f"it was for {old['address']}"
    pointer = _differ(old["body"], new["body"], "")
    if pointer is None or pointer.endswith("/sha256"):
        return "", "the body differs"
    return pointer, f"the body differs at {pointer or 'its root'}"


def _differ(old: Any, new: Any, pointer: str) -> str | None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*new, *(name for name in old if name not in new)]:
            here = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in old or name not in new:
                return here
            if (found := _differ(old[name], new[name], here)) is not None:
                return found
        return None
    if isinstance(old, list) and isinstance(new, list):
        for index, (one, other) in enumerate(zip(old, new, strict=False)):
            if (found := _differ(one, other, f"{pointer}/{index}")) is not None:
                return found
        return None if len(old) == len(new) else f"{pointer}/{min(len(old), len(new))}"
    # In Python 1 == True; in JSON they differ.
    return None if type(old) is type(new) and old == new else pointer
