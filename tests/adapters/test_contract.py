"""What every registry keeps to; `conftest` lists the implementations."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.errors import BoundError, RegistryError

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry

DATA = bytes(range(256)) * 10
NONE = "sha256:" + "0" * 64
ONE = "sha256:" + "1" * 64
MALFORMED = [
    "",
    "sha256:",
    "sha256:../../etc/passwd",
    "sha256:" + "a" * 63,
    "sha256:" + "a" * 65,
    "sha256:" + "A" * 64,
    "sha256:" + "a" * 64 + "\n",
    "sha256:" + "٣" * 64,
    "sha512:" + "a" * 64,
    "a" * 64,
    "sha256:" + "a" * 61 + "/..",
]


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def bind(registry: Registry, name: str, version: str, digest: str) -> bool:
    return registry.change(lambda transaction: transaction.bind(name, version, digest))


def test_a_registry_that_was_never_used_holds_nothing(registry: Registry) -> None:
    assert registry.releases() == []


def test_a_name_is_bound_once_for_ever(registry: Registry) -> None:
    assert bind(registry, "ranker", "1.0", NONE)
    assert not bind(registry, "ranker", "1.0", NONE)
    with pytest.raises(BoundError) as caught:
        bind(registry, "ranker", "1.0", ONE)
    assert (caught.value.faults[0].seen, caught.value.faults[0].wanted) == (ONE, NONE)
    assert registry.releases() == [("ranker", "1.0", NONE)]


def test_releases_are_listed_by_name_and_version(registry: Registry) -> None:
    for name, version in [("b", "2"), ("a", "1"), ("b", "10"), ("B", "1")]:
        assert bind(registry, name, version, ONE)
    names = [(name, version) for name, version, _ in registry.releases()]
    assert names == [("B", "1"), ("a", "1"), ("b", "10"), ("b", "2")]


@pytest.mark.parametrize("digest", MALFORMED)
def test_nothing_but_a_digest_is_bound(registry: Registry, digest: str) -> None:
    with pytest.raises(RegistryError, match="is not a digest"):
        bind(registry, "ranker", "1.0", digest)
    assert registry.releases() == []


RELEASES = [("a", "1", ONE), ("a", "10", NONE), ("a", "2", ONE), ("ab", "1", ONE), ("b", "1", NONE)]


def test_releases_are_found_by_their_names_and_digests(registry: Registry) -> None:
    for one in reversed(RELEASES):
        bind(registry, *one)
    with registry.reading() as view:
        assert view.versions("a") == [("1", ONE), ("10", NONE), ("2", ONE)]
        assert view.names_of(NONE) == [("a", "10"), ("b", "1")]
        assert view.versions("A") == view.versions("") == view.names_of("") == []
        assert view.names_of(ONE[:-1]) == []


def test_releases_are_listed_page_by_page(registry: Registry) -> None:
    for one in reversed(RELEASES):
        bind(registry, *one)
    with registry.reading() as view:
        pages: list[list[tuple[str, str, str]]] = []
        after: tuple[str, str] | None = None
        while page := view.releases_after(after, 2):
            pages.append(page)
            after = page[-1][:2]
        assert pages == [RELEASES[:2], RELEASES[2:4], RELEASES[4:]]
        assert view.releases_after(None, 9, containing="b") == RELEASES[3:]
        assert view.releases_after(("ab", "1"), 9, containing="b") == RELEASES[4:]
        assert view.releases_after(("a", "1"), 1) == RELEASES[1:2]
        for nothing in ("B", "%", "_", "?", "a%b"):
            assert view.releases_after(None, 9, containing=nothing) == []
        assert view.releases_after(None, 0) == view.releases_after(None, -1) == []


def test_pages_of_a_registry_that_was_never_used_are_empty(registry: Registry) -> None:
    with registry.reading() as view:
        assert view.versions("a") == view.names_of(ONE) == []
        assert view.releases_after(None, 5) == []
