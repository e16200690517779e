from __future__ import annotations

from weighbridge.model.lock import Edge, Lock, Pin
from weighbridge.rules.lock_paths import ELIDED, LONGEST, Ways

MANY = 20_000


def pin(name: str, *needs: str, version: str | None = "1") -> Pin:
    edges = (one.partition("==") for one in needs)
    found = tuple(Edge(name=name, version=at) for name, _, at in edges)
    return Pin(name=name, version=version, edges=found)


def lock(*pins: Pin, roots: tuple[str, ...] = ()) -> Lock:
    return Lock(format="uv", pins=pins, roots=roots, records_edges=True)


def test_ways_are_the_shortest_from_what_was_asked_for() -> None:
    ways = Ways(
        lock(
            pin("app", "a", "c", "app"),
            pin("a", "b==2", "gone"),
            pin("b"),
            pin("b", "a", version="2"),
            pin("c", "b==2", version=None),
        )
    )
    assert ways == {
        ("app", "1"): ("app",),
        ("a", "1"): ("app", "a"),
        ("c", ""): ("app", "c"),
        ("b", "2"): ("app", "a", "b"),
        ("b", "1"): ("b",),
    }
    assert len(ways) == 5
    assert ways.get(("b", "3")) is None


def test_how_a_package_comes_in_is_told() -> None:
    ways = Ways(lock(pin("app", "a"), pin("a"), pin("b", "b"), roots=("app", "gone")))
    assert ways.told("app") == "app was asked for itself"
    assert ways.told("a") == ways.told("a", "1") == "a comes by app → a"
    assert (ways.told("b"), ways.told("a", "2"), ways.told("gone")) == ("", "", "")
    assert [ways.leads_to(name) for name in ("a", "b", "gone")] == [True, False, False]


def test_a_version_that_is_written_otherwise_is_meant_all_the_same() -> None:
    assert Ways(lock(pin("app", "a==1.0"), pin("a")))["a", "1"] == ("app", "a")


def test_where_nobody_records_who_needs_whom_nothing_is_told() -> None:
    assert Ways(Lock(format="requirements", pins=(pin("a"),))).told("a") == ""


def test_of_a_long_way_both_ends_are_told() -> None:
    pins = [pin(f"p{at}", f"p{at + 1}") for at in range(MANY)]
    ways = Ways(lock(*pins))
    assert ways["p1", "1"] == ("p0", "p1")
    assert ways[f"p{LONGEST}", "1"][:2] == ("p0", "p1")
    assert ways[f"p{LONGEST + 1}", "1"][:3] == ("p0", ELIDED, "p2")
    assert sum(map(len, ways.values())) < MANY * (LONGEST + 2)
    assert ways[f"p{MANY - 1}", "1"][-1] == f"p{MANY - 1}"


def test_many_entries_of_one_name_are_searched_once() -> None:
    pins = [pin("a", "a", "b", version=str(at)) for at in range(MANY)]
    ways = Ways(lock(pin("app", "a"), *pins))
    assert ways["a", str(MANY - 1)] == ("app", "a")
