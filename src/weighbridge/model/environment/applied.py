"""Environments as they were applied: what owners signed, the policy pinned by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.policy import Spec

POLICY_DIGEST = "policyDigest"
"""The member of a record beside those of the document: digest of the policy's bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedEnvironment:
    """An environment as it was applied last.

    Attributes:
        name: Its name.
        digest: Digest of the record.
        record: The resolved document and `policyDigest`, plain values.
        policy: What the policy it is pinned to demands.
    """

    name: str
    digest: str
    record: Mapping[str, Any]
    policy: Spec
