"""Where templates and policies are kept: the seam between what wants them and what keeps them."""

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


class FileTree(Protocol):
    """Files of a place, by their paths in it: a folder, a git revision, an artifact."""

    @property
    def origin(self) -> str:
        """Say exactly what was read, such as a commit; empty of a place that may change.

        Raises:
            UnreadableError: The place cannot be read.
        """

    def names(self, folder: str = "") -> Sequence[str]:
        """List the files that lie in a folder, sorted; none if there is no such folder.

        Raises:
            UnreadableError: The place cannot be read.
        """

    def read(self, path: str, *, limit: int) -> bytes:
        """Read a file, which has at most so many bytes.

        Raises:
            UnreadableError: It is not there, is no file or a link, or is larger.
        """

    def shown(self, path: str) -> str:
        """Write a path as messages name it."""
