"""What the listing of a directory of 100,000 files costs: `python bench/listing.py TIMES`.

So often, index and pages are written with their digests, and all of it is read back with every
check there is. The peer in `cells.py` is `json.loads` of the same data as one text, which checks
nothing. Both do it so often that starting hardly counts; what is left of it counts against us.

With 0 it prints, for each, the most bytes Python held at a time beyond what it was given.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.listing import listing_blobs, read_listing
from weighbridge.model.listing import ListingEntry

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 100_000


def entries(count: int) -> list[ListingEntry]:
    """Make entries in the order in which a folder is walked."""
    return [
        ListingEntry(
            path=f"shards/{at // 1000:03}/part-{at:06}.safetensors",
            size=at * 7919 % 10_000_000,
            digest=f"sha256:{at * at:064x}",
        )
        for at in range(count)
    ]


def one_text(files: list[ListingEntry]) -> str:
    """Write the same data as one JSON text."""
    rows = [{"digest": file.digest, "path": file.path, "size": file.size} for file in files]
    return canonical_bytes({"files": rows}).decode()


def write_and_read(files: list[ListingEntry]) -> None:
    """Write a listing and read it back."""
    held = dict(listing_blobs(files))
    root = next(reversed(held))
    if len(read_listing(root, held.__getitem__)) != len(files):
        raise SystemExit("the listing does not read back")


def peak(work: Callable[[], object]) -> int:
    """Return the most bytes Python held at a time, beyond what it held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def memory(files: list[ListingEntry]) -> tuple[int, int]:
    """Return the most bytes that writing and reading, and `json.loads`, held at a time."""
    text = one_text(files)
    return peak(lambda: write_and_read(files)), peak(lambda: json.loads(text))


def main(times: int) -> None:
    """Prepare, and work as often as asked."""
    files = entries(FILES)
    for _ in range(times):
        write_and_read(files)
    if not times:
        ours, peer = memory(files)
        print(f"ours {ours:,} bytes, json.loads {peer:,} bytes, ratio {ours / peer:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
