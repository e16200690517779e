"""A cast: owners ann and ben, builder bea, checker carl and others, before a registry of theirs.

Their keys and the registry are made once a session and copied for each test. Whatever a command
says, and whatever is left in the registry, holds no passphrase: every test looks.
"""

from __future__ import annotations

import functools
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.identities import make_key, passphrase_fd
from tests.usecases.workshop import Bench, Ran, blob
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.log_key import open_log_key
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.merkle import MerkleTree, grow, leaf_hash
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import trust_key
from weighbridge.usecases.control import change_control
from weighbridge.usecases.initialise import initialise
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.event import Kind

NAMES = ("ann", "ben", "bea", "carl", "cat", "dora", "max", "mia")
PASSPHRASES = {name: f"{name} keeps it {place * 7919}" for place, name in enumerate(NAMES, 11)}
RELEASE = "demo@1.0.0"
STORE = ".weighbridge"
OWNERS = ("ann", "ben")


class Clock:
    """A clock that is a minute later whenever somebody looks."""

    def __init__(self, start: str) -> None:
        self.next = datetime.fromisoformat(start)

    def __call__(self) -> str:
        now, self.next = self.next, self.next + timedelta(minutes=1)
        return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def set(self, time: str) -> None:
        self.next = datetime.fromisoformat(time)


