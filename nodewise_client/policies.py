"""Calls about policies: versions, which of them is in force, and how to get back."""

from datetime import datetime

from nodewise_client.caller import Caller, given, path
from nodewise_client.models import Comparison, PolicyIn, PolicyInForce, PolicyOut
from nodewise_client.pages import Pages


class Policies(Caller):
    """Versions never change. What is in force is said by activations, which are only ever added."""

    def create_policy(self, policy: PolicyIn, *, key: str | None = None) -> PolicyOut:
        """Keep a version; it is a draft until it is activated. The same content again changes nothing."""
        return self._write(PolicyOut, "/v1/policies", policy, key=key)

    def policy(self, version: str) -> PolicyOut:
        return self._get(PolicyOut, path("policies", version))

    def policies(self, *, page_size: int | None = None) -> Pages[PolicyOut]:
        """Versions, the newest first."""
        return self._pages(PolicyOut, "/v1/policies", page_size=page_size)

    def active_policy(self, *, at: datetime | str | None = None) -> PolicyInForce:
        """What is in force now, or at an instant; since when, what was before, and what is scheduled."""
        instant = at.isoformat() if isinstance(at, datetime) else at
        return self._get(PolicyInForce, "/v1/policies/active", {"at": instant})

    def compare_policies(self, version: str, other: str) -> Comparison:
        """What changes from one version to another."""
        return self._get(Comparison, path("policies", version, "compare", other))

    def activate_policy(
        self,
        version: str,
        *,
        reason: str,
        effective_at: datetime | str | None = None,
        expected_active: str | None = None,
        key: str | None = None,
    ) -> PolicyOut:
        """Put a version in force, now or from an instant on."""
        body = given(reason=reason, effective_at=effective_at, expected_active=expected_active)
        return self._write(PolicyOut, path("policies", version, "activate"), body, key=key)

    def step_back(
        self, *, reason: str, expected_active: str | None = None, key: str | None = None
    ) -> PolicyOut:
        """Put the version in force that was so before the present one; twice goes two back."""
        body = given(reason=reason, expected_active=expected_active)
        return self._write(PolicyOut, "/v1/policies/step-back", body, key=key)
