"""Versions of the policy and their activations, kept. Nothing here is ever changed or deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from fulfillment.activations import Activation, Timeline, timeline_of
from fulfillment.errors import InvalidInput
from fulfillment.ids import PolicyVersion
from fulfillment.policy import Policy
from storage.audit import Actor
from storage.policy_documents import document_of, policy_of
from storage.schema.policies import policy_activation, policy_version


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A version with what is kept beside it. `number` rises with every version."""

    number: int
    policy: Policy
    note: str
    author: Actor
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Policies:
    """The timeline, and the policies it names: enough to say the policy of any instant."""

    timeline: Timeline
    by_version: Mapping[PolicyVersion, Policy]

    def at(self, now: datetime) -> Policy:
        """The policy in force."""
        return self.by_version[self.timeline.at(now).version]


class PolicyStore:
    """Reads and adds. `changed` is called when the timeline has grown, in the same transaction."""

    def __init__(self, connection: Connection, *, changed: Callable[[], None]) -> None:
        self._connection = connection
        self._changed = changed

    def get(self, version: PolicyVersion) -> StoredPolicy | None:
        query = select(policy_version).where(policy_version.c.version == version)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _stored(row)

    def list(self, *, before: int | None, limit: int) -> Sequence[StoredPolicy]:
        """At most `limit` versions, the newest first, from before the one of that number."""
        query = select(policy_version).order_by(policy_version.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(policy_version.c.number < before)
        return [_stored(row) for row in self._connection.execute(query)]

    def versions(self) -> Sequence[PolicyVersion]:
        """The names of all versions, the oldest first."""
        query = select(policy_version.c.version).order_by(policy_version.c.number)
        return [PolicyVersion(name) for name in self._connection.execute(query).scalars()]

    def add(self, policy: Policy, *, note: str, author: Actor, now: datetime) -> tuple[StoredPolicy, bool]:
        """Keep a version; returns what is kept of it, and whether it is new.

        Raises
        ------
        InvalidInput
            Another policy has that version already.
        """
        known = self.get(policy.version)
        if known is not None:
            if known.policy != policy:
                raise InvalidInput(
                    f'policy version "{policy.version}" exists with other content',
                    pointer="/version",
                    fix="Give the changed policy a version of its own",
                )
            return known, False
        values = {
            "version": policy.version,
            "note": note,
            "author": author.id,
            "author_name": author.name,
            "created_at": now,
            "document": document_of(policy),
        }
        made = insert(policy_version).values(values).returning(policy_version)
        return _stored(self._connection.execute(made).one()), True

    def activate(self, activation: Activation) -> Activation:
        """Add an activation to the timeline, under the next number; returns it with that.

        The version has to be there.
        """
        values = {
            "version": activation.version,
            "effective_at": activation.effective_at,
            "made_at": activation.made_at,
            "made_by": activation.made_by,
            "made_by_name": activation.made_by_name,
            "reason": activation.reason,
            "is_step_back": activation.is_step_back,
        }
        made = insert(policy_activation).values(values).returning(policy_activation.c.number)
        number = self._connection.execute(made).scalar_one()
        self._changed()
        return replace(activation, number=number)


def read_policies(connection: Connection) -> Policies:
    """The timeline as it is, with every policy that is in it."""
    rows = connection.execute(select(policy_activation)).all()
    named = select(policy_activation.c.version)
    there = select(policy_version.c.version, policy_version.c.document)
    kept = connection.execute(there.where(policy_version.c.version.in_(named)))
    return Policies(
        timeline_of(map(_activation, rows)),
        {PolicyVersion(name): policy_of(PolicyVersion(name), document) for name, document in kept},
    )


def _activation(row: Row[*tuple[Any, ...]]) -> Activation:
    return Activation(
        number=row.number,
        version=PolicyVersion(row.version),
        effective_at=row.effective_at,
        made_at=row.made_at,
        made_by=row.made_by,
        made_by_name=row.made_by_name,
        reason=row.reason,
        is_step_back=row.is_step_back,
    )


def _stored(row: Row[*tuple[Any, ...]]) -> StoredPolicy:
    return StoredPolicy(
        number=row.number,
        policy=policy_of(PolicyVersion(row.version), row.document),
        note=row.note,
        author=Actor(row.author, row.author_name),
        created_at=row.created_at,
    )
