"""Digests of byte ranges of files: ranges of one file are read side by side, as files are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.model.ports import NoProgress
from weighbridge.probes.open_file import CHANGED
from weighbridge.probes.reading.digesting import LANES, digest_all
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.probes.reading.one_pass import CHUNK, STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.ports import ByteSource, Progress, Tree
    from weighbridge.probes.reading.digesting import Algorithm

NOT_AS_LONG = "the file is of another size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A file and the digests of its byte ranges.

    Attributes:
        size: Bytes.
        digests: Hexadecimal digits of each range, in their order; a file of no bytes has none.
        link: Where it leads if a symbolic link is on its way.
    """

    size: int
    digests: tuple[str, ...]
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardReading:
    """How files are to be cut and read.

    Attributes:
        shard_size: Bytes of each range but the last.
        algorithm: The digest.
        progress: Who watches.
    """

    shard_size: int
    algorithm: Algorithm = "sha256"
    progress: Progress = field(default_factory=NoProgress)

    def read(
        self, tree: Tree, paths: Iterable[str], *, sizes: Mapping[str, int] | None = None
    ) -> Iterator[tuple[str, Cut | PathProblem | Unavailable]]:
        """Read files of a tree; each comes with its path.

        Args:
            tree: Where they are.
            paths: Which.
            sizes: What size each must have; one of another is not read.
        """
        for path, source, link in tree.sources(paths):
            if isinstance(source, PathProblem | Unavailable):
                yield path, source
                continue
            with InMemory(source) if isinstance(source, bytes) else source as opened:
                if sizes is not None and opened.size != sizes.get(path, opened.size):
                    seen = f"{NOT_AS_LONG}: {opened.size} bytes"
                    yield path, Unavailable(seen)
                else:
                    yield path, self._cut(path, opened, link)

    def _cut(self, path: str, source: ByteSource, link: str | None) -> Cut | Unavailable:
        starts = range(0, source.size, self.shard_size)
        digests: list[str] = []
        self.progress.start(path, source.size)
        try:
            for first in range(0, len(starts), LANES):
                group = starts[first : first + LANES]
                lengths = [min(self.shard_size, source.size - start) for start in group]
                step = STEP if len(group) > 1 else CHUNK
                streams = [
                    self._range(source, start, length, step)
                    for start, length in zip(group, lengths, strict=True)
                ]
                digests += digest_all(streams, lengths, algorithm=self.algorithm)
        except OSError as error:
            return Unavailable(f"the file cannot be read: {(error.strerror or str(error)).lower()}")
        finally:
            self.progress.finish()
        if source.changed():
            return CHANGED
        return Cut(
            size=source.size,
            digests=tuple(digest.partition(":")[2] for digest in digests),
            link=link,
        )

    def _range(self, source: ByteSource, start: int, length: int, step: int) -> Iterator[bytes]:
        end = start + length
        while start < end and (chunk := source.read_at(start, min(step, end - start))):
            self.progress.advance(len(chunk))
            yield chunk
            start += len(chunk)
