"""One layer: what its archive puts into the file system, and what it takes away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats import tar_header
from weighbridge.formats.image import databases
from weighbridge.formats.image.interest import KEY, Interest, holds_key, interest, secret
from weighbridge.formats.image.tar_walk import TarWalk
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import ATTACK, CORRUPT, HIDDEN, Record
from weighbridge.formats.tar_header import Header, TarError
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from weighbridge.formats.image.tar_walk import Allowance
    from weighbridge.model.fact import Distribution
    from weighbridge.model.image import InstalledPackage, OsRelease
    from weighbridge.model.limits import ImageLimits

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
_OF_AUFS: Final = ".wh..wh."
_PRIVILEGED: Final = 0o6000


@dataclass(slots=True)
class Known:
    """What the content of a file says.

    Attributes:
        release: The distribution.
        packages: Packages of the operating system.
        distribution: A Python distribution.
        fault: Why it says nothing, though it should.
    """

    release: OsRelease | None = None
    packages: tuple[InstalledPackage, ...] = ()
    distribution: Distribution | None = None
    fault: str = ""


@dataclass(slots=True)
class Entry:
    """A member of a layer.

    Attributes:
        path: Its path, without a leading `/` and without `.`.
        kind: Its type flag in the archive.
        privileged: Whether it runs with the rights of another.
        link: Where it leads, if it is a link.
        secret: What credential it holds, or empty.
        known: What its content says, if that is of interest.
    """

    path: str
    kind: int
    privileged: bool = False
    link: str = ""
    secret: str = ""
    known: Known | None = None


@dataclass(slots=True, kw_only=True)
class Layer:
    """What a layer does.

    Attributes:
        entries: What it puts there, in the archive's order.
        whiteouts: Paths it takes away from the layers below.
        opaque: Folders whose content below it takes away.
    """

    entries: list[Entry] = field(default_factory=list)
    whiteouts: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)


class LayerReader:
    """Reads a layer as it comes.

    Attributes:
        layer: What it does, as far as it was read.
        failed: Whether it cannot be read further.
    """

    def __init__(
        self, record: Record, limits: ImageLimits, allowance: Allowance | None = None
    ) -> None:
        """Begin with nothing read.

        Args:
            record: Notes what is wrong.
            limits: Budgets.
            allowance: Headers all layers of the image may have.
        """
        self.layer = Layer()
        self.failed = False
        self._record = record
        self._limits = limits
        self._walk = TarWalk(self, record, limits, allowance)
        self._seen: dict[str, int] = {}
        self._characters = 0
        self._packages = 0
        self._interest: Interest | None = None
        self._cut = False

    @property
    def headers(self) -> int:
        """How many headers were read."""
        return self._walk.headers

    def push(self, piece: bytes) -> None:
        """Hand over the next unfolded bytes; a layer that failed takes no more."""
        if not self.failed:
            try:
                self._walk.push(piece)
            except TarError as error:
                self.failed = True
                self._record.corrupt(str(error), 0)
            except BudgetExceededError as error:
                self.failed = True
                self._record.unread(str(error))

    def finish(self) -> None:
        """Note an archive that ended before its end."""
        if not self.failed:
            self._walk.finish()

    def visit(self, header: Header, offset: int, *, privileged: bool) -> int:
        """Look at a member, and say how many of its first bytes are wanted."""
        self._interest = None
        path = self._path(header.name, offset)
        if path is None:
            return 0
        folder, _, name = path.rpartition("/")
        if name.startswith(WHITEOUT):
            self._whiteout(folder, name, header, offset)
            return 0
        self._once(path, header.kind, offset)
        is_file = header.kind in tar_header.FILES
        entry = Entry(path, header.kind)
        self.layer.entries.append(entry)
        if header.kind in tar_header.LINKS:
            entry.link = header.link
        elif is_file:
            entry.privileged = privileged or bool(header.mode & _PRIVILEGED)
            entry.secret = secret(path) if header.size else ""
            return self._wanted(path, header.size)
        return 0

    def take(self, content: bytes) -> None:
        """Take the content of the member visited last."""
        entry = self.layer.entries[-1]
        if self._interest is Interest.KEY:
            entry.secret = KEY if holds_key(content) else ""
        elif self._cut:
            entry.known = Known(fault=f"{shown(entry.path)} is over a limit")
        elif self._interest is not None:
            entry.known = _READERS[self._interest](content)
            self._packages += len(entry.known.packages)
            if self._packages > self._limits.packages:
                raise BudgetExceededError(f"more than {self._limits.packages} packages")

    def _wanted(self, path: str, size: int) -> int:
        """Say how much of a file is wanted."""
        self._interest = found = interest(path)
        self._cut = False
        if found is None:
            return 0
        if found in {Interest.METADATA, Interest.KEY}:
            return min(size, self._limits.headers)
        self._cut = size > self._limits.content
        return 1 if self._cut else size

    def _path(self, name: str, offset: int) -> str | None:
        """Bring a name into its plain form; None for the root itself, and for an escape."""
        if len(name) > self._limits.text:
            raise BudgetExceededError(f"a name of {len(name)} characters is over a limit")
        self._characters += len(name)
        if self._characters > self._limits.names:
            raise BudgetExceededError("the names of the members are too long together")
        if "\0" in name or ".." in name.split("/"):
            text = f"member name {shown(name)} leads out of the image"
            self._record.problem(ATTACK, text, offset, "a path without `..`")
            return None
        path = name.rstrip("/")
        if path.startswith(("/", "./")) or "/./" in path or "//" in path or path.endswith("/."):
            path = "/".join(part for part in path.split("/") if part not in {"", "."})
        return path if path not in {"", "."} else None

    def _once(self, path: str, kind: int, offset: int) -> None:
        """Note a path that stands twice: which of the two counts, programs do not agree on."""
        before = self._seen.get(path)
        self._seen[path] = kind
        if before is None or before == kind == tar_header.FOLDER:
            return
        text = f"the member name {shown(path)} occurs twice"
        self._record.problem(HIDDEN, text, offset, "each name once")

    def _whiteout(self, folder: str, name: str, header: Header, offset: int) -> None:
        if header.size and header.kind in tar_header.FILES:
            text = f"the whiteout {shown(header.name)} holds {header.size} bytes"
            self._record.problem(HIDDEN, text, offset, "0 bytes")
        gone = name.removeprefix(WHITEOUT)
        if name == OPAQUE:
            self.layer.opaque.append(folder)
        elif gone in {"", ".", ".."}:
            text = f"the whiteout {shown(header.name)} takes nothing away"
            self._record.problem(CORRUPT, text, offset, "the name of a file behind `.wh.`")
        elif not name.startswith(_OF_AUFS):
            self.layer.whiteouts.append(f"{folder}/{gone}" if folder else gone)


def _release(raw: bytes) -> Known:
    found = databases.os_release(raw)
    return Known(release=found, fault="" if found else "its os-release does not say what it is")


def _dpkg(raw: bytes) -> Known:
    return Known(packages=tuple(databases.dpkg_packages(raw)))


def _apk(raw: bytes) -> Known:
    return Known(packages=tuple(databases.apk_packages(raw)))


def _metadata(raw: bytes) -> Known:
    found = databases.python_distribution(raw)
    return Known(distribution=found, fault="" if found else "metadata without name and version")


_READERS: Final = {
    Interest.OS_RELEASE: _release,
    Interest.DPKG: _dpkg,
    Interest.APK: _apk,
    Interest.METADATA: _metadata,
}
