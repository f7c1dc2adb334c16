"""Decisions on orders as JSON documents, with what they were made from: appended, never changed.

What is in a decision's document is not known here; what it was made from is in `instance_documents`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select, update

from fulfillment.ids import OrderId
from storage.dialects import insert_new
from storage.instance_documents import Documents, Excerpts, Instance, documents_of, instance_of
from storage.schema.orders import catalog_excerpt, decision, decision_instance

_EXCERPT = select(catalog_excerpt.c.number)
_PUT_INSTANCE = (
    insert(decision_instance)
    .values(
        decision_id=bindparam("decision"),
        nodes=_EXCERPT.where(catalog_excerpt.c.digest == bindparam("nodes_digest")).scalar_subquery(),
        lanes=_EXCERPT.where(catalog_excerpt.c.digest == bindparam("lanes_digest")).scalar_subquery(),
        content=bindparam("own"),
    )
    .returning(decision_instance.c.nodes, decision_instance.c.lanes)
)
_NODES, _LANES = catalog_excerpt.alias(), catalog_excerpt.alias()


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision's document, and what it was made from; None of one that was kept before that was.

    `digest` names both by their content, and the policy by its version.
    """

    document: Mapping[str, object]
    instance: Instance | None
    digest: str


class Decisions:
    """`excerpts` is what the process remembers of the catalog."""

    def __init__(self, connection: Connection, *, excerpts: Excerpts) -> None:
        self._connection = connection
        self._excerpts = excerpts

    def put(self, order: OrderId, revision: int, document: Mapping[str, object]) -> int:
        """Keep a decision; returns its number."""
        values = {"order_id": order, "revision": revision, "document": dict(document)}
        made = self._connection.execute(insert(decision), values).inserted_primary_key
        assert made is not None
        return int(made[0])

    def put_instance(self, number: int, instance: Instance, *, version: int) -> None:
        """Keep what the decision of that number was made from; `version` is the catalog's."""
        kept = documents_of(instance, self._excerpts, version=version)
        values = {
            "decision": number,
            "nodes_digest": kept.nodes.digest,
            "lanes_digest": kept.lanes.digest,
            "own": kept.content,
        }
        put = self._connection.execute(_PUT_INSTANCE, values).one()
        if None in put:
            self._put_excerpts(number, kept)

    def latest(self, order: OrderId) -> Mapping[str, object] | None:
        newest = (
            select(decision.c.document)
            .where(decision.c.order_id == order)
            .order_by(decision.c.id.desc())
            .limit(1)
        )
        document: Mapping[str, object] | None = self._connection.execute(newest).scalar_one_or_none()
        return document

    def latest_with_instance(self, order: OrderId) -> KeptDecision | None:
        """The latest decision of an order, ready to be made again."""
        newest = (
            select(
                decision.c.document,
                decision_instance.c.content,
                _NODES.c.content.label("nodes"),
                _LANES.c.content.label("lanes"),
            )
            .select_from(decision)
            .outerjoin(decision_instance, decision_instance.c.decision_id == decision.c.id)
            .outerjoin(_NODES, _NODES.c.number == decision_instance.c.nodes)
            .outerjoin(_LANES, _LANES.c.number == decision_instance.c.lanes)
            .where(decision.c.order_id == order)
            .order_by(decision.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(newest).one_or_none()
        if row is None:
            return None
        digest = _digest(row.document, row.nodes, row.lanes, row.content)
        if row.content is None:
            return KeptDecision(row.document, None, digest)
        instance = instance_of(nodes=row.nodes, lanes=row.lanes, content=row.content)
        return KeptDecision(row.document, instance, digest)

    def purge_excerpts(self) -> int:
        """Forget the excerpts that no decision was made from; returns how many. Only while writing alone."""
        used = exists().where(
            or_(
                decision_instance.c.nodes == catalog_excerpt.c.number,
                decision_instance.c.lanes == catalog_excerpt.c.number,
            )
        )
        return self._connection.execute(delete(catalog_excerpt).where(~used)).rowcount

    def _put_excerpts(self, number: int, kept: Documents) -> None:
        """For the first decision on a state of the catalog, in whatever process."""
        digests = {"nodes": kept.nodes.digest, "lanes": kept.lanes.digest}
        for one in sorted((kept.nodes, kept.lanes), key=lambda one: one.digest):
            insert_new(self._connection, catalog_excerpt, [{"digest": one.digest, "content": one.content}])
        of_digest = {
            column: _EXCERPT.where(catalog_excerpt.c.digest == digest).scalar_subquery()
            for column, digest in digests.items()
        }
        which = decision_instance.c.decision_id == number
        self._connection.execute(update(decision_instance).where(which).values(of_digest))


def _digest(document: Mapping[str, object], *contents: bytes | None) -> str:
    parts = (json.dumps(document, sort_keys=True).encode(), *(one or b"" for one in contents))
    return blake2b(b"".join(blake2b(part).digest() for part in parts), digest_size=16).hexdigest()
