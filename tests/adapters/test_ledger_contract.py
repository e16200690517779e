"""What the ledger of every registry keeps to; `conftest` lists the implementations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.ledger.signing import verify
from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.merkle import MerkleTree, StoredTree, leaf_hash
from weighbridge.ledger.note import read_verifier_key
from weighbridge.model.errors import (
    BoundError,
    ClockError,
    EntrySizeError,
    LedgerError,
    RegistryError,
)
from weighbridge.model.event import Kind, read_event, topics

if TYPE_CHECKING:
    from tests.adapters.conftest import Clock
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry, Transaction

NONE = "sha256:" + "0" * 64
ONE = "sha256:" + "1" * 64


def begin(registry: Registry) -> None:
    registry.make_log_key("log.example")
    registry.change(lambda t: t.append(Kind.REGISTRY_INITIALISED, {"owners": []}))


def add(registry: Registry, name: str) -> int:
    return registry.change(lambda t: t.append(Kind.RELEASE_SEALED, {"name": name}))


def paged(view: LedgerView) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    while page := view.topics_after(found[-1] if found else None, 2):
        assert len(page) <= 2
        found += page
    assert view.topics_after(None, 0) == view.topics_after(None, -1) == []
    return found


def check(registry: Registry) -> list[bytes]:
    """Check that entries, nodes, topics and checkpoint tell one story; return the entries."""
    with registry.reading() as view:
        entries = list(view.entries())
        tree = MerkleTree(map(leaf_hash, entries))
        assert view.size == len(entries)
        nodes = list(tree.nodes())
        assert list(view.nodes()) == nodes
        places = [(level, index) for level, index, _ in nodes]
        assert view.nodes_at(places[::-1]) == [node for _, _, node in nodes[::-1]]
        events = [read_event(entry) for entry in entries]
        assert list(view.topics()) == sorted(
            (topic, index) for index, event in enumerate(events) for topic in topics(event)
        )
        assert paged(view) == list(view.topics())
        key = read_verifier_key(registry.log_key)
        checkpoint = open_checkpoint(view.checkpoint, key, verify=verify)
        assert (checkpoint.size, checkpoint.root) == (len(entries), tree.root())
        assert view.faults() == []
    return entries


def test_a_registry_without_owners_has_an_empty_ledger(registry: Registry) -> None:
    registry.change(lambda t: t.bind("ranker", "1.0", NONE))
    assert registry.log_key == ""
    with registry.reading() as view:
        assert (view.size, view.checkpoint, view.faults()) == (0, b"", [])
        assert [*view.entries(), *view.nodes(), *view.topics(), *view.found("control")] == []
        with pytest.raises(LedgerError):
            view.entry(0)
        with pytest.raises(LedgerError):
            view.node(0, 0)
        assert view.releases() == [("ranker", "1.0", NONE)]


def test_what_was_appended_is_there_in_its_order(registry: Registry, clock: Clock) -> None:
    begin(registry)
    entries: list[bytes] = []
    for index, name in enumerate("abacaba", 1):
        clock.time = f"2026-01-01T00:00:0{index}Z"
        assert add(registry, name) == index
        entries = check(registry)
        event = read_event(entries[-1])
        assert (event.kind, event.time) == (Kind.RELEASE_SEALED, clock.time)
        assert event.body == {"name": name}
    with registry.reading() as view:
        assert view.found("release:a") == [1, 3, 5, 7]
        assert view.found("release:b") == [2, 6]
        assert view.found("release:") == []
        assert [view.entry(index) for index in range(8)] == entries
        assert list(view.entries(2, 5)) == entries[2:5]
        assert list(view.entries(6)) == entries[6:]
        assert list(view.entries(8)) == list(view.entries(3, 3)) == []
        assert StoredTree(8, view.node).root() == view.node(3, 0)


@pytest.mark.parametrize("index", [-1, 2, 2**70])
def test_an_entry_that_is_not_there_is_told(registry: Registry, index: int) -> None:
    begin(registry)
    add(registry, "a")
    with registry.reading() as view:
        with pytest.raises(LedgerError):
            view.entry(index)
        with pytest.raises(LedgerError):
            list(view.entries(0, 3))
        for place in [(0, index), (abs(index) + 1, 0), (1, 1)]:
            with pytest.raises(LedgerError):
                view.node(*place)


def test_several_entries_of_one_change(registry: Registry) -> None:
    registry.make_log_key("")

    def change(transaction: Transaction) -> list[int]:
        first = transaction.append(Kind.REGISTRY_INITIALISED, {})
        others = [transaction.append(Kind.RELEASE_ADOPTED, {"name": str(n)}) for n in range(40)]
        assert transaction.bind("ranker", "1.0", ONE)
        assert transaction.size == 41
        assert transaction.found("release:39") == [40]
        assert transaction.node(0, 40) == leaf_hash(transaction.entry(40))
        assert len(list(transaction.nodes())) == 41 + 20 + 10 + 5 + 2 + 1
        return [first, *others, transaction.append(Kind.RELEASE_SEALED, {"name": "x"})]

    assert registry.change(change) == list(range(42))
    assert len(check(registry)) == 42
    assert registry.releases() == [("ranker", "1.0", ONE)]


def test_every_entry_names_the_newest_of_the_control_plane_before_it(registry: Registry) -> None:
    begin(registry)
    body = {"statement": ONE}
    add(registry, "a")
    add(registry, "b")
    for kind in (Kind.CONTROL_PROPOSED, Kind.CONTROL_APPLIED, Kind.CONTROL_REFUSED):
        registry.change(lambda t, kind=kind: t.append(kind, body))  # type: ignore[misc]
    add(registry, "c")
    registry.change(
        lambda t: [t.append(Kind.CONTROL_APPLIED, body), t.append(Kind.CONTROL_APPLIED, body)]
    )
    add(registry, "d")
    events = [read_event(entry) for entry in check(registry)]
    assert [event.control for event in events] == [None, 0, 0, 0, 0, 4, 4, 4, 7, 8]
    with registry.reading() as view:
        assert view.found("control") == [3, 4, 5, 7, 8]
        assert view.found(f"statement:{ONE}") == [3, 4, 5, 7, 8]


def test_a_change_that_raises_leaves_nothing(registry: Registry) -> None:
    begin(registry)
    with registry.reading() as view:
        before = (list(view.entries()), list(view.nodes()), list(view.topics()), view.checkpoint)

    def change(transaction: Transaction) -> None:
        transaction.append(Kind.RELEASE_SEALED, {"name": "a"})
        transaction.bind("ranker", "1.0", ONE)
        assert transaction.node(1, 0)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        registry.change(change)
    with registry.reading() as view:
        after = (list(view.entries()), list(view.nodes()), list(view.topics()), view.checkpoint)
    assert (before, registry.releases()) == (after, [])
    assert add(registry, "b") == 1
    check(registry)


def test_what_a_body_lacks_for_its_topics_leaves_nothing(registry: Registry) -> None:
    begin(registry)
    for body in ({}, {"name": 1.5}):
        with pytest.raises((KeyError, ValueError)):
            registry.change(lambda t, body=body: t.append(Kind.RELEASE_SEALED, body))  # type: ignore[misc]
    assert len(check(registry)) == 1


def test_a_result_is_returned_and_a_refusal_raised(registry: Registry) -> None:
    assert registry.change(lambda _: [1, 2]) == [1, 2]
    assert registry.change(lambda _: None) is None
    registry.change(lambda t: t.bind("ranker", "1.0", NONE))
    with pytest.raises(BoundError):
        registry.change(lambda t: t.bind("ranker", "1.0", ONE))


def test_an_entry_older_than_the_last_is_refused(registry: Registry, clock: Clock) -> None:
    clock.time = "2026-01-01T00:00:10Z"
    begin(registry)
    add(registry, "a")
    clock.time = "2026-01-01T00:00:09Z"
    with pytest.raises(ClockError) as caught:
        add(registry, "b")
    assert caught.value.faults[0].seen == clock.time
    assert caught.value.faults[0].wanted.startswith("2026-01-01T00:00:10Z")
    assert registry.change(lambda t: (t.now, t.bind("ranker", "1.0", ONE))) == (clock.time, True)
    assert len(check(registry)) == 2
    clock.time = "2026-01-01T00:00:10Z"
    assert add(registry, "b") == 2


def test_an_entry_is_at_most_as_large_as_a_bundle_can_hold(registry: Registry) -> None:
    begin(registry)

    def append(padding: int) -> int:
        body = {"subjects": ["x" * padding]}
        return registry.change(lambda transaction: transaction.append(Kind.EVIDENCE_ADDED, body))

    with registry.reading() as view:
        size = view.size
    index = append(60_000)
    with registry.reading() as view:
        room = 65_535 - len(view.entry(index))
    assert append(60_000 + room) == size + 1
    with pytest.raises(EntrySizeError):
        append(60_001 + room)
    with registry.reading() as view:
        assert view.size == size + 2


def test_a_ledger_begins_with_its_owners_and_names_them_once(registry: Registry) -> None:
    registry.make_log_key("")
    with pytest.raises(RegistryError, match=r"registry\.initialised"):
        add(registry, "a")
    registry.change(lambda t: t.append(Kind.REGISTRY_INITIALISED, {}))
    with pytest.raises(RegistryError, match=r"registry\.initialised"):
        registry.change(lambda t: t.append(Kind.REGISTRY_INITIALISED, {}))
    assert len(check(registry)) == 1


def test_without_a_key_nothing_is_appended(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="key"):
        registry.change(lambda t: t.append(Kind.REGISTRY_INITIALISED, {}))
    with registry.reading() as view:
        assert view.size == 0


def test_the_key_of_a_log_is_made_once(registry: Registry) -> None:
    made = registry.make_log_key("log.example")
    assert read_verifier_key(made).name == "log.example"
    assert registry.make_log_key("") == registry.make_log_key("log.example") == made
    begin(registry)
    assert registry.make_log_key("") == registry.log_key == made
    with pytest.raises(RegistryError, match="has a name"):
        registry.make_log_key("log.example/other")
    assert registry.log_key == made


@pytest.mark.parametrize("origin", ["two words", "a+b", "line\nbreak", "\ud800", "\t"])
def test_a_log_has_a_name_that_notes_can_bear(registry: Registry, origin: str) -> None:
    with pytest.raises(RegistryError, match="no name for a log"):
        registry.make_log_key(origin)
    assert registry.log_key == ""
    assert registry.make_log_key("")


def test_a_view_does_not_change(registry: Registry) -> None:
    begin(registry)

    def look(view: LedgerView) -> list[object]:
        return [
            view.size,
            view.checkpoint,
            *view.entries(),
            *view.nodes(),
            *view.topics(),
            view.releases(),
        ]

    def sealed(transaction: Transaction) -> bool:
        body = {"name": "ranker", "version": "1.0", "digest": ONE}
        transaction.append(Kind.RELEASE_SEALED, body)
        return transaction.bind("ranker", "1.0", ONE)

    with registry.reading() as view:
        before = registry.change(sealed) and view.size
        add(registry, "a")
        assert look(view) == look(view)
        assert view.size == before == 1
        assert view.releases() == []
    with registry.reading() as view:
        assert view.size == 3


def test_many_threads_append_and_nothing_is_lost(registry: Registry) -> None:
    begin(registry)
    names = [[f"{thread}/{turn}" for turn in range(20)] for thread in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda own: [add(registry, name) for name in own], names))
    entries = check(registry)
    assert sorted(index for own in found for index in own) == list(range(1, 161))
    for own, indices in zip(names, found, strict=True):
        assert indices == sorted(indices)
        assert [read_event(entries[index]).body["name"] for index in indices] == own


def test_a_registry_that_was_closed_goes_on(registry: Registry) -> None:
    begin(registry)
    registry.close()
    registry.close()
    assert add(registry, "a") == 1
    registry.close()
    assert len(check(registry)) == 2
