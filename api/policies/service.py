"""Keeps versions of the policy, puts them in force and back; says what differs between two."""

from datetime import datetime

from api.edge.answers import Answer, answer
from api.edge.idempotency import Call, record, write_once
from api.edge.pages import Asked, Page, number_in, page_of
from api.errors import ActivePolicyChanged, FieldError, NotFound, NothingToStepBackTo, Unprocessable
from api.policies.comparing import differences
from api.policies.rules import refuse_unknown
from api.policies.schemas import (
    ActivationIn,
    Comparison,
    PolicyIn,
    PolicyInForce,
    PolicyOut,
    StepBackIn,
)
from api.policies.translate import content_of, in_force, policy_of, policy_out
from fulfillment.activations import Activation
from fulfillment.errors import UnknownReference
from fulfillment.ids import PolicyVersion
from storage.database import Database
from storage.policies import StoredPolicy
from storage.stores import Stores


def create(database: Database, call: Call, sent: PolicyIn) -> Answer:
    """Keep a version; the same content again changes nothing.

    Raises
    ------
    InvalidInput
        The version exists with other content, or two of its rules have one name.
    UnknownNames
        A rule names a node or a zone that was never imported.
    """
    policy = policy_of(sent)

    def write(stores: Stores) -> Answer:
        refuse_unknown(policy.rules, stores.catalog.network())
        kept, is_new = stores.catalog.policies().add(
            policy, note=sent.note, author=call.act.actor, now=stores.now
        )
        shown = _out(stores, kept)
        where = {"Location": f"/v1/policies/{shown.version}"}
        given = answer(shown, status=201 if is_new else 200, headers=where)
        return record(stores, call, given, subject=shown.version)

    return write_once(database, call, write)


def list_policies(database: Database, asked: Asked) -> Page[PolicyOut]:
    """Versions, the newest first."""
    with database.reading() as stores:
        return page_of(
            asked,
            lambda after: stores.catalog.policies().list(
                before=number_in(after) if after else None, limit=asked.limit + 1
            ),
            key=lambda kept: (str(kept.number),),
            parts=1,
            show=lambda kept: _out(stores, kept),
        )


def get_policy(database: Database, version: str) -> PolicyOut:
    with database.reading() as stores:
        return _out(stores, _known(stores, version))


def get_active(database: Database, at: datetime | None) -> PolicyInForce:
    """What is in force at an instant, by default now."""
    with database.reading() as stores:
        timeline = stores.catalog.timeline()
        instant = stores.now if at is None else at
        kept = _known(stores, timeline.at(instant).version)
        return in_force(kept, timeline, now=stores.now, at=instant)


def compare(database: Database, version: str, other: str) -> Comparison:
    """What is different in the other one."""
    with database.reading() as stores:
        old, new = (
            content_of(_known(stores, name).policy).model_dump(mode="json") for name in (version, other)
        )
    return Comparison(from_version=version, to_version=other, differences=list(differences(old, new)))


def activate(database: Database, call: Call, version: str, sent: ActivationIn) -> Answer:
    """Put a version in force, now or from an instant on.

    Raises
    ------
    NotFound
        There is no such version.
    Unprocessable
        The instant is in the past.
    ActivePolicyChanged
        Another version is in force than the caller believes.
    """

    def write(stores: Stores) -> Answer:
        known = _known(stores, version)
        _refuse_surprise(stores, sent.expected_active)
        effective_at = sent.effective_at or stores.now
        if effective_at < stores.now:
            detail = f"is in the past: it is {stores.now.isoformat()}"
            raise Unprocessable(
                f"/effective_at: {detail}",
                [FieldError("/effective_at", detail, allowed="now or later", value=effective_at.isoformat())],
                fix="Send a later instant, or leave effective_at out for now",
            )
        _activate(stores, call, version, reason=sent.reason, effective_at=effective_at)
        return record(stores, call, answer(_out(stores, known)))

    return write_once(database, call, write)


def step_back(database: Database, call: Call, sent: StepBackIn) -> Answer:
    """Put the version in force that was so before the present one.

    Raises
    ------
    NothingToStepBackTo
        None was.
    ActivePolicyChanged
        Another version is in force than the caller believes.
    """

    def write(stores: Stores) -> Answer:
        _refuse_surprise(stores, sent.expected_active)
        timeline, now = stores.catalog.timeline(), stores.now
        version = timeline.before(now)
        if version is None:
            raise NothingToStepBackTo(timeline.at(now).version)
        _activate(stores, call, version, reason=sent.reason, effective_at=now, is_step_back=True)
        return record(stores, call, answer(_out(stores, _known(stores, version))), subject=version)

    return write_once(database, call, write)


def _activate(
    stores: Stores,
    call: Call,
    version: str,
    *,
    reason: str,
    effective_at: datetime,
    is_step_back: bool = False,
) -> None:
    by = call.act.actor
    stores.catalog.policies().activate(
        Activation(
            number=0,  # the store gives it one
            version=PolicyVersion(version),
            effective_at=effective_at,
            made_at=stores.now,
            made_by=by.id,
            made_by_name=by.name,
            reason=reason,
            is_step_back=is_step_back,
        )
    )


def _refuse_surprise(stores: Stores, expected: str | None) -> None:
    active = stores.catalog.timeline().at(stores.now)
    if expected is not None and expected != active.version:
        raise ActivePolicyChanged(
            expected,
            active.version,
            since=active.effective_at.isoformat(),
            by=active.made_by_name or active.made_by,
        )


def _out(stores: Stores, kept: StoredPolicy) -> PolicyOut:
    return policy_out(kept, stores.catalog.timeline(), stores.now)


def _known(stores: Stores, version: str) -> StoredPolicy:
    store = stores.catalog.policies()
    kept = store.get(PolicyVersion(version))
    if kept is None:
        detail = UnknownReference("policy", version, store.versions()).detail
        raise NotFound(detail, fix="See /v1/policies, or make it with a POST there")
    return kept