class Cast(Bench):
    """Runs commands as one or several people."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], clock: Clock) -> None:
        super().__init__(folder, capsys)
        self.clock = clock
        self.store = folder / STORE
        self.keys = folder.parent / "keys"

    def __call__(self, *words: str, by: str = "") -> Ran:
        """Run a command; `by` names who acts, with blanks between them."""
        names = by.split()
        with passphrase_fd(*(PASSPHRASES.get(name, "nothing") for name in names)):
            ran = super().__call__(*words, *(f"--key={name}" for name in names))
        assert_no_secret((ran.out + ran.err).encode())
        return ran

    def done(self, *words: str, by: str = "") -> Ran:
        """Run a command that must succeed."""
        ran = self(*words, by=by)
        assert ran.code == 0, ran.err
        return ran

    @property
    def registry(self) -> EmbeddedRegistry:
        return EmbeddedRegistry(self.store, clock=self.clock)

    @property
    def digest(self) -> str:
        """The release digest of what is sealed."""
        return self.registry.releases()[0][2]

    def begin(self, *owners: str, threshold: int) -> Ran:
        """Name the owners."""
        named = [f"--owner={owner}={owner}" for owner in owners]
        return self.done("registry", "init", *named, f"--threshold={threshold}")

    def spki(self, name: str) -> str:
        return KeyFolder(self.keys).public(name).spki_digest

    def entries(self) -> list[dict[str, Any]]:
        """Read the ledger, as the command line shows it."""
        found: list[dict[str, Any]] = self.done("log", "show", "--output-format=json").json[
            "entries"
        ]
        return found

    def kinds(self) -> list[str]:
        return [entry["kind"] for entry in self.entries()]

    def last(self) -> dict[str, Any]:
        return self.entries()[-1]

    def trust(self, name: str, role: str, *words: str, by: str = "ann ben") -> Ran:
        """Trust a key as that of the person it is called after."""
        return self("key", "trust", name, "--person", name, "--role", role, *words, by=by)

    def revoke(self, name: str, *words: str, by: str = "ann ben") -> Ran:
        return self("key", "revoke", name, "--reason", "lost", *words, by=by)

    def waiting(self) -> list[dict[str, Any]]:
        """List the proposals that wait."""
        found: list[dict[str, Any]] = self.done("registry", "status", "--output-format=json").json[
            "waiting"
        ]
        return found

    def verify(self, *words: str) -> Ran:
        return self("verify", RELEASE, "--output-format=json", *words)

    def everything(self) -> dict[str, tuple[int, bytes]]:
        """Read mode and bytes of every file there is, keys and registry included.

        Not git's own, nor what SQLite leaves behind where it was only read.
        """
        return {
            path.relative_to(self.folder.parent).as_posix(): (path.stat().st_mode, data)
            for path in sorted(self.folder.parent.rglob("*"))
            if path.is_file() and ".git" not in path.parts and path.suffix != ".db-shm"
            if (data := path.read_bytes()) or path.suffix != ".db-wal"
        }

    def blob(self, digest: str) -> Path:
        return blob(self.store, digest)

    def overwrite(self, digest: str, data: bytes) -> None:
        """Change the bytes of a blob, as somebody does who may write to the registry."""
        path = self.blob(digest)
        path.chmod(0o600)
        path.write_bytes(data)

    def execute(self, sql: str, *values: object) -> list[Any]:
        """Do something to the database, as somebody does who may write to it."""
        with closing(sqlite3.connect(self.store / "registry.db")) as database, database:
            return database.execute(sql, values).fetchall()

    def rewrite(self, index: int, **changes: object) -> None:
        """Write an entry anew, and sign the log again, as whoever holds its key can."""
        rows = self.execute("SELECT body FROM entry ORDER BY idx")
        entries = [json.loads(row[0]) for row in rows]
        entries[index] |= changes
        written = [canonical_bytes(entry) for entry in entries]
        leaves = [leaf_hash(entry) for entry in written]
        for level, at, node in grow(0, leaves, lambda _level, _index: b""):
            place = (((at + 1) << level) - 1, level)
            self.execute("UPDATE node SET hash = ? WHERE leaf = ? AND level = ?", node, *place)
        note = open_log_key(self.store).sign(len(leaves), MerkleTree(leaves).root())
        self.execute("UPDATE checkpoint SET note = ?", note)
        self.execute("UPDATE entry SET body = ? WHERE idx = ?", written[index], index)

    def append(self, kind: Kind, body: dict[str, Any]) -> int:
        """Append an entry past all that decides whether it may be."""
        registry = self.registry
        try:
            return registry.change(lambda transaction: transaction.append(kind, body))
        finally:
            registry.close()


def assert_no_secret(data: bytes) -> None:
    found = [name for name, secret in PASSPHRASES.items() if secret.encode() in data]
    assert found == []


@pytest.fixture(scope="session")
def all_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make everybody's key."""
    folder = tmp_path_factory.mktemp("cast") / "keys"
    for name in NAMES:
        make_key(folder, name, "p256" if name == "bea" else "ed25519", PASSPHRASES[name])
    return folder


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory, committed: Path, all_keys: Path) -> Path:
    """Make a registry with owners, a sealed release, and whom they trust."""
    folder = tmp_path_factory.mktemp("staged") / "project"
    shutil.copytree(committed, folder)
    registry = EmbeddedRegistry(folder / STORE, clock=Clock("2026-01-01T00:00:00Z"))
    keys = KeyFolder(all_keys)
    owners = [(name, keys.public(name).spki_der) for name in OWNERS]
    initialise(owners, threshold=2, origin="example.com/log", registry=registry)
    named, _ = find_authored(None, start=folder, catalogues=lambda _: [])
    seal(named, registry=registry, environ={}, progress=NoProgress())
    signers = [keys.locked(name).unlock(PASSPHRASES[name]) for name in OWNERS]
    for name, role in (("bea", "builder"), ("carl", "checker")):
        change = trust_key(keys.public(name).spki_der, person=name, roles=[role])
        assert change_control(change, signers=signers, registry=registry).applied
    registry.close()
    return folder


@pytest.fixture
def ownerless(
    bench: Bench,
    all_keys: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Cast]:
    """Run commands as people who have keys, and a registry that was never used."""
    cast = Cast(bench.folder, capsys, Clock("2026-02-01T00:00:00Z"))
    shutil.copytree(all_keys, cast.keys)
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(cast.keys))
    opened = functools.partial(EmbeddedRegistry, clock=cast.clock)
    monkeypatch.setattr("weighbridge.adapters.registry.EmbeddedRegistry", opened)
    yield cast
    for path in cast.store.rglob("*"):
        if path.is_file():
            assert_no_secret(path.read_bytes())


@pytest.fixture
def cast(ownerless: Cast, staged: Path) -> Cast:
    """Run commands as people whose owners have begun a registry and sealed a release."""
    shutil.copytree(staged / STORE, ownerless.store)
    return ownerless
