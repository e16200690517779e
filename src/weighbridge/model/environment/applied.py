"""Environments as they were applied: what owners signed, the policy pinned by its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.environment.standing import Hours, Stop
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
        hours: How its windows stand now; None if it has none.
        frozen: Why and until when nothing is promoted to it; None if something is.
        blocks: What goes nowhere there, by the digest of a release or of a file.
        policy: What the policy it is pinned to demands.
    """

    name: str
    digest: str
    record: Mapping[str, Any]
    policy: Spec
    hours: Hours | None = None
    frozen: Stop | None = None
    blocks: Mapping[str, Stop] = field(default_factory=dict)
