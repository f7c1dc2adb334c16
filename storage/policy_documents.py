"""A policy as the document that is kept of it, and back. The one place that knows how.

It follows from the fields of `Policy`: a new one needs nothing here. A document written before a field was
there is read with the field's default, and what a later version has added to one is passed over.
"""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from fulfillment.ids import PolicyVersion
from fulfillment.policy import Policy

Document = dict[str, Any]


def document_of(policy: Policy) -> Document:
    """The content of a policy as JSON, without the name of its version."""
    document: Document = _policies().dump_python(policy, mode="json")
    del document["version"]
    return document


def policy_of(version: PolicyVersion, document: Document) -> Policy:
    """The policy that a document was made of."""
    return _policies().validate_python({**document, "version": version})


@cache
def _policies() -> TypeAdapter[Policy]:
    """Made when it is first needed: a command that asks the service needs none."""
    return TypeAdapter(Policy)
