"""Where templates are kept: the seam between what wants one and what keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """A template as it lies in a catalogue.

    Attributes:
        reference: `name@version`.
        file: Its name for messages.
        catalogue: The catalogue, as the settings name it.
        data: Its bytes.
    """

    reference: str
    file: str
    catalogue: str
    data: bytes


class Catalogue(Protocol):
    """A place templates are kept in."""

    def references(self) -> Sequence[str]:
        """List what it holds, as `name@version`, sorted.

        Raises:
            UnreadableError: It cannot be read.
        """

    def read(self, reference: str) -> TemplateFile:
        """Read one of the templates it lists.

        Raises:
            UnreadableError: It cannot be read.
        """
