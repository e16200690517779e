"""What somebody says of a flaw in a product: OpenVEX statements.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VexStatus(StrEnum):
    """What is said."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


@dataclass(frozen=True, slots=True, kw_only=True)
class VexProduct:
    """A Python package a statement is about.

    Attributes:
        name: Its normalised name (PEP 503).
        version: Its version; empty for all.
    """

    name: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """One statement.

    Attributes:
        ids: Ids of the flaw.
        products: What it is about; nothing else is covered.
        status: What is said.
        justification: Why something is not affected, in the format's words.
        impact: The same in the author's.
        author: Who says it.
        at: Since when (RFC 3339, UTC).
        document: Id of the document.
    """

    ids: frozenset[str]
    products: tuple[VexProduct, ...]
    status: VexStatus
    justification: str
    impact: str
    author: str
    at: str
    document: str

    @property
    def why(self) -> str:
        """Why, in one line."""
        return ": ".join(part for part in (self.justification, self.impact) if part)
