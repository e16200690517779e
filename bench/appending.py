"""Work of the embedded registry for `bench/cells.py`: `python bench/appending.py THREADS COUNT`.

Every entry is a change of its own that is durable before the next of its thread begins. With 0
threads, one thread writes the same rows with SQLite alone, each in a commit: what a disk allows.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind

DIGEST = f"sha256:{1:064x}"
BODY = {"statement": DIGEST, "subjects": [DIGEST]}


def append(registry: EmbeddedRegistry, threads: int, count: int) -> None:
    """Append entries, shared out evenly among threads."""
    registry.make_log_key("")
    registry.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, {}))

    def work(share: int) -> None:
        for _ in range(share):
            registry.change(lambda transaction: transaction.append(Kind.EVIDENCE_ADDED, BODY))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [count // threads] * threads))
    with registry.reading() as view:
        if view.size != 1 + count // threads * threads:
            raise SystemExit(f"of {count} entries {view.size - 1} are there")
    registry.close()


def insert(path: Path, count: int) -> None:
    """Insert rows of the same size into a table of SQLite, one a commit."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, body BLOB)")
        for number in range(count):
            connection.execute("INSERT INTO entry VALUES (?, ?)", (number, bytes(250)))


if __name__ == "__main__":
    wanted = int(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as folder:
        if wanted:
            append(EmbeddedRegistry(Path(folder)), wanted, int(sys.argv[2]))
        else:
            insert(Path(folder) / "rows.db", int(sys.argv[2]))
