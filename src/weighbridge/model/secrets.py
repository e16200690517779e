"""How old the secrets are that a release refers to: a date each, and nothing of the secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.fact import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAge:
    """When the value of a secret was last replaced.

    Attributes:
        changed: When (RFC 3339, UTC).
        told: What says so: `file`, `vault` …
    """

    changed: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFacts:
    """What was observed of the secrets of a release.

    Attributes:
        ages: By the name of the service each is for.
    """

    ages: Mapping[str, SecretAge | Unavailable]
