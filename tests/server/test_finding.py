"""Who looks for a part of a name finds what a search of the table finds, newest names included."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.answers import Answers
from tests.server.team import PEOPLE, Known
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind
from weighbridge.server.catching_up import catching_up
from weighbridge.server.finding import find_releases
from weighbridge.server.services import Services
from weighbridge.usecases.chronicle import chronicle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import Registry, Transaction

DIGEST = f"sha256:{1:064x}"
NAMES = ["a", "ab", "abc", "b", "ba", "bab", "c.a", "ünd", "z-ab"]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    found = EmbeddedRegistry(tmp_path / "registry")
    found.make_log_key("log.example")
    found.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, {}))
    yield found
    found.close()


@pytest.fixture
def services(registry: EmbeddedRegistry) -> Services:
    return Services(
        registry=registry,
        clock=lambda: "2026-02-01T00:00:00Z",
        authenticator=Known(**PEOPLE),
        idempotency=Answers(),
    )


def seal(registry: Registry, name: str, *versions: str) -> None:
    def change(transaction: Transaction) -> None:
        for version in versions:
            transaction.bind(name, version, DIGEST)
            body = {"digest": DIGEST, "name": name, "version": version}
            transaction.append(Kind.RELEASE_SEALED, body)

    registry.change(change)


@pytest.mark.parametrize("part", ["a", "b", "ab", "abc", "bab", "ü", ".", "-", "A", "zz", "\n"])
def test_it_finds_what_the_table_holds(services: Services, part: str) -> None:
    for name in reversed(NAMES):
        seal(services.registry, name, "1", "2")
    with services.registry.reading() as view:
        wanted = view.releases_after(None, 99, containing=part)
        size = view.size
    assert find_releases(services, part, None, 99) == (wanted, size)
    for after in [(one, at) for one in ("", *NAMES, "zzz") for at in ("", "1", "2")]:
        behind = [row for row in wanted if row[:2] > after]
        assert find_releases(services, part, after, 99)[0] == behind
        assert find_releases(services, part, after, 3)[0] == behind[:3]


def test_names_that_came_since_are_found(services: Services) -> None:
    seal(services.registry, "old", "1")
    assert [row[0] for row in find_releases(services, "old", None, 9)[0]] == ["old"]
    seal(services.registry, "older", "1")
    assert [row[0] for row in find_releases(services, "old", None, 9)[0]] == ["old", "older"]


def test_a_store_without_owners_is_searched_by_its_table(tmp_path: Path) -> None:
    ownerless = EmbeddedRegistry(tmp_path / "ownerless")
    ownerless.change(lambda transaction: transaction.bind("one", "1", DIGEST))
    found = Services(
        registry=ownerless,
        clock=lambda: "2026-02-01T00:00:00Z",
        authenticator=Known(**PEOPLE),
        idempotency=Answers(),
    )
    assert find_releases(found, "on", None, 9) == ([("one", "1", DIGEST)], 0)
    ownerless.close()


def test_who_asks_while_the_ledger_is_read_is_answered_from_the_table(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chronicle, "_PATIENCE", 0.01)
    seal(services.registry, "one", "1")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with services.chronicle.reading(services.registry):
            held.set()
            assert done.wait(20)

    beside = threading.Thread(target=hold)
    beside.start()
    try:
        assert held.wait(20)
        assert find_releases(services, "on", None, 9)[0] == [("one", "1", DIGEST)]
    finally:
        done.set()
        beside.join()


def test_a_server_reads_the_ledger_beside_what_it_answers(services: Services) -> None:
    seal(services.registry, "one", "1")
    with catching_up(services):
        for thread in threading.enumerate():
            if thread.name == "catching-up":
                thread.join(20)
        assert services.chronicle.size == 2
