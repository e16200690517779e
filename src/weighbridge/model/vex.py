"""What somebody says of a flaw in a product: OpenVEX statements.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class VexStatus(StrEnum):
    """What is said."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"

    @property
    def clears(self) -> bool:
        """Whether a flaw does not count of which this is said."""
        return self in {VexStatus.NOT_AFFECTED, VexStatus.FIXED}


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


def newest_word(
    statements: Iterable[VexStatement], *, ids: Collection[str], package: str, version: str
) -> VexStatement | None:
    """Find the newest of some statements that is about a flaw in a version of a package.

    Of two statements of one time that contradict each other, the one that clears nothing counts.

    Args:
        statements: The statements.
        ids: All ids of the flaw.
        package: Normalised name (PEP 503).
        version: The version.
    """
    about = [
        one
        for one in statements
        if not one.ids.isdisjoint(ids)
        and any(_is(product, package, version) for product in one.products)
    ]
    return max(about, key=lambda one: (one.at, not one.status.clears), default=None)


def _is(product: VexProduct, package: str, version: str) -> bool:
    if product.name != package:
        return False
    if product.version in ("", version):
        return True
    said, pinned = _version(product.version), _version(version)
    return said is not None and said == pinned


@lru_cache(maxsize=1 << 12)
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
