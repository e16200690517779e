"""What somebody can do who may write to a registry, and who holds the log's key."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.usecases.cast import STORE
from tests.usecases.promoted import Promoted
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.note import Note, read_note
from weighbridge.model.event import Kind, read_event
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import revoke_key
from weighbridge.usecases.audit import audit
from weighbridge.usecases.promote import promote
from weighbridge.usecases.prove import prove
from weighbridge.usecases.verify import Demand, verify

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.event import Event
    from weighbridge.model.verification import Verification
    from weighbridge.usecases.deciding import Promotion

Approval = dict[str, Any]


class Hands(Promoted):
    """A registry in hands that should not have it."""

    def database(self) -> sqlite3.Connection:
        self.registry.close()
        return sqlite3.connect(self.folder / STORE / "registry.db")

    def execute(self, *statements: str) -> None:
        """Do something to the database."""
        with closing(self.database()) as database, database:
            for statement in statements:
                database.execute(statement)

    def put_checkpoint(self, note: bytes) -> None:
        with closing(self.database()) as database, database:
            database.execute("UPDATE checkpoint SET note = ?", (note,))

    def audited(self, *, since: bytes | None = None) -> list[str]:
        """Verify the ledger as `log verify --deep --since` does; list what it finds."""
        found = audit(self.registry, log_key=self.registry.log_key, since=since, deep=True)
        return [problem.message for problem in found.problems]

    def checkpoint(self) -> bytes:
        with self.registry.reading() as view:
            return view.checkpoint

    def note(self) -> Note:
        return read_note(self.checkpoint())

    def proof(self, index: int) -> bytes:
        return prove(index, ledger=self.registry, log_key=self.registry.log_key)

    def events(self) -> list[Event]:
        with self.registry.reading() as view:
            return [read_event(data) for data in view.entries()]

    def append(self, kind: Kind, body: dict[str, Any]) -> int:
        """Append an entry past all that decides whether it may be; the log signs it."""
        return self.registry.change(lambda transaction: transaction.append(kind, body))

    def owners_revoke(self, person: str, *, at: str = "") -> None:
        spki = self.keys.public(person).spki_digest
        self.owners(revoke_key(spki, person=person, reason="lost", revoked_at=at))

    def bodies(self, kind: Kind, release: str) -> list[Approval]:
        """List what entries of a kind say of a release."""
        digest = self.digest(release)
        found = [event for event in self.events() if event.kind is kind]
        return [dict(event.body) for event in found if event.body["release"] == digest]

    def asked(self, release: str) -> Promotion:
        """Ask for production, as max may."""
        return promote(
            self.digest(release), "production", signer=self.key("max"), registry=self.registry
        )

    def verified(self, release: str, *, people: int = 1) -> Verification:
        """Verify a release as `verify --role builder` does."""
        name, digest = release.partition("@")[0], self.digest(release)
        return verify(
            name,
            digest,
            registry=self.registry,
            log_key=self.registry.log_key,
            demand=Demand(roles=("builder",), people=people),
            progress=NoProgress(),
        )

    def copied(self, name: str) -> Hands:
        """Take a copy of all of it as it is now."""
        self.registry.close()
        folder: Path = self.folder.parent / name
        shutil.copytree(self.folder, folder)
        return Hands(folder, self.keys, self.clock)

    def replaced_by(self, other: Hands) -> None:
        """Put another copy in the place of this one."""
        self.registry.close()
        other.registry.close()
        shutil.rmtree(self.folder)
        shutil.copytree(other.folder, self.folder)
        self.registry = EmbeddedRegistry(self.folder / STORE, clock=self.clock)
