"""What a keeper of secrets is asked, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT = 10
"""Seconds a keeper has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks.

    Attributes:
        folder: Folder the paths of files are relative to.
        environ: Environment variables: where keepers are, and who asks them.
        offline: Whether the network must not be used.
    """

    folder: Path
    environ: Mapping[str, str]
    offline: bool = False


class NoAnswerError(Exception):
    """A keeper did not say how old a secret is.

    Attributes:
        reason: Why, one clause.
        hint: What would help, or empty.
    """

    def __init__(self, reason: str, hint: str = "") -> None:
        """Take the reason, and what would help."""
        self.reason = reason
        self.hint = hint
        super().__init__(reason)
