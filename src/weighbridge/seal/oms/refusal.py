"""Why a signature does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class RefusedError(ValueError):
    """The signature does not count."""


class UntrustedError(ValueError):
    """A certificate must not be relied on; each reason found is one.

    Attributes:
        reasons: Why, each a sentence of its own.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)
