"""What a killed process left is taken up by the next, and never trusted."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.adapters.oci.hosted import NAME, Handler, Hosted, hosting
from tests.adapters.oci.meeting import (
    CHUNK,
    Counting,
    Dying,
    Killed,
    blob,
    client,
    push,
    random_bytes,
)
from weighbridge.adapters.oci.resuming import Unfinished
from weighbridge.model.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIZE = 40 * CHUNK + 12_345
DATA = random_bytes(SIZE)
BLOB = blob(DATA)
KILLS = 5


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    with hosting() as running:
        yield running


class Mortal:
    """Takes in bytes until it dies."""

    def __init__(self, lifetime: int) -> None:
        self.left = lifetime

    def write(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            raise Killed

    def close(self) -> None:
        """Do nothing."""

    def commit(self, digest: str) -> None:
        raise AssertionError(digest)

    def discard(self) -> None:
        """Do nothing."""


def test_a_download_goes_on_in_the_next_process(hosted: Hosted, tmp_path: Path) -> None:
    data = random_bytes(12 << 20)
    hosted.add(data)
    with pytest.raises(Killed):
        client(hosted, state=tmp_path).fetch(blob(data), Mortal(7 << 20))
    hosted.sent = 0
    store, progress = MemoryBlobs(), Counting()
    client(hosted, state=tmp_path, progress=progress).fetch(blob(data), store.incoming())
    assert store.held == {blob(data).digest: data}
    assert hosted.sent <= 6 << 20
    assert progress.done == len(data)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"x" * (2 << 20), b"x" * (SIZE + 1), b""])
def test_what_was_left_is_not_trusted(hosted: Hosted, tmp_path: Path, damage: bytes) -> None:
    hosted.add(DATA)
    place = f"{hosted.host}/{NAME}"
    part = Unfinished(tmp_path, place).part(BLOB.digest, SIZE)
    assert part is not None
    with part:
        path = next(tmp_path.iterdir())
    path.write_bytes(damage)
    store = MemoryBlobs()
    if 0 < len(damage) <= SIZE:
        with pytest.raises(TransferError):
            client(hosted, state=tmp_path).fetch(BLOB, store.incoming())
        assert store.held == {}
        assert list(tmp_path.iterdir()) == []
    client(hosted, state=tmp_path).fetch(BLOB, store.incoming())
    assert store.held == {BLOB.digest: DATA}


def test_two_who_bring_the_same_blob_do_not_share_a_file(hosted: Hosted, tmp_path: Path) -> None:
    hosted.add(DATA)
    held = Unfinished(tmp_path, f"{hosted.host}/{NAME}").part(BLOB.digest, SIZE)
    assert held is not None
    store = MemoryBlobs()
    with held:
        client(hosted, state=tmp_path).fetch(BLOB, store.incoming())
        assert held.size == 0
    assert store.held == {BLOB.digest: DATA}


def test_what_is_left_is_the_users_alone(hosted: Hosted, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        client(hosted, state=tmp_path).push(BLOB, Dying(DATA, 10 * CHUNK))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_an_upload_goes_on_in_the_next_process(hosted: Hosted, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        client(hosted, state=tmp_path).push(BLOB, Dying(DATA, 21 * CHUNK))
    progress = Counting()
    assert push(client(hosted, state=tmp_path, progress=progress), DATA)
    assert hosted.blobs[BLOB.digest] == DATA
    assert hosted.received - SIZE <= CHUNK
    assert progress.done == SIZE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "left", ["http://127.0.0.2/v2/x", "file:///x", "/v2/gone", "\0", "x" * 9000]
)
def test_a_wrong_address_that_was_left_is_not_used(
    hosted: Hosted, tmp_path: Path, left: str
) -> None:
    Unfinished(tmp_path, f"{hosted.host}/{NAME}").keep_session(BLOB.digest, left)
    assert push(client(hosted, state=tmp_path), DATA)
    assert hosted.blobs[BLOB.digest] == DATA


PROGRAM = """\
import sys
from pathlib import Path
from weighbridge.adapters.blobs.folder import FileSource, FolderBlobs
from weighbridge.adapters.oci.registry import RegistryRepository
from weighbridge.model.oci import Descriptor
verb, host, name, digest, size, file, state, chunk = sys.argv[1:]
blob = Descriptor(media_type="x/y", digest=digest, size=int(size))
known = {"state": Path(state), "chunk": int(chunk), "credentials": lambda: None}
place = RegistryRepository(host, name, **known)
if verb == "push":
    place.push(blob, FileSource(Path(file)))
else:
    place.fetch(blob, FolderBlobs(Path(file)).incoming())
"""


def killed_after(amount: int, so_far: Callable[[], int], arguments: list[str]) -> bool:
    """Run a transfer and kill it once so much went over the wire; False if it was faster."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments])
    begun = so_far()
    while process.poll() is None and so_far() - begun < amount:
        threading.Event().wait(0.001)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["push", "pull"])
def test_processes_killed_at_random_points_go_on(hosted: Hosted, tmp_path: Path, verb: str) -> None:
    chunk = 1 << 20
    data = random_bytes(64 << 20)
    wanted = blob(data)
    file = tmp_path / "file"
    if verb == "push":
        file.write_bytes(data)
    else:
        hosted.add(data)
        hosted.twist = slow_blob(data)
    state = str(tmp_path / "state")
    arguments = [
        verb,
        hosted.host,
        NAME,
        wanted.digest,
        str(wanted.size),
        str(file),
        state,
        str(chunk),
    ]

    def so_far() -> int:
        return hosted.received if verb == "push" else hosted.sent

    chance = random.Random(7)  # noqa: S311 - the same each time
    kills = sum(killed_after(chance.randrange(10 << 20), so_far, arguments) for _ in range(KILLS))
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True)
    stored = file / "sha256" / wanted.digest[7:9] / wanted.digest[9:]
    assert (stored.read_bytes() if verb == "pull" else hosted.blobs[wanted.digest]) == data
    assert kills == KILLS
    # A pull reads ahead of what is kept: blocks handed over, and the socket's own.
    again = chunk if verb == "push" else 6 * chunk
    assert so_far() - len(data) <= kills * again
    assert os.listdir(state) == []  # noqa: PTH208 - names alone


def slow_blob(data: bytes) -> Callable[[Handler], bool]:
    """Send a blob piece by piece, counting each."""

    def twist(handler: Handler) -> bool:
        if handler.command != "GET":
            return False
        start = int(handler.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
        stretch = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.head(
            206 if start else 200, Content_Length=str(len(data) - start), Content_Range=stretch
        )
        for at in range(start, len(data), 1 << 18):
            handler.wfile.write(data[at : at + (1 << 18)])
            handler.wfile.flush()
            handler.hosted.sent += len(data[at : at + (1 << 18)])
        return True

    return twist
