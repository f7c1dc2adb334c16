"""API keys: made, listed, revoked, and told from what is no key. A key itself is never kept.

A key is `nw_<public id>_<secret>`. Its secret is 256 random bits, so nobody finds it by trying, and what is
kept may be a fast hash of it: a slow one (bcrypt, Argon2) makes up for secrets that people think of, and
would only make every request slow here. Whether a key is still good is told by the database's own clock: a
jump of the demo's clock lets nothing expire.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.schema.access import api_key

_FORM = re.compile(r"nw_(?P<id>[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_-]{43})")
_SECRET_BYTES = 32


class Scope(StrEnum):
    """What a key may be used for. `admin` implies all; `allocate` and `plan` imply `read`."""

    READ = "read"  # look at everything, and ask for quotes
    ALLOCATE = "allocate"  # orders and stock
    PLAN = "plan"  # the network and everything else that configures
    ADMIN = "admin"  # the audit log, what costs much, the demo's clock


_IMPLIED = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.ALLOCATE: frozenset({Scope.ALLOCATE, Scope.READ}),
    Scope.PLAN: frozenset({Scope.PLAN, Scope.READ}),
    Scope.ADMIN: frozenset(Scope),
}


def implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes and all that they imply."""
    return frozenset().union(*(_IMPLIED[scope] for scope in scopes))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key. `scopes` are those it was given, without what they imply."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys:
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    @property
    def now(self) -> datetime:
        """By the clock that keys expire by."""
        return self._now

    def create(
        self, name: str, scopes: frozenset[Scope], *, expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key; returns what is known of it, and the key itself, which cannot be had again."""
        made = ApiKey(secrets.token_hex(8), name, scopes, self._now, expires_at)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        values = {
            "id": made.id,
            "name": name,
            "secret_sha256": _digest(secret),
            "scopes": sorted(scopes),
            "created_at": made.created_at,
            "expires_at": expires_at,
        }
        self._connection.execute(insert(api_key), values)
        return made, f"nw_{made.id}_{secret}"

    def find(self, key: str) -> ApiKey | None:
        """What is known of a good key; None if it is unknown, revoked or expired."""
        parts = _FORM.fullmatch(key)
        if parts is None:
            return None
        row = self._connection.execute(select(api_key).where(api_key.c.id == parts["id"])).one_or_none()
        # In a time that does not depend on how much of the digest is right.
        if row is None or not hmac.compare_digest(row.secret_sha256, _digest(parts["secret"])):
            return None
        found = _known(row)
        return found if found.is_good(self._now) else None

    def list(self) -> Sequence[ApiKey]:
        """All keys in order of age, those that are no longer good included."""
        query = select(api_key).order_by(api_key.c.created_at, api_key.c.id)
        return [_known(row) for row in self._connection.execute(query)]

    def any(self) -> bool:
        """Whether a key was ever made."""
        return self._connection.execute(select(api_key.c.id).limit(1)).first() is not None

    def revoke(self, id: str) -> ApiKey | None:
        """From now on the key is refused; None if there is no such key. What is revoked stays so."""
        is_meant = api_key.c.id == id
        first_time = is_meant & api_key.c.revoked_at.is_(None)
        self._connection.execute(update(api_key).where(first_time).values(revoked_at=self._now))
        row = self._connection.execute(select(api_key).where(is_meant)).one_or_none()
        return None if row is None else _known(row)


def has_form_of_a_key(text: str) -> bool:
    """Whether it could be a key at all, so that what cannot be is refused without a look at the database."""
    return _FORM.fullmatch(text) is not None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _known(row: Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
