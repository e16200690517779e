"""The end of a reading that cannot go on."""

from __future__ import annotations


class FaultError(Exception):
    """The bytes are not what the format says, and what follows cannot be told from them.

    Attributes:
        offset: Where they stop being it.
        wanted: What the standard asks for, or empty.
    """

    def __init__(self, message: str, offset: int, wanted: str = "") -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.offset = offset
        self.wanted = wanted
