"""Our client and Debian's docker-registry, with skopeo looking on."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.adapters.memory import MemoryBlobs, MemorySource
from tests.adapters.oci.hosted import NAME, sha256
from tests.adapters.oci.meeting import (
    CONFIG,
    NOTHING,
    Counting,
    Dying,
    Killed,
    blob,
    client,
    image,
    nobody,
    push,
    random_bytes,
)
from tests.registries import running_registry
from tests.tools import run_tool
from weighbridge.adapters.oci.attaching import fallback_tag
from weighbridge.adapters.oci.registry import RegistryRepository
from weighbridge.adapters.servers.patience import Patience, wait
from weighbridge.codec.oci import read_document
from weighbridge.model.errors import NotFoundError, TransferError, UnavailableError
from weighbridge.model.oci import MANIFEST, Descriptor, Index, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = random_bytes(3 << 20)
BLOB = blob(DATA)
QUICK = Patience(first=0.02, tries=10, wait=wait)
WRITERS = 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    with running_registry(folder) as address:
        yield address


def named(host: str, name: str) -> RegistryRepository:
    return RegistryRepository(host, name, credentials=nobody, patience=QUICK, chunk=1 << 20)


def fetched(repository: Repository, descriptor: Descriptor) -> dict[str, bytes]:
    store = MemoryBlobs()
    repository.fetch(descriptor, store.incoming())
    return store.held


def test_what_is_pushed_is_fetched(host: str) -> None:
    progress = Counting()
    repository = client(host, progress=progress, chunk=1 << 20, patience=QUICK)
    assert (push(repository, DATA), push(repository, DATA)) == (True, False)
    assert progress.done == 2 * len(DATA)
    assert repository.has(BLOB)
    assert not repository.has(dataclasses.replace(BLOB, size=5))
    assert fetched(repository, BLOB) == {BLOB.digest: DATA}
    with repository.open(BLOB) as source:
        assert source.read_at(2 << 20, 9) == DATA[2 << 20 : (2 << 20) + 9]
        assert source.read(4) == DATA[:4]


@pytest.mark.parametrize("data", [b"", b"x", b"x" * (1 << 20), b"x" * ((1 << 20) + 1)])
def test_blobs_of_any_size_come_and_go(host: str, data: bytes) -> None:
    push(client(host, patience=QUICK), data)
    assert fetched(client(host, patience=QUICK), blob(data)) == {sha256(data): data}


def test_a_blob_named_by_sha512_is_held_against_it(host: str) -> None:
    named_so = blob(DATA, "sha512")
    repository = client(host, chunk=1 << 20, patience=QUICK)
    assert repository.push(named_so, MemorySource(DATA))
    assert fetched(repository, named_so) == {BLOB.digest: DATA}


def test_a_blob_of_another_repository_is_not_sent(host: str) -> None:
    push(client(host, patience=QUICK), DATA)
    other = named(host, "another/team")
    assert not other.push(BLOB, MemorySource(b"x" * len(DATA)), mount_from=NAME)
    assert other.has(BLOB)
    data = b"nowhere yet" * 200_000
    assert other.push(blob(data), MemorySource(data), mount_from=NAME)


def test_manifests_are_found_by_tag_and_digest(host: str) -> None:
    repository = named(host, "manifests")
    push(repository, NOTHING)
    put = repository.put(image(), media_type=MANIFEST, tag="v1")
    assert (put.digest, put.size, put.media_type) == (sha256(image()), len(image()), MANIFEST)
    assert repository.resolve("v1") == repository.resolve(put.digest)
    assert repository.resolve("v1").digest == put.digest
    assert repository.manifest(put) == image()
    assert repository.tags() == ["v1"]
    seen = run_tool(
        "skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{host}/manifests:v1"
    )
    assert seen.stdout.encode() == image()


def test_httpx_is_imported_with_the_first_repository() -> None:
    text = "import sys, weighbridge.adapters.oci.registry; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(UnavailableError) as caught:
        client("127.0.0.1:1")
    assert caught.value.faults[0].help == ('pip install "weighbridge[oci]"',)


def test_what_is_not_there_is_said(host: str) -> None:
    repository = named(host, "nothing")
    assert (repository.tags(), repository.referrers(sha256(b"x"))) == ([], [])
    for reference in ("v1", sha256(b"x"), "../../_catalog", ""):
        with pytest.raises(NotFoundError):
            repository.resolve(reference)
    with pytest.raises(NotFoundError):
        fetched(repository, blob(b"not there"))


def test_a_manifest_without_its_blobs_is_refused(host: str) -> None:
    with pytest.raises(TransferError, match="refuses a manifest") as caught:
        named(host, "incomplete").put(image(), media_type=MANIFEST)
    assert "status 400" in caught.value.faults[0].seen


def test_a_source_that_changes_is_refused(host: str) -> None:
    repository = client(host, chunk=1 << 20, patience=QUICK)
    data = random_bytes(2 << 20, seed=5)
    for other in (b"x" * len(data), data[:-1], data + b"x"):
        with pytest.raises(TransferError, match="changed meanwhile"):
            repository.push(blob(data), MemorySource(other))
        short = MemorySource(other)
        short.size = len(data)
        if len(other) <= len(data):
            with pytest.raises(TransferError, match="changed meanwhile"):
                repository.push(blob(data), short)
    assert not repository.has(blob(data))


def test_a_byte_flipped_in_the_registrys_store_is_seen(host: str, folder: Path) -> None:
    data = random_bytes(1 << 20, seed=6)
    push(client(host, patience=QUICK), data)
    digest = blob(data).digest[7:]
    stored = folder / "store/docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"
    stored.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    store = MemoryBlobs()
    with pytest.raises(TransferError, match="something else"):
        client(host, patience=QUICK).fetch(blob(data), store.incoming())
    assert (store.held, store.waiting) == ({}, [])


class Counted(httpx.BaseTransport):
    """The network, counting the bytes of chunks."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            self.sent += int(request.headers["Content-Length"])
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


