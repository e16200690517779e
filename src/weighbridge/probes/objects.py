"""An object store as a tree of files, read by range; nothing is fetched whole.

What is asked for is pinned to the object as it was listed (If-Match): one that is replaced
meanwhile is noticed, never mixed. Credentials and endpoints are the environment's, by the names
each cloud's own tools use (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Self

from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.ports import Located
from weighbridge.probes.names import name_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az")
_RANGE = 8 << 20
"""Bytes asked for at once: fewer requests than chunks of the pass, and still little memory."""


def is_address(path: str) -> bool:
    """Whether what a user named lies in an object store."""
    return path.partition("://")[0] in SCHEMES and "://" in path


class ObjectTree:
    """All objects below one prefix."""

    def __init__(self, root: str) -> None:
        """Name the address: `s3://BUCKET/PREFIX` and the like.

        Raises:
            UnreadableError: The extra is not installed, or the address names no store.
        """
        try:
            import obstore  # noqa: PLC0415 - an extra
            import obstore.store  # noqa: PLC0415
        except ImportError as error:
            help_ = ['pip install "weighbridge[objects]"']
            raise UnreadableError(f"{root} needs an extra to be read", help=help_) from error
        try:
            self._store = obstore.store.from_url(root)
        except Exception as error:
            raise UnreadableError(f"{root} is no store: {_first_line(error)}") from error
        self._root = root
        self._known: dict[str, ObjectMeta] = {}

    def kind(self, path: str) -> str | PathProblem | Unavailable:
        """Say whether a path is an object or a prefix of some."""
        found = self._find(path)
        if not isinstance(found, Unavailable):
            return "file"
        return "directory" if any(True for _ in self.files(path)) else found

    def files(self, path: str) -> Iterator[str | PathProblem]:
        """List the objects below a prefix, sorted; a name that is no proper path is a problem."""
        import obstore  # noqa: PLC0415 - an extra

        prefix = "" if path in {"", "."} else posixpath.normpath(path) + "/"
        try:
            for page in obstore.list(self._store, prefix or None):
                self._known.update((meta["path"], meta) for meta in page)
        except Exception as error:
            raise UnreadableError(f"{self._root} cannot be listed: {_first_line(error)}") from error
        names = sorted(name for name in self._known if name.startswith(prefix))
        problems = {problem.path: problem for problem in name_problems("", names)}
        for name in names:
            improper = posixpath.normpath(name) != name or name.startswith(("/", ".."))
            if improper:
                yield PathProblem(path=name, kind="outside", target=name)
            elif name in problems:
                yield problems[name]
            else:
                yield name

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
                return Unavailable(f"it cannot be read: {_first_line(error)}")
        return self._known[path]


class ObjectSource:
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
        if self._meta["e_tag"]:
            options["if_match"] = self._meta["e_tag"]
        try:
            found = obstore.get(self._store, self._meta["path"], options=options)
            return bytes(found.bytes())
        except (FileNotFoundError, obstore.exceptions.PreconditionError):
            self._changed = True
            return b""
        except obstore.exceptions.BaseError as error:
            raise OSError(5, _first_line(error)) from error

    def changed(self) -> bool:
        """Tell whether the object was replaced since it was listed."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            now = obstore.head(self._store, self._meta["path"])
        except (FileNotFoundError, obstore.exceptions.BaseError):
            return True  # it is gone, or nobody can say that it is not
        return self._changed or now != self._meta

    def identity(self) -> str:
        """Name nothing: who else may answer at the address is not known here."""
        return ""

    def close(self) -> None:
        """Do nothing: no connection is held."""

    def __enter__(self) -> Self:
        """Go on."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: no connection is held."""


def _first_line(error: Exception) -> str:
    """Take what an error says first; the rest is the library's own debugging."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
