"""What is said of a layer between the process that reads it and the one that wants to know.

Entries come in batches while the layer is walked, so that neither end holds its archive twice.
Whoever writes them may be a process that hostile data took over: each value has the one type it
must have, or the layer counts as unread.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from weighbridge.codec.image_content import (
    ImageContentError,
    read_structure,
    read_value,
    structure_text,
)
from weighbridge.formats.image.layer import Entry, Known, Layer
from weighbridge.formats.image.looked import Looked
from weighbridge.formats.record import Record
from weighbridge.model.fact import Distribution
from weighbridge.model.image import InstalledPackage, OsRelease

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.structure import Structure

_KINDS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a layer is to be read.

    Attributes:
        size: Its bytes, as its manifest has it.
        said: The compression its media type names, or None.
        algorithm: Of the digest of what it unfolds to.
        plain: Whether its bytes are digested with that algorithm already.
        budget: Bytes it may unfold to.
        headers: Headers it may have.
    """

    size: int
    said: str | None
    algorithm: str
    plain: bool
    budget: int
    headers: int


@dataclass(slots=True, kw_only=True)
class Unfolded:
    """What a layer unfolds to.

    Attributes:
        diff: Digest of it, hexadecimal; empty if it could not be unfolded, or `plain`.
        plain: Whether it is its own bytes, digested already by whoever handed them over.
        size: How many bytes it has.
        headers: How many headers were read.
        structure: How far it was read, and what is wrong with it.
    """

    diff: str
    plain: bool
    size: int
    headers: int
    structure: Structure


def entries_line(entries: Sequence[Entry]) -> bytes:
    """Write entries, by column."""
    columns = [
        [entry.path for entry in entries],
        bytes(entry.kind % _KINDS for entry in entries).decode("ascii"),
        [at for at, entry in enumerate(entries) if entry.privileged],
        [at for at, entry in enumerate(entries) if entry.examined],
        {str(at): entry.link for at, entry in enumerate(entries) if entry.link},
        {str(at): entry.secret for at, entry in enumerate(entries) if entry.secret},
        {str(at): _known_out(entry.known) for at, entry in enumerate(entries) if entry.known},
    ]
    return orjson.dumps(["entries", *columns])


def file_line(place: int, looked: Looked) -> bytes:
    """Write what came of looking into the entry with a number."""
    text = structure_text(looked.structure, looked.size, looked.digests.get("sha256", ""))
    return orjson.dumps(["file", place, looked.listed_by, text])


def layer_lines(layer: Layer, unfolded: Unfolded) -> list[bytes]:
    """Write the end of a layer."""
    gone = ["gone", layer.whiteouts, layer.opaque]
    text = structure_text(unfolded.structure)
    done = ["layer", unfolded.diff, unfolded.plain, unfolded.size, unfolded.headers, text]
    return [orjson.dumps(gone), orjson.dumps(done)]


class LayerWords:
    """Takes in what is said of one layer.

    Attributes:
        layer: What it does.
        unfolded: What it unfolds to, once that was said.
    """

    def __init__(self, limits: ImageLimits) -> None:
        """Begin with nothing said."""
        self.layer = Layer()
        self.unfolded: Unfolded | None = None
        self._limits = limits
        self._characters = 0

    def take(self, line: bytes) -> bool:
        """Take in a line; false if it is the last.

        Raises:
            ValueError: It is none of those that are written here.
        """
        try:
            word, *rest = orjson.loads(line)
            if word == "entries":
                self._entries(*rest)
            elif word == "file":
                self._file(*rest)
            elif word == "gone":
                self.layer.whiteouts = _texts(rest[0])
                self.layer.opaque = _texts(rest[1])
            elif word == "layer":
                self.unfolded = _unfolded(*rest)
                return False
            elif word not in {"at", "begin"}:
                raise ImageContentError("an unknown word")
        except (TypeError, IndexError, AttributeError) as error:
            raise ImageContentError(str(error)) from error
        return True

    def _entries(self, paths: object, kinds: str, *columns: Any) -> None:  # noqa: ANN401 - read here
        privileged, examined, links, secrets, known = columns
        names = _texts(paths)
        self._characters += sum(map(len, names))
        held = self.layer.entries
        if len(held) + len(names) > self._limits.entries or self._characters > self._limits.names:
            raise ImageContentError("more entries than there may be")
        if len(read_value(str, kinds)) != len(names):
            raise ImageContentError("not every entry has a kind")
        made = [Entry(path, ord(kind)) for path, kind in zip(names, kinds, strict=True)]
        for at in privileged:
            made[at].privileged = True
        for at in examined:
            made[at].examined = True
        for at, link in links.items():
            made[int(at)].link = read_value(str, link)
        for at, secret in secrets.items():
            made[int(at)].secret = read_value(str, secret)
        for at, value in known.items():
            made[int(at)].known = _known_in(*value)
        held.extend(made)

    def _file(self, place: int, listed_by: object, text: object) -> None:
        structure, size, digest = read_structure(read_value(str, text))
        self.layer.entries[place].looked = Looked(
            size=size,
            digests={"sha256": digest},
            structure=structure,
            listed_by=read_value(str, listed_by),
        )


def _unfolded(diff: object, plain: object, size: object, headers: object, text: object) -> Unfolded:
    return Unfolded(
        diff=read_value(str, diff),
        plain=read_value(bool, plain),
        size=read_value(int, size),
        headers=read_value(int, headers),
        structure=read_structure(read_value(str, text))[0],
    )


def _known_out(known: Known) -> list[Any]:
    release = None if known.release is None else asdict(known.release)
    one = None if known.distribution is None else asdict(known.distribution)
    return [release, [asdict(package) for package in known.packages], one, known.fault]


def _known_in(release: object, packages: object, distribution: object, fault: object) -> Known:
    return Known(
        release=read_value(OsRelease | None, release),
        packages=read_value(tuple[InstalledPackage, ...], packages),
        distribution=read_value(Distribution | None, distribution),
        fault=read_value(str, fault),
    )


def _texts(value: object) -> list[str]:
    found: list[str] = read_value(list, value)
    if not all(type(one) is str for one in found):
        raise ImageContentError("a text is none")
    return found


def noted(structure: Structure, size: int) -> Record:
    """Take up the notes that another process made of a layer."""
    record = Record(format="layer", size=size, coverage=structure.coverage)
    record.problems.extend(structure.problems)
    if structure.status != "complete":
        record.unread(structure.reason)
    return record
