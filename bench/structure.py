"""What the structure of a file costs: `python bench/structure.py TIMES PATH`.

PATH is read TIMES times as far as its structure asks for: directories, headers, pickles, and the
first bytes of what is in it, but not the numbers nobody looks into, of which `scan` takes the
digests. Nothing is to be found in it. With 0 nothing is read.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.formats.drive import serve
from weighbridge.formats.interface import Need, Stream
from weighbridge.formats.registry import reader, sniff
from weighbridge.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Request
    from weighbridge.model.structure import Structure

EDGE = 4_096
CHUNK = 1 << 18
LIMITS = replace(DEFAULT_LIMITS, checksums=False)


class File:
    """A file, read where a reader asks for it."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        self._file = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._file).st_size
        self._stream: Stream | None = None
        self._streamed = 0

    def read(self, offset: int, length: int) -> bytes:
        """Read bytes from anywhere."""
        return os.pread(self._file, length, offset)

    def answer(self, request: Request) -> Generator[Request, bytes, bytes]:
        """Answer a reader; asks nobody."""
        yield from ()
        if isinstance(request, Need):
            return self.read(request.offset, request.length)
        if not isinstance(request, Stream):
            return b""
        if request is not self._stream:
            self._stream, self._streamed = request, 0
        length = min(CHUNK, request.length - self._streamed)
        piece = self.read(request.offset + self._streamed, length)
        self._streamed += len(piece)
        return piece

    def close(self) -> None:
        """Close it."""
        os.close(self._file)


def structure(path: Path) -> Structure:
    """Read the structure of a file."""
    file = File(path)
    try:
        name = sniff(file.read(0, EDGE), file.read(max(0, file.size - EDGE), EDGE), file.size)
        if name is None:
            raise SystemExit(f"{path} is of no known format")
        served = serve(reader(name, file.size, limits=LIMITS), file)
        try:
            next(served)
        except StopIteration as done:
            found: Structure = done.value
            return found
    finally:
        file.close()
    raise AssertionError("a file answers every request itself")


def main(times: int, path: Path) -> None:
    """Read, and see to it that everything was understood and nothing found."""
    for _ in range(times):
        found = structure(path)
        if found.status == "error" or found.coverage < found.size:
            raise SystemExit(f"{path} is {found.status}: {found.reason}")
        if any(part.problems for part in found.walk()) or not found.tensors:
            raise SystemExit(f"{path} is not what it should be")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
