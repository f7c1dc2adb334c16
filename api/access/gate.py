"""The middleware in front of every address that is not open: who calls, and how often.

What a caller may do, each route says (`api.edge.scopes`). An address that nobody has thought of is not open.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.known_keys import KnownKeys
from api.access.rate_limits import RateLimit
from api.edge.raw import send_problem
from api.edge.scopes import EVERYTHING, Caller
from api.errors import RateLimited, Unauthenticated
from api.settings import Settings
from fulfillment.errors import NodewiseError
from storage.api_keys import ApiKey, has_form_of_a_key, implied
from storage.audit import Actor
from storage.database import Database
from storage.deadlines import Deadline, finished_by
from storage.errors import StorageUnavailable

OPEN = frozenset({"/", "/health", "/ready", "/docs", "/openapi.json", "/problems"})
OPEN_BELOW = ("/static/", "/problems/")
LOOKERS = 2
"""Threads that only look keys up, so that no other request keeps a caller from being recognized."""

LOOK_SECONDS = 2.0  # for the database to say what it knows of a key
SPARED_SECONDS = 0.2  # of them a request waits with a key that was good a moment ago
GUESS_SECONDS = 0.02  # between two looks for addresses that guess
MOST_GUESSES = 32  # of them that wait at a time
_NO_KEY = "this address needs an API key, and none was sent"
_BAD_KEY = "the API key that was sent is unknown, revoked or expired"


@dataclass(frozen=True, slots=True)
class _Look:
    """The database is being asked what it knows of a key."""

    found: asyncio.Future[ApiKey | None]
    until: Deadline = field(default_factory=lambda: Deadline.after(LOOK_SECONDS))


def is_open(path: str) -> bool:
    """Whether an address needs no key and is not counted."""
    return path in OPEN or path.startswith(OPEN_BELOW)


class Gate:
    """Puts the `Caller` into `scope["state"]["caller"]`, or answers 401 or 429 itself."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self._needs_key = settings.authentication == "keys"
        self._known = KnownKeys()
        self._asked: dict[str, _Look] = {}
        self._lane = asyncio.Semaphore(1)
        self._in_lane = 0
        self._lookers = CapacityLimiter(LOOKERS)
        rates = {"requests": settings.requests_per_minute, "failures": settings.failures_per_minute}
        limits = {name: RateLimit(name, rate) if rate else None for name, rate in rates.items()}
        self._requests, self._failures = limits["requests"], limits["failures"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        told: dict[str, str] = {}
        send = _with(told, send)
        address = scope["client"][0] if scope.get("client") else "nowhere"
        try:
            caller = await self._caller(scope, address, told)
            self._count(caller, address, told)
        except NodewiseError as error:  # below the framework nobody else would answer it
            await send_problem(scope, send, error)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    async def _caller(self, scope: Scope, address: str, told: dict[str, str]) -> Caller:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if not sent:
            if not self._needs_key:
                return EVERYTHING
            raise Unauthenticated(_NO_KEY)  # not counted: it guesses nothing, and costs no look
        found = await self._find(_bearer(sent), scope["app"].state.database, address, told)
        if found is None:
            self._failed(address, told)
            raise Unauthenticated(_BAD_KEY, sent=True)
        return Caller(Actor(found.id, found.name), implied(found.scopes))

    async def _find(self, key: str, database: Database, address: str, told: dict[str, str]) -> ApiKey | None:
        if not has_form_of_a_key(key):
            return None
        remembered = self._known.recall(key)
        if remembered is not None and remembered.is_fresh:
            return remembered.key
        if remembered is None or remembered.key is None:
            return await self._meet(key, database, address, told)
        try:
            return await self._ask(key, database, wait=SPARED_SECONDS)
        except StorageUnavailable:
            known = self._known.go_on_with(key)
            if known is None:
                raise
            return known

    async def _meet(self, key: str, database: Database, address: str, told: dict[str, str]) -> ApiKey | None:
        """Look for a key that was not good before. Who guesses waits in one lane with all who do, so that
        the database has little of it, and a good key behind the same address still gets in."""
        room = self._failures.look(address) if self._failures is not None else None
        if room is None or room.is_open:
            return await self._ask(key, database, wait=LOOK_SECONDS)
        if self._in_lane >= MOST_GUESSES:
            told.update(room.headers)
            raise _guessing(room.seconds)
        self._in_lane += 1
        try:
            async with self._lane:
                await asyncio.sleep(GUESS_SECONDS)
                return await self._ask(key, database, wait=LOOK_SECONDS)
        finally:
            self._in_lane -= 1

    async def _ask(self, key: str, database: Database, *, wait: float) -> ApiKey | None:
        """What the database says, waited for so long from the beginning of the look; one look for all who
        wait for it, which goes on, and is remembered, after they have gone on.

        Raises
        ------
        StorageUnavailable
            It has not said it, or cannot.
        """
        look = self._asked.get(key)
        if look is None:
            self._asked[key] = look = _Look(asyncio.ensure_future(self._look(key, database)))
            look.found.add_done_callback(_retrieve)
        left = look.until.seconds_left() - LOOK_SECONDS + wait
        await asyncio.wait({look.found}, timeout=max(0.0, left))
        if not look.found.done():
            raise StorageUnavailable(
                "the database does not say in time whether the API key is good; nothing was done",
                fix="Repeat the request",
            )
        return look.found.result()

    async def _look(self, key: str, database: Database) -> ApiKey | None:
        deadline = Deadline.after(LOOK_SECONDS)
        try:
            found = await run_sync(_find, database, key, deadline, limiter=self._lookers)
            self._known.remember(key, found)
            return found
        finally:
            del self._asked[key]

    def _failed(self, address: str, told: dict[str, str]) -> None:
        if self._failures is None:
            return
        room = self._failures.take(address)
        told.update(room.headers)
        if not room.is_open:
            raise _guessing(room.seconds)

    def _count(self, caller: Caller, address: str, told: dict[str, str]) -> None:
        if self._requests is None:
            return
        room = self._requests.take(caller.actor.id if caller is not EVERYTHING else address)
        told.update(room.headers)
        if not room.is_open:
            whose = "this key" if caller is not EVERYTHING else "this address"
            raise RateLimited(
                f"{whose} has sent as many requests as a minute takes; nothing was done",
                seconds=room.seconds,
            )


def _guessing(seconds: int) -> RateLimited:
    return RateLimited(
        "too many requests of this address could not be authenticated; nothing was done", seconds=seconds
    )


def _bearer(sent: list[bytes]) -> str:
    """The key of the one Authorization header; what is of another kind is no key."""
    scheme, _, key = sent[0].decode("latin-1").partition(" ")
    return key.strip() if len(sent) == 1 and scheme.lower() == "bearer" else ""


def _find(database: Database, key: str, deadline: Deadline) -> ApiKey | None:
    with finished_by(deadline), database.reading() as stores:
        return stores.api_keys.find(key)


def _retrieve(found: "asyncio.Future[ApiKey | None]") -> None:
    """Whoever waited may have gone on: then nobody else takes note of an error."""
    if not found.cancelled():
        found.exception()


def _with(headers: Mapping[str, str], send: Send) -> Send:
    """Add what stands in `headers` when the answer begins."""

    async def more(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return more
