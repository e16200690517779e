"""Reading files in this process: each once, many of them side by side."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.suffixes import expected_formats
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.limits import DEFAULT_LIMITS, Limits
from weighbridge.model.ports import NoProgress
from weighbridge.model.structure import Structure
from weighbridge.probes.open_file import CHANGED
from weighbridge.probes.reading.digesting import LANES, digest_all, digest_texts
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.probes.reading.one_pass import CHUNK, STEP, OnePass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.model.ports import BlobStore, ByteSource, Incoming, Progress, Tree
    from weighbridge.probes.reading.digesting import Algorithm

SNIFF = 4096
"""Bytes at each end that tell a format."""

EXPECTED_FORMAT = "expected-format"
"""The key of the metadata that says which formats a file's name promises."""

NOT_EXAMINED = Unavailable("only its digest was asked for")

Found = ObservedFile | PathProblem | Unavailable

_KEEP_LITTLE = frozenset({None, "safetensors", "gguf", "npy", "text"})
"""Formats whose readers keep little of what they read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are to be read.

    Attributes:
        limits: Budgets of the format readers.
        examine: Whether their formats are read, too, or their digests only taken.
        algorithm: The digest.
        keep: A store that takes in a copy of all that is read.
        kept: Where the copies wait, by digest.
        progress: Who watches.
        begins: Is told of each file before its format is looked at.
        aside: Is told of each file that is not small; it is left to others to read.
    """

    limits: Limits = DEFAULT_LIMITS
    examine: bool = True
    algorithm: Algorithm = "sha256"
    keep: BlobStore | None = None
    kept: dict[str, Incoming] = field(default_factory=dict)
    progress: Progress = field(default_factory=NoProgress)
    begins: Callable[[str], object] = len
    aside: Callable[[str], object] | None = None

    def read(self, tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Found]]:
        """Read files; they come in any order, each with its path."""
        small: list[tuple[str, bytes, str | None]] = []
        opened: list[_File] = []
        try:
            for path, source, link in tree.sources(paths):
                if self.examine:
                    self.begins(path)
                name = self._told(source) if isinstance(source, bytes) else None
                if isinstance(source, bytes) and name is None and self.keep is None:
                    small.append((path, source, link))
                    if len(small) == LANES:
                        yield from self._read_small(small)
                        small.clear()
                elif isinstance(source, PathProblem | Unavailable):
                    yield path, source
                elif self.aside is not None and not isinstance(source, bytes):
                    source.close()
                    self.aside(path)
                else:
                    held = InMemory(source) if isinstance(source, bytes) else source
                    opened.append(self._open(path, held, link, told=name))
                    if len(opened) == LANES:
                        yield from self._read_opened(opened)
            yield from self._read_small(small)
            yield from self._read_opened(opened)
        finally:
            for file in opened:
                file.leave()

    def discard(self) -> None:
        """Forget the copies; harmless for those a store has taken in."""
        for copy in self.kept.values():
            copy.discard()

    def _told(self, data: bytes) -> str | None:
        """Tell the format of a file's bytes; None if it is none we know, or nobody asks."""
        return _sniff(data[:SNIFF], data[-SNIFF:], len(data)) if self.examine else None

    def _read_small(
        self, small: Sequence[tuple[str, bytes, str | None]]
    ) -> Iterator[tuple[str, Found]]:
        """Digest files that are in memory: most files of a folder are, so no pass is made."""
        digests = digest_texts([data for _, data, _ in small], algorithm=self.algorithm)
        for (path, data, link), digest in zip(small, digests, strict=True):
            structure: Structure | Unavailable = NOT_EXAMINED
            if self.examine:
                structure = promising(path, unknown(len(data)))
            yield path, ObservedFile(path, len(data), digest, structure, link)

    def _read_opened(self, opened: list[_File]) -> Iterator[tuple[str, Found]]:
        """Read those that are open, those of like size together; they are closed behind it."""
        opened.sort(key=lambda file: (file.alone, file.source.size))
        while opened:
            group = [opened[-1]] if opened[-1].alone else opened[-LANES:]
            if sum(file.source.size for file in group) < 2 * group[-1].source.size:
                group = opened[-1:]
            yield from self._read_group(group)
            for file in group:
                file.leave()
            del opened[-len(group) :]

    def _read_group(self, group: list[_File]) -> Iterator[tuple[str, Found]]:
        if not self.examine and len(group) > 1:
            for file in group:
                file.go_in_steps()
        sizes = [file.source.size for file in group]
        what = group[0].path if len(group) == 1 else f"{len(group)} files"
        self.progress.start(what, sum(sizes))
        try:
            streams = [file.stream for file in group]
            digests = digest_all(streams, sizes, algorithm=self.algorithm)
        finally:
            self.progress.finish()
        for file, digest in zip(group, digests, strict=True):
            yield file.path, self._conclude(file, digest)

    def _open(self, path: str, source: ByteSource, link: str | None, *, told: str | None) -> _File:
        """Read a file's first chunk, tell its format if it was not, and make ready for the rest."""
        file = _File(path, source, link)
        try:
            first = source.read(min(CHUNK, source.size + 1))
            name = told or (self._sniff(first, source) if self.examine else None)
        except OSError as error:
            file.trouble = _broken(error)
            return file
        if self.keep is not None:
            file.copy = self.keep.incoming()
        # What sixteen readers keep at once must stay little, too.
        file.alone = name not in _KEEP_LITTLE and source.size > CHUNK
        taps = (self._count,) if file.copy is None else (self._count, file.copy.write)
        one_pass = OnePass(source, limits=self.limits, first=first, taps=taps)
        file.one_pass = one_pass
        reader = _reader(name, source.size, self.limits) if name else None
        file.stream = self._stream(file, one_pass, name or "unknown", reader)
        return file

    def _sniff(self, first: bytes, source: ByteSource) -> str | None:
        size = source.size
        whole = len(first) >= size
        tail = first[-SNIFF:] if whole else source.read_at(max(0, size - SNIFF), SNIFF)
        return _sniff(first[:SNIFF], tail, size)

    def _stream(
        self, file: _File, one_pass: OnePass, name: str, reader: Reader | None
    ) -> Iterator[bytes]:
        """Yield the file's chunks; what its reader made of them is left with the file."""
        try:
            if reader is not None:
                try:
                    file.structure = yield from one_pass.understand(reader)
                except (BudgetExceededError, MemoryError) as error:
                    reason = str(error) or "its reader needs more memory than it may have"
                    file.structure = Structure(
                        format=name, status="incomplete", reason=reason, size=file.source.size
                    )
            yield from one_pass.rest()
        except OSError as error:
            file.trouble = _broken(error)
        file.position = one_pass.position

    def _conclude(self, file: _File, digest: str) -> Found:
        if file.trouble is not None:
            return file.trouble
        source = file.source
        if file.position != source.size or source.changed():
            return CHANGED
        if file.copy is not None and digest not in self.kept:
            file.copy.close()  # a release may have more files than a process may hold open
            self.kept[digest], file.copy = file.copy, None
        return ObservedFile(
            path=file.path,
            size=source.size,
            digest=digest,
            structure=self._structure(file),
            link=file.link,
        )

    def _structure(self, file: _File) -> Structure | Unavailable:
        if not self.examine:
            return NOT_EXAMINED
        return promising(file.path, file.structure or unknown(file.source.size))

    def _count(self, chunk: bytes) -> None:
        self.progress.advance(len(chunk))


