"""A ledger long enough for tiles that are full, and folders it is exported to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.tile_folder import TileFolder
from weighbridge.ledger.tile_reading import ExportedLog
from weighbridge.model.event import Kind
from weighbridge.usecases.audit import audit_tiles
from weighbridge.usecases.export_log import export_log

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Transaction
    from weighbridge.model.verification import Audit
    from weighbridge.usecases.export_log import Exported

DIGEST = f"sha256:{1:064x}"


def lengthen(registry: EmbeddedRegistry, count: int, release: str = "demo") -> None:
    """Append entries, all in one transaction."""
    with registry.reading() as view:
        start = view.size
    body = {"name": release, "version": "1.0.0", "digest": DIGEST}
    if not start:
        first = {"logKey": registry.make_log_key("example.com/log")}
        registry.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, first))

    def change(transaction: Transaction) -> None:
        for number in range(start or 1, start + count):
            transaction.append(Kind.RELEASE_SEALED, {**body, "version": f"{number}.0.0"})

    registry.change(change)


def registry_of(folder: Path, count: int, release: str = "demo") -> EmbeddedRegistry:
    registry = EmbeddedRegistry(folder, clock=lambda: "2026-01-01T00:00:00Z")
    lengthen(registry, count, release)
    return registry


def tiles(folder: Path) -> TileFolder:
    return TileFolder(folder, folder.name)


def export(registry: EmbeddedRegistry, folder: Path, *, dry_run: bool = False) -> Exported:
    return export_log(registry, tiles(folder), log_key=registry.log_key, dry_run=dry_run)


def verified(folder: Path, log_key: str, since: bytes | None = None) -> Audit:
    return audit_tiles(ExportedLog(tiles(folder)), log_key=log_key, since=since)


def messages(folder: Path, log_key: str) -> list[str]:
    """List what verifying a folder finds wrong."""
    return [problem.message for problem in verified(folder, log_key).problems]


def files(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
