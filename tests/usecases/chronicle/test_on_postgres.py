"""The chronicle of a registry in the database of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.postgres_servers import postgres_registry
from weighbridge.model.event import Kind
from weighbridge.usecases.chronicle import proving
from weighbridge.usecases.chronicle.chronicle import Chronicle

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.postgres_servers import Cluster
    from weighbridge.model.ports import Registry, Transaction


def seal(registry: Registry, *names: str) -> None:
    def change(transaction: Transaction) -> None:
        for name in names:
            body = {"digest": f"digest of {name}", "name": name, "version": "1"}
            transaction.append(Kind.RELEASE_SEALED, body)

    registry.change(change)


def test_it_is_read_as_one_in_a_file(
    postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "_AT_ONCE", 150)  # more than are fetched at once, and not all
    registry = postgres_registry(postgres, tmp_path, lambda: "2026-02-01T00:00:00Z")
    registry.make_log_key("log.example")
    registry.change(lambda one: one.append(Kind.REGISTRY_INITIALISED, {}))
    names = [f"model-{at:03}" for at in range(199)]
    seal(registry, *names)
    found = Chronicle()
    with found.reading(registry) as told:
        assert (told.size, told.names.order().names) == (200, names)
    seal(registry, "another")
    with found.reading(registry) as told:
        assert (told.size, told.names.order().names) == (201, ["another", *names])
    registry.close()
