"""Who looks for a part of a name finds what a search of the table finds, newest names included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind
from weighbridge.server.known_names import KnownNames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import Transaction

DIGEST = f"sha256:{1:064x}"
NAMES = ["a", "ab", "abc", "b", "ba", "bab", "c.a", "ünd", "z-ab"]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    found = EmbeddedRegistry(tmp_path / "registry")
    found.make_log_key("log.example")
    found.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, {}))
    yield found
    found.close()


def seal(registry: EmbeddedRegistry, name: str, *versions: str) -> None:
    def change(transaction: Transaction) -> None:
        for version in versions:
            transaction.bind(name, version, DIGEST)
            transaction.append(Kind.RELEASE_SEALED, {"name": name})

    registry.change(change)


@pytest.mark.parametrize("part", ["a", "b", "ab", "abc", "bab", "ü", ".", "-", "A", "zz"])
def test_it_finds_what_the_table_holds(registry: EmbeddedRegistry, part: str) -> None:
    known = KnownNames()
    for name in reversed(NAMES):
        seal(registry, name, "1", "2")
        with registry.reading() as view:
            wanted = view.releases_after(None, 99, containing=part)
            assert list(known.releases(view, part, None)) == wanted
            for after in [(one, at) for one in ("", *NAMES, "zzz") for at in ("", "1", "2")]:
                behind = [row for row in wanted if row[:2] > after]
                assert list(known.releases(view, part, after)) == behind


def test_an_older_moment_shows_what_it_holds(registry: EmbeddedRegistry) -> None:
    known = KnownNames()
    seal(registry, "old", "1")
    with registry.reading() as before:
        assert before.size == 2
        seal(registry, "older", "1")
        with registry.reading() as now:
            assert [name for name, _, _ in known.releases(now, "old", None)] == ["old", "older"]
        assert [name for name, _, _ in known.releases(before, "old", None)] == ["old"]


def test_what_came_since_is_read_from_entries_alone(
    registry: EmbeddedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KnownNames()
    seal(registry, "one", "1")
    with registry.reading() as view:
        assert len(list(known.releases(view, "o", None))) == 1
    seal(registry, "two", "1")
    with registry.reading() as view:

        def refuse() -> None:
            raise AssertionError("all releases were read again")

        monkeypatch.setattr(view, "releases", refuse)
        assert [name for name, _, _ in known.releases(view, "o", None)] == ["one", "two"]
