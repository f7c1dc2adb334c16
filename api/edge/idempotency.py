"""One effect per key: a POST that was repeated gets the answer of the first one.

The key is written in the transaction of the effect (`record`), so of two requests at once one
commits and the other rolls back and returns the winner's answer (`once`). A request that was refused
wrote nothing and leaves no key: repeating it tries again.

Work that outlives one transaction holds a lease of its key meanwhile (`held`), and gives each of its parts a
key of its own (`part`), so that whoever takes the lease over after a crash does nothing twice. Who fails half
way lets go of the lease but leaves its fingerprint: the key stays that request's, another body is refused.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Header, Request

from api.edge.acts import act_of
from api.edge.answers import Answer
from api.edge.pointers import escaped
from api.edge.scopes import Caller, caller_of
from api.errors import KeyMismatch, KeyMissing
from fulfillment.errors import Refused
from storage.audit import Act
from storage.database import Database
from storage.errors import KeyHeld, KeyTaken
from storage.idempotency import StoredAnswer
from storage.stores import Stores
from storage.unit_of_work import write_together

LARGEST_KEPT_BODY = 65_536
REPLAYED = "Idempotent-Replayed"
_KEY = Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")


@dataclass(frozen=True, slots=True)
class Call:
    """A request under a key: whose and to which route, what tells it from another request, and the caller.

    Two API keys that use one Idempotency-Key do not see each other's answers: the API key is in `scope`.
    """

    scope: str
    key: str | None
    fingerprint: str
    caller: Caller
    act: Act


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


def write_once(
    database: Database, call: Call, write: Callable[[Stores], Answer], *, alone: bool = True
) -> Answer:
    """One transaction under the key, alone or together with others; `write` calls `record` in the end.

    Raises
    ------
    KeyMismatch
        The key was used with another request.
    """

    def write_first(stores: Stores) -> Answer:
        ensure_first(stores, call)
        return write(stores)

    def run() -> Answer:
        if not alone:
            return write_together(database, write_first)
        with database.writing() as stores:
            return write_first(stores)

    return once(database, call, run)


class Lease:
    """The lease of a call's key, as its holder has it."""

    def __init__(self, database: Database, call: Call, *, seconds: float) -> None:
        self._database = database
        self._call = call
        self._seconds = seconds
        self._holder = uuid4().hex
        self._extended = time.monotonic()

    def take(self) -> None:
        """Raises KeyTaken if the key has an answer, KeyHeld if another holds it, KeyMismatch as `once`."""
        write_together(self._database, self._take)

    def keep(self) -> None:
        """Between two parts of the work: hold it for longer, if that is due.

        Raises
        ------
        KeyHeld
            Another has taken it over: go no further.
        """
        if time.monotonic() - self._extended < self._seconds / 3:
            return
        scope, key = _named(self._call)
        if not write_together(
            self._database,
            lambda stores: stores.leases.extend(scope, key, holder=self._holder, seconds=self._seconds),
        ):
            raise KeyHeld(scope, key, seconds=self._seconds)
        self._extended = time.monotonic()

    def end(self, given: Answer | None) -> None:
        """Keep the answer under the key in place of the lease; KeyHeld if it was taken over.

        Without an answer anybody may take the lease, with the same request: parts of it were done.
        """
        scope, key = _named(self._call)

        def write(stores: Stores) -> None:
            if given is None:
                stores.leases.let_go(scope, key, holder=self._holder)
            elif stores.leases.give_up(scope, key, holder=self._holder):
                record(stores, self._call, given)
            else:
                raise KeyHeld(scope, key, seconds=self._seconds)

        write_together(self._database, write)

    def _take(self, stores: Stores) -> None:
        scope, key = _named(self._call)
        ensure_first(stores, self._call)
        first = stores.leases.take(
            scope,
            key,
            fingerprint=self._call.fingerprint,
            holder=self._holder,
            seconds=self._seconds,
        )
        _refuse_another(self._call, first)


def held(database: Database, call: Call, run: Callable[[Lease], Answer], *, seconds: float) -> Answer:
    """Run under a lease of the key, unless the key has an answer already; the answer is kept in the end.

    Parameters
    ----------
    run
        Does the work in transactions of its own, each part under a key of its own (`part`), and calls
        `Lease.keep` between them. What it raises leaves no answer: the same key goes on where it ended.
    seconds
        Longest time between two calls of `Lease.keep`. After that the holder is thought dead.

    Raises
    ------
    KeyHeld
        A request with this key is at work.
    KeyMismatch
        The key was used with another request.
    """
    lease = Lease(database, call, seconds=seconds)
    try:
        lease.take()
    except KeyTaken:
        earlier = _earlier(database, call)
        if earlier is None:
            raise
        return _replay(call, earlier)
    try:
        given = run(lease)
    except BaseException:
        with contextlib.suppress(Exception):  # it runs out by itself
            lease.end(None)
        raise
    lease.end(given)
    return given


def part(call: Call, number: int, content: object = None) -> Call:
    """The key of one part of a call's work. No caller can send it: its scope is that of no address.

    Give what the part is made from, unless it cannot be another: its digest tells it from other content.
    """
    sent = None
    if content is not None:
        text = json.dumps(content, default=str, sort_keys=True, separators=(",", ":"))
        sent = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    fingerprint = json.dumps({"address": "", "body": sent}, separators=(",", ":"))
    return Call(f"{call.scope} part", f"{call.key}:{number}", fingerprint, call.caller, call.act)


def ensure_first(stores: Stores, call: Call) -> None:
    """Raise KeyTaken if the key has an answer."""
    if call.key is not None and stores.keys.find(call.scope, call.key) is not None:
        raise KeyTaken(call.scope, call.key)


def record(stores: Stores, call: Call, given: Answer, *, subject: str = "") -> Answer:
    """Keep the answer under the key, and who did it in the audit log, in the transaction of its effect.

    `subject` is what was written, where the address does not name it.
    """
    stores.audit.put(replace(call.act, subject=subject) if subject else call.act, status=given.status)
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
    _refuse_another(call, earlier.fingerprint)
    return Answer(earlier.status, earlier.body, {**earlier.headers, REPLAYED: "true"})


def _refuse_another(call: Call, fingerprint: str) -> None:
    """Raise KeyMismatch if the key was first used by a request of another fingerprint."""
    if fingerprint != call.fingerprint:
        pointer, difference = _first_difference(fingerprint, call.fingerprint)
        raise KeyMismatch(str(call.key), difference, pointer=pointer)


def _named(call: Call) -> tuple[str, str]:
    return call.scope, require_key(call).key or ""


async def _call(request: Request, key: str | None) -> Call:
    caller, act = caller_of(request), act_of(request)
    scope = f"{caller.actor.id} {act.method} {act.route}"
    if key is None:
        return Call(scope, None, "", caller, act)
    body = await request.body()
    return Call(scope, key, _fingerprint(request, body), caller, act)


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
            here = f"{pointer}/{escaped(name)}"
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
