"""A client of ours and what it speaks with, small enough to be broken at will."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

from tests.adapters.memory import MemorySource
from tests.adapters.oci.hosted import NAME, Hosted, sha256
from weighbridge.adapters.oci.credentials import Credentials
from weighbridge.adapters.oci.registry import RegistryRepository
from weighbridge.adapters.servers.patience import Patience
from weighbridge.codec.oci import write_document
from weighbridge.model.oci import EMPTY, MANIFEST, Descriptor, Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "correct horse"  # noqa: S105 - nobody's
KIND = "application/octet-stream"
CHUNK = 64 << 10
IMPATIENT = Patience(connect=5, silence=10, finish=10, tries=3, wait=lambda _: None)
NOTHING = b"{}"
CONFIG = Descriptor(media_type=EMPTY, digest=sha256(NOTHING), size=2)


class Counting:
    """Progress that only counts."""

    def __init__(self) -> None:
        self.done = 0

    def start(self, what: str, total: int) -> None:
        raise AssertionError(what, total)

    def advance(self, amount: int) -> None:
        self.done += amount

    def finish(self) -> None:
        raise AssertionError


class Killed(BaseException):
    """Stands for the end of a process: nobody tidies up after it."""


class Dying(MemorySource):
    """A source whose reader dies."""

    def __init__(self, data: bytes, lifetime: int) -> None:
        super().__init__(data)
        self.left = lifetime

    def read(self, length: int) -> bytes:
        found = super().read(length)
        self.left -= len(found)
        if self.left < 0:
            raise Killed
        return found


def random_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - the same each time


def blob(data: bytes, algorithm: str = "sha256") -> Descriptor:
    digest = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    return Descriptor(media_type=KIND, digest=digest, size=len(data))


def login() -> Credentials:
    return Credentials(username="anna", password=SECRET)


def nobody() -> None:
    """Keep no credential."""


def client(hosted: Hosted | str, **options: Any) -> RegistryRepository:  # noqa: ANN401
    """Return a client that waits for nobody and knows nobody, unless it is told otherwise."""
    host = hosted if isinstance(hosted, str) else hosted.host
    known: dict[str, Any] = {"credentials": nobody, "patience": IMPATIENT, "chunk": CHUNK}
    return RegistryRepository(host, NAME, **(known | options))


def push(repository: RegistryRepository, data: bytes, **options: str) -> bool:
    return repository.push(blob(data), MemorySource(data), **options)


def image(subject: Descriptor | None = None, annotations: Mapping[str, str] | None = None) -> bytes:
    """Write a manifest that needs nothing but the empty blob."""
    return write_document(
        Manifest(
            media_type=MANIFEST,
            config=CONFIG,
            layers=(CONFIG,),
            artifact_type="application/vnd.example",
            annotations=annotations or {},
            subject=subject,
        )
    )