class _File:
    """One open file on its way through the pass."""

    __slots__ = (
        "alone",
        "copy",
        "link",
        "one_pass",
        "path",
        "position",
        "source",
        "stream",
        "structure",
        "trouble",
    )

    def __init__(self, path: str, source: ByteSource, link: str | None) -> None:
        self.path = path
        self.source = source
        self.link = link
        self.stream: Iterator[bytes] = iter(())
        self.position = 0
        self.alone = False
        self.one_pass: OnePass | None = None
        self.structure: Structure | None = None
        self.copy: Incoming | None = None
        self.trouble: Unavailable | None = None

    def go_in_steps(self) -> None:
        """Read little at a time: others are read beside it."""
        if self.one_pass is not None:
            self.one_pass.chunk = STEP

    def leave(self) -> None:
        """Let go of the file, and of a copy that is not wanted."""
        self.source.close()
        if self.copy is not None:
            self.copy.discard()


def unknown(size: int) -> Structure:
    """Describe bytes no reader knows: nothing of them is accounted for."""
    return Structure(
        format="unknown", status="incomplete", reason="the format is not known", size=size
    )


def promising(path: str, structure: Structure) -> Structure:
    """Note which formats a file's name promises."""
    promised = expected_formats(posixpath.splitext(path)[1])
    if not promised:
        return structure
    noted = (EXPECTED_FORMAT, ",".join(sorted(promised)))
    return replace(structure, metadata=(*structure.metadata, noted))


def _sniff(head: bytes, tail: bytes, size: int) -> str | None:
    from weighbridge.formats import registry  # noqa: PLC0415 - who examines pays for all formats

    return registry.sniff(head, tail, size)


def _reader(name: str, size: int, limits: Limits) -> Reader:
    from weighbridge.formats import registry  # noqa: PLC0415 - as above

    return registry.reader(name, size, limits=limits)


def _broken(error: OSError) -> Unavailable:
    reason = error.strerror or str(error)
    return Unavailable(f"the file cannot be read: {reason[:1].lower()}{reason[1:]}")
