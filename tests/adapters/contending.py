"""Processes that put and remove one blob: `python -m … ROLE KIND FOLDER`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.adapters.test_contract import DATA, digest_of
from weighbridge.adapters.blobs.folder import FolderBlobs
from weighbridge.adapters.blobs.names import blob_name
from weighbridge.adapters.blobs.objects import Objects
from weighbridge.adapters.blobs.store import Blobs

if TYPE_CHECKING:
    from weighbridge.model.ports import BlobStore

DIGEST = digest_of(DATA)
GRACE = 3600
TURNS = 80


def store(kind: str, root: Path) -> BlobStore:
    """Open a folder as a store, or as an object store."""
    if kind == "folder":
        return FolderBlobs(root)
    return Blobs(Objects(f"file://{root}", work=root))


def put(kind: str, root: Path) -> None:
    """Put the blob again and again, and find it; whenever it is put it is there, and is old."""
    blobs = store(kind, root)
    for turn in range(TURNS):
        with contextlib.suppress(FileNotFoundError):
            os.utime(root / blob_name(DIGEST), (0, 0))
        if turn % 2:
            blobs.put(DATA)
        else:
            incoming = blobs.incoming()
            incoming.write(DATA)
            incoming.commit(DIGEST)
        assert blobs.read(DIGEST) == DATA


def sweep(kind: str, root: Path) -> None:
    """Remove the blob whenever it is old, until there is nothing more to do."""
    blobs = store(kind, root)
    while not (root / "done").exists():
        blobs.remove(DIGEST, before=blobs.now() - GRACE)


def begin(role: str, kind: str, root: Path) -> subprocess.Popen[bytes]:
    """Start a process; what talks to an object store does not survive a fork."""
    return subprocess.Popen([sys.executable, "-m", "tests.adapters.contending", role, kind, root])


if __name__ == "__main__":
    {"put": put, "sweep": sweep}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
