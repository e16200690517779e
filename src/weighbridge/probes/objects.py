"""An object store as a tree of files, read by range; nothing is fetched whole.

What is asked for is pinned to the object as it was listed (If-Match): one that is replaced
meanwhile is noticed, never mixed. Credentials and endpoints are the environment's, by the names
each cloud's own tools use (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
"""

from __future__ import annotations

import errno
import os
import posixpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.ports import Located
from weighbridge.model.remote import first_words, is_same, strong_tag
from weighbridge.model.source import Source
from weighbridge.probes.names import name_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore, RetryConfig

_RANGE = 8 << 20
"""Bytes asked for at once: fewer requests than chunks of the pass, and still little memory."""
_RETRY: RetryConfig | None = None
"""How often a request is tried; None for the library's own ten times."""


class ObjectTree:
    """All objects below one prefix."""

    def __init__(self, root: str) -> None:
        """Name the address: `s3://BUCKET/PREFIX` and the like; no character of it is special.

        Raises:
            UnreadableError: The extra is not installed, or the address names no store.
        """
        try:
            import obstore  # noqa: PLC0415 - an extra
            import obstore.store  # noqa: PLC0415
        except ImportError as error:
            help_ = ['pip install "weighbridge[objects]"']
            raise UnreadableError(f"{root} needs an extra to be read", help=help_) from error
        scheme, _, place = root.partition("://")
        try:
            self._store = obstore.store.from_url(f"{scheme}://{quote(place)}", retry_config=_RETRY)
        except (obstore.exceptions.BaseError, ValueError) as error:
            raise UnreadableError(f"{root} is no store: {_told(error)}") from error
        self._root = root
        self._known: dict[str, ObjectMeta] = {}

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is an object or a prefix of some."""
        found = self._find(path)
        if not isinstance(found, Unavailable):
            return "file"
        return "directory" if any(True for _ in self.files(path)) else found

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """List the objects below a prefix, in the order of a folder's walk.

        An empty object whose key ends in a slash stands for a folder, and is no file.

        Raises:
            UnreadableError: The store does not answer, or holds a key that is no path.
        """
        prefix = "" if path in {"", "."} else posixpath.normpath(path) + "/"
        self._list(prefix)
        names = sorted(
            (name for name in self._known if name.startswith(prefix)),
            key=lambda name: name.split("/"),
        )
        folders = _folders(names, prefix)
        for folder in sorted(folders):
            yield from name_problems(folder, sorted(folders[folder]))
        for name in names:
            if not self._known[name]["size"] and self._is_marker(name):
                del self._known[name]
            elif not name:
                yield PathProblem(path=".", kind="special")
            else:
                if name in folders:  # no folder on disk could hold both
                    yield PathProblem(path=name, kind="collision", target=f"{name}/")
                yield name

    def _list(self, prefix: str) -> None:
        import obstore  # noqa: PLC0415 - an extra

        try:
            for page in obstore.list(self._store, prefix or None):
                self._known.update((meta["path"], meta) for meta in page)
        except (obstore.exceptions.BaseError, ValueError) as error:
            help_ = ["check the address, the credentials in the environment, and its keys"]
            message = f"{self._root} cannot be listed: {_told(error)}"
            raise UnreadableError(message, help=help_) from error

    def _is_marker(self, name: str) -> bool:
        """Tell whether there is no object of a name that was listed: its key ends in a slash."""
        if not name:
            return True
        import obstore  # noqa: PLC0415 - an extra

        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return True
        except obstore.exceptions.BaseError:
            return False  # whoever reads it is told why
        return False

    def link(self, path: str) -> None:
        """An object is never a link."""

    def locate(self, path: str) -> Located:
        """Say where another process finds an object."""
        found = self._find(path)
        return Located(self._root, path, 0 if isinstance(found, Unavailable) else found["size"])

    def open(self, path: str) -> ObjectSource | Unavailable:
        """Open an object for reading."""
        found = self._find(path)
        return found if isinstance(found, Unavailable) else ObjectSource(self._store, found)

    def sources(
        self, paths: Iterable[str]
    ) -> Iterator[tuple[str, ObjectSource | Unavailable, str | None]]:
        """Open objects one after the other."""
        for path in paths:
            yield path, self.open(path), None

    def _find(self, path: str) -> ObjectMeta | Unavailable:
        import obstore  # noqa: PLC0415 - an extra

        path = posixpath.normpath(path)
        if path not in self._known:
            try:
                self._known[path] = obstore.head(self._store, path)
            except FileNotFoundError:
                return Unavailable(MISSING)
            except obstore.exceptions.BaseError as error:
                return Unavailable(f"it cannot be read: {_told(error)}")
        return self._known[path]


class ObjectSource(Source):
    """One object, as it was when it was listed."""

    def __init__(self, store: ObjectStore, meta: ObjectMeta) -> None:
        """Pin the object."""
        self._store = store
        self._meta = meta
        self._position = 0
        self._buffer = b""
        self._changed = False
        self.size: int = meta["size"]

    def read(self, length: int) -> bytes:
        """Read the next bytes; `b""` at the end."""
        if not self._buffer:
            self._buffer = self.read_at(self._position, _RANGE)
            self._position += len(self._buffer)
        piece, self._buffer = self._buffer[:length], self._buffer[length:]
        return piece

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes anywhere, without moving the forward position."""
        import obstore  # noqa: PLC0415 - an extra

        end = min(self.size, offset + length)
        if offset >= end or self._changed:
            return b""
        options: GetOptions = {"range": (offset, end)}
        if tag := strong_tag(self._meta["e_tag"]):
            options["if_match"] = tag
        try:
            found = obstore.get(self._store, self._meta["path"], options=options)
            self._changed = not is_same(found.meta, self._meta)
            return b"" if self._changed else bytes(found.bytes())
        except (FileNotFoundError, obstore.exceptions.PreconditionError):
            self._changed = True
            return b""
        except obstore.exceptions.BaseError as error:
            raise OSError(errno.EIO, _told(error)) from error

    def changed(self) -> bool:
        """Tell whether the object was replaced since it was listed."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            now = obstore.head(self._store, self._meta["path"])
        except (FileNotFoundError, obstore.exceptions.BaseError):
            return True  # it is gone, or nobody can say that it is not
        return self._changed or not is_same(now, self._meta)


def _folders(names: Iterable[str], prefix: str) -> dict[str, set[str]]:
    """Say what each folder below a prefix would hold if these names were those of files."""
    folders: dict[str, set[str]] = {}
    for name in names:
        path = name
        while len(path) > len(prefix):
            folder, _, last = path.rpartition("/")
            held = folders.setdefault(folder, set())
            if last in held:
                break
            held.add(last)
            path = folder
    return folders


def _told(error: Exception) -> str:
    """Take what an error says first; the rest is the library's own debugging."""
    import obstore  # noqa: PLC0415 - an extra

    refused = obstore.exceptions.PermissionDeniedError, obstore.exceptions.UnauthenticatedError
    if isinstance(error, refused):
        return os.strerror(errno.EACCES).lower()
    return first_words(error)
