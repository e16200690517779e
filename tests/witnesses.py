"""Witnesses of the tests' log (`tests.ledger.signing`), in this process and listening."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ledger import signing
from weighbridge.adapters.witness_service import WitnessService
from weighbridge.adapters.witness_state import StateFile
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.cosignature import write_witness_key
from weighbridge.ledger.note import read_verifier_key, write_verifier_key
from weighbridge.ledger.witnessing import WitnessRequest
from weighbridge.usecases.witness import Witness, answer, witness_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.adapters.witness_service import ServiceLimits
    from weighbridge.ledger.merkle import MerkleTree

LOG_KEY = write_verifier_key(signing.verifier_key())
NOW = "2026-05-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Key:
    """An unlocked key."""

    seed: int

    @property
    def spki(self) -> bytes:
        public = signing.private_key(self.seed).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        return signing.private_key(self.seed).sign(message)


def name_of(seed: int) -> str:
    return f"witness{seed}.example"


def vkey(seed: int) -> str:
    return write_witness_key(witness_key(name_of(seed), Key(seed).spki))


def witness(
    path: Path, seed: int = 9, *, log_key: str = LOG_KEY, now: Callable[[], str] = lambda: NOW
) -> Witness:
    return Witness(
        witness_key(name_of(seed), Key(seed).spki),
        signer=Key(seed),
        log_keys=[read_verifier_key(log_key)],
        memory=StateFile(path),
        now=now,
    )


def note(size: int, tree: MerkleTree = signing.TREE) -> bytes:
    return signing.signed(Checkpoint(origin=signing.ORIGIN, size=size, root=tree.root(size)).text())


def request(old: int, size: int, tree: MerkleTree = signing.TREE) -> WitnessRequest:
    path = tuple(tree.consistency(old, size)) if 0 < old <= size else ()
    return WitnessRequest(old=old, path=path, checkpoint=note(size, tree))


@contextmanager
def listening(
    made: Witness, *, limits: ServiceLimits | None = None, said: list[str] | None = None
) -> Iterator[WitnessService]:
    """Have a witness listen on a free port of this machine."""
    heard = [] if said is None else said
    service = WitnessService(
        "127.0.0.1:0",
        lambda body: answer(body, witness=made, notice=heard.append),
        limits=limits,
        notice=heard.append,
    )
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
