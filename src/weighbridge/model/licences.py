"""A policy of licences: which may be used, and what is said of those that are not known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from weighbridge.model.canonical import canonical_bytes

Unknown = Literal["allowed", "noted", "denied"]


@dataclass(frozen=True, kw_only=True)
class LicencePolicy:
    """Which licences may be used. Owners publish one for their registry; one ships.

    Attributes:
        version: When it was made, as a date.
        allowed: SPDX identifiers, a `*` at the end standing for any text; none allows all that
            are not denied. `NAME WITH EXCEPTION` means a licence in that form alone.
        denied: Identifiers of licences that may not be used, written alike.
        unknown: What is said of a package whose licence nobody knows.
    """

    version: str
    allowed: list[str]
    denied: list[str]
    unknown: Unknown = "noted"

    @cached_property
    def data(self) -> dict[str, Any]:
        """The policy as a plain value, from which it can be made again."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @cached_property
    def digest(self) -> str:
        """Digest of the canonical JSON of the policy."""
        return f"sha256:{sha256(canonical_bytes(self.data)).hexdigest()}"
