"""Where a policy lies: files of a folder of this machine, or of what is shipped."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import NotFoundError, UnreadableError
from weighbridge.model.policy.shipped import LIBRARY, SHIPPED
from weighbridge.usecases.documents import read_named, shown_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.catalogue import FileTree

POLICY = "policy.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFiles:
    """A policy among files.

    Attributes:
        files: The files.
        policy: Path of the policy among them.
        has_data: Whether `data/NAME.json` belongs to it.
    """

    files: FileTree
    policy: str = POLICY
    has_data: bool = True


class LocalFiles:
    """A folder; no link leads out of it."""

    def __init__(
        self, folder: Path, start: Path | None, *, named: str = POLICY, origin: str = ""
    ) -> None:
        """Name the folder.

        Args:
            folder: The folder.
            start: The folder messages write paths relative to; None if they write them whole.
            named: The file that was named itself, which may be a link.
            origin: What it is exactly, if it cannot change.
        """
        self._folder = folder
        self._start = start
        self._named = named
        self.origin = origin

    def names(self, folder: str = "") -> Sequence[str]:
        """List the files that lie in a folder, sorted; none if there is no such folder."""
        try:
            return sorted(os.listdir(self._folder / folder))  # noqa: PTH208 - names, not paths
        except OSError:
            return ()

    def read(self, path: str, *, limit: int) -> bytes:
        """Read a file, no more of it than `limit` bytes and one."""
        whole = self._folder / path
        if path != self._named and not self._is_inside(whole):
            raise UnreadableError(f"{self.shown(path)} is a link out of the policy's folder")
        return read_named(whole, start=self._start, limit=limit)

    def shown(self, path: str) -> str:
        """Write a path as messages name it."""
        if self.origin:
            return f"{self.origin}/{path}"
        return shown_as(self._folder / path, self._start)

    def _is_inside(self, path: Path) -> bool:
        folder = os.path.realpath(self._folder)
        return os.path.commonpath([folder, os.path.realpath(path)]) == folder


def files_at(path: Path, start: Path | None = None) -> PolicyFiles:
    """Take a policy of this machine.

    Args:
        path: A folder with `policy.yaml` and, if it has data, `data/NAME.json`; or a policy file,
            which has none.
        start: The folder messages write paths relative to.
    """
    if os.path.isdir(path):  # noqa: PTH112 - unlike pathlib's, never raises
        return PolicyFiles(files=LocalFiles(path, start))
    files = LocalFiles(path.parent, start, named=path.name)
    return PolicyFiles(files=files, policy=path.name, has_data=False)


def shipped_files(name: str) -> PolicyFiles:
    """Take a policy of the library that is shipped.

    Raises:
        NotFoundError: There is none of that name.
    """
    if name not in LIBRARY:
        close = difflib.get_close_matches(name, LIBRARY, n=1, cutoff=0.4)
        help_ = (
            [f"did you mean {SHIPPED}{close[0]}?"] if close else [f"known: {', '.join(LIBRARY)}"]
        )
        raise NotFoundError(f"no policy {name} is shipped", help=help_)
    folder = Path(str(resources.files("weighbridge.model.policy") / "library" / name))
    return PolicyFiles(files=LocalFiles(folder, None, origin=f"{SHIPPED}{name}"))