@pytest.mark.parametrize(("lifetime", "again"), [(2 << 20, 1), (1 << 20, 3)])
def test_distribution_goes_on_between_chunks_and_begins_anew_within(
    host: str, tmp_path: Path, lifetime: int, again: int
) -> None:
    """Having got part of a chunk, it no longer answers what it has: nobody can go on then."""
    name = f"killed-{lifetime}"
    options: dict[str, Any] = {
        "patience": QUICK,
        "credentials": nobody,
        "chunk": 2 << 20,
        "state": tmp_path,
    }
    with pytest.raises(Killed):
        RegistryRepository(host, name, **options).push(BLOB, Dying(DATA, lifetime))
    network = Counted()
    place = RegistryRepository(host, name, transport=network, **options)
    assert place.push(BLOB, MemorySource(DATA))
    assert fetched(place, BLOB) == {BLOB.digest: DATA}
    assert network.sent == again << 20


SUBJECT = Descriptor(media_type=MANIFEST, digest=sha256(image()), size=len(image()))


def put_subject(repository: RegistryRepository) -> None:
    push(repository, NOTHING)
    assert repository.put(image(), media_type=MANIFEST).digest == SUBJECT.digest


def listed(repository: RegistryRepository) -> list[str]:
    """Read the index others look at."""
    entry = repository.resolve(fallback_tag(SUBJECT.digest))
    document = read_document(repository.manifest(entry), entry.media_type)
    assert isinstance(document, Index)
    return [one.digest for one in document.manifests]


def attachment(number: int) -> bytes:
    return image(SUBJECT, {"number": str(number)})


def test_what_is_attached_is_found(host: str) -> None:
    repository = named(host, "attached")
    put_subject(repository)
    wanted = sorted(sha256(attachment(number)) for number in range(3))
    for number in range(3):
        repository.put(attachment(number), media_type=MANIFEST)
    assert [one.digest for one in repository.referrers(SUBJECT.digest)] == wanted
    assert listed(repository) == wanted
    assert CONFIG.digest not in wanted


ATTACHING = """\
import sys
from tests.adapters.oci.test_registry import attach_many
attach_many(*sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4]))
"""


def attach_many(host: str, name: str, first: int, count: int) -> None:
    """Attach from as many threads at once, each with a client of its own."""
    failed: list[BaseException] = []

    def attach(number: int) -> None:
        try:
            named(host, name).put(attachment(number), media_type=MANIFEST)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            failed.append(error)

    threads = [threading.Thread(target=attach, args=(first + at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


@pytest.mark.slow
def test_of_fifty_attachments_at_once_none_is_lost(host: str) -> None:
    """From 5 processes of 10 threads, on a registry without conditional puts."""
    repository = named(host, "crowded")
    put_subject(repository)
    root = str(Path(__file__).parents[3])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ATTACHING, host, "crowded", str(first), "10"], cwd=root
        )
        for first in range(0, WRITERS, 10)
    ]
    assert [process.wait() for process in processes] == [0] * len(processes)
    wanted = sorted(sha256(attachment(number)) for number in range(WRITERS))
    assert [one.digest for one in repository.referrers(SUBJECT.digest)] == wanted
    assert listed(repository) == wanted
