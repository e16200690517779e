"""A runner that runs nothing, and says why: what cannot be run here is never taken for a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.trial import NoAnswerError, Served

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from weighbridge.model.trial import Conversation


class RefusingRunner:
    """Runs nothing."""

    def __init__(self, why: NoAnswerError) -> None:
        """Say why."""
        self._why = why

    @staticmethod
    def served(runner: str) -> Served:
        """Name what would have run."""
        return Served(runner=runner or "none", folder="")

    @property
    def where(self) -> str:
        """Say where nothing ran."""
        return "nowhere"

    @property
    def local(self) -> bool:
        """Nothing is asked of anybody else either."""
        return True

    def open(self, served: Served) -> AbstractContextManager[Conversation]:
        """Refuse to start it."""
        del served
        raise NoAnswerError(str(self._why), *self._why.help)
