"""One layer: what its archive puts into the file system, and what it takes away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.formats import tar_header
from weighbridge.formats.image import databases
from weighbridge.formats.image.candidates import HEAD, is_candidate, is_notable
from weighbridge.formats.image.interest import KEY, Interest, holds_key, interest, secret
from weighbridge.formats.image.listings import Listings
from weighbridge.formats.image.start_up import is_hook
from weighbridge.formats.image.tar_walk import TarWalk
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import ATTACK, CORRUPT, HIDDEN, Record
from weighbridge.formats.tar_header import Header, TarError
from weighbridge.formats.text import shown

if TYPE_CHECKING:
    from weighbridge.formats.image.looked import Aside, Looked
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
        path: Its path, without a leading `/` and without `.`; once it lies in a root, and holds no
            credential, its name alone.
        kind: Its type flag in the archive.
        privileged: Whether it runs with the rights of another.
        link: Where it leads, if it is a link.
        secret: What credential it holds, or empty.
        known: What its content says, if that is of interest.
        examined: Whether it was looked into.
        looked: What came of that, if it is worth saying.
    """

    path: str
    kind: int
    privileged: bool = False
    link: str = ""
    secret: str = ""
    known: Known | None = None
    examined: bool = False
    looked: Looked | None = None


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
        self,
        record: Record,
        limits: ImageLimits,
        allowance: Allowance | None = None,
        aside: Aside | None = None,
    ) -> None:
        """Begin with nothing read.

        Args:
            record: Notes what is wrong.
            limits: Budgets.
            allowance: Headers all layers of the image may have.
            aside: Keeps files that are looked into; None if none are.
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
        self._size = 0
        self._examined = 0
        self._aside = aside
        self._listings = Listings()

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
            return self._wanted(entry, header.size)
        return 0

    def take(self, content: bytes) -> bool:
        """Take the first bytes of the member visited last; say whether the others are wanted."""
        entry, found = self.layer.entries[-1], self._interest
        if found is Interest.MODEL:
            return self._look_into(entry.path, content)
        if self._cut:
            if found is not Interest.LISTING:
                entry.known = Known(fault=f"{shown(entry.path)} is over a limit")
        elif found is Interest.RPM:
            return self._begin(entry.path, content)
        elif found is Interest.KEY and holds_key(content):
            entry.secret = KEY
        elif found is Interest.LISTING:
            self._listings.add_list(entry.path, content)
        elif found in _READERS:
            self._learn(entry, _READERS[found](content))
        # What only is called like something may be anything.
        self._interest = Interest.MODEL
        return self._look_into(entry.path, content)

    def more(self, piece: bytes) -> None:
        """Take more of the member, and have it read once all is there."""
        aside, entry = self._aside, self.layer.entries[-1]
        if aside is None:
            raise AssertionError("nobody asked for more")
        if piece:
            aside.push(piece)
        elif self._interest is Interest.RPM:
            found = aside.packages()
            known = Known(fault=found) if isinstance(found, str) else Known(packages=found)
            self._learn(entry, known)
        else:
            entry.examined = True
            self._examined += 1
            looked = aside.looked()
            if is_notable(entry.path, looked.structure):
                entry.looked = looked
                self._listings.add_file(entry.path, looked)

    def _look_into(self, path: str, head: bytes) -> bool:
        """Begin with a file that may be a model, or run by itself."""
        if self._aside is None or not (
            is_hook(path) or is_candidate(path, head[:HEAD], self._size)
        ):
            return False
        if self._examined >= self._limits.examined:
            self._record.unread(f"more than {self._limits.examined} files to be looked into")
            return False
        return self._begin(path, head)

    def _begin(self, path: str, head: bytes) -> bool:
        if self._aside is None:
            raise AssertionError("nobody keeps files")
        self._aside.begin(path, self._size)
        self._aside.push(head)
        return True

    def _learn(self, entry: Entry, known: Known) -> None:
        entry.known = known
        self._packages += len(known.packages)
        if self._packages > self._limits.packages:
            raise BudgetExceededError(f"more than {self._limits.packages} packages")

    def _wanted(self, entry: Entry, size: int) -> int:
        """Say how much of a file is wanted."""
        found = interest(entry.path)
        if found is None and self._aside is not None:
            found = Interest.MODEL
        if found is Interest.OTHER_RPM or (found is Interest.RPM and self._aside is None):
            text = f"its packages stand in {entry.path}, a database of rpm of a kind not read here"
            entry.known = Known(fault=text) if size else None
            found = None
        self._interest, self._size = found, size
        self._cut = found in _WHOLE and size > _most(found, self._limits)
        if found is None:
            return 0
        if self._cut or found in {Interest.MODEL, Interest.RPM}:
            return min(size, HEAD)
        return min(size, self._limits.headers) if found in _HEADS else size

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
_HEADS: Final = frozenset({Interest.METADATA, Interest.KEY})
_WHOLE: Final = frozenset({Interest.LISTING, Interest.RPM, *_READERS}) - _HEADS


def _most(interest: Interest | None, limits: ImageLimits) -> int:
    return limits.database if interest is Interest.RPM else limits.content
