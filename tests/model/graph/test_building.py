from __future__ import annotations

from dataclasses import replace

import pytest

from tests.model.graph.locks import graph, installed, lock, pin
from weighbridge.model.graph import Conflict, Graph
from weighbridge.model.graph.building import GraphError, graph_of
from weighbridge.model.graph.together import Budget, applying
from weighbridge.model.lock import Edge, Pin


def links(found: Graph) -> set[tuple[str, str]]:
    return {(link.source, link.target) for links in found.links.values() for link in links}


def kinds(found: Graph) -> list[tuple[str, str, str]]:
    return [(one.kind, one.node, one.other) for one in found.conflicts]


def test_links_are_those_the_lock_records() -> None:
    edge = Edge(name="b", extras=("x",), marker='sys_platform == "win32"')
    found = graph(pin("a", "1", edge), pin("b", "2"), roots=("a",))
    assert list(found.nodes) == ["a==1", "b==2"]
    (link,) = found.links["a==1"]
    assert (link.target, link.extras, link.marker) == ("b==2", ("x",), 'sys_platform == "win32"')
    assert (found.roots, found.stated, found.origin, found.untold) == (("a==1",), True, "lock", ())
    assert (found.count(), found.named("b"), found.named("b==2")) == (1, ("b==2",), ("b==2",))


def test_without_a_word_on_it_the_roots_are_what_nobody_needs() -> None:
    found = graph(pin("b", "1", "b"), pin("a", "1", "c"), pin("c"))
    assert (found.roots, found.stated) == (("a==1", "b==1"), False)


def test_entries_that_would_be_called_alike_are_told_apart() -> None:
    found = graph(pin("a", None), pin("a", None), Pin(name="-r x", version=None, source="include"))
    assert list(found.nodes) == ["a", "a#2"]
    assert found.conflicts == ()


def test_an_edge_means_the_version_it_names_or_all_of_the_name() -> None:
    two = (
        pin("b", "1", marker="python_version < '3'"),
        pin("b", "2", marker="python_version > '3'"),
    )
    assert links(graph(pin("a", "1", Edge(name="b", version="2")), *two)) == {("a==1", "b==2")}
    assert links(graph(pin("a", "1", "b"), *two)) == {("a==1", "b==1"), ("a==1", "b==2")}


def test_what_the_lock_does_not_have_is_missing() -> None:
    found = graph(pin("a", "1", "b", Edge(name="c", version="2")), pin("c", "1"))
    assert kinds(found) == [("missing", "a==1", "b"), ("missing", "a==1", "c==2")]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("", "", True),
        ("", "sys_platform == 'win32'", True),
        ("sys_platform == 'win32'", "sys_platform != 'win32'", False),
        ("sys_platform == 'win32'", "platform_system == 'Windows'", True),
        ("os_name == 'nt'", "sys_platform == 'linux'", False),
        ("python_version < '3.12'", "python_version >= '3.12'", False),
        ("python_version <= '3.12'", "python_version >= '3.12'", True),
        ("python_full_version < '3.11.5'", "python_full_version >= '3.11.5'", False),
        ("python_full_version <= '3.11.5'", "python_full_version >= '3.11.5'", True),
        ("python_version < '3.10'", "python_version < '3.9'", False),
        ("platform_machine == 'riscv64'", "platform_machine != 'x86_64'", True),
        ("platform_machine == 'arm64'", "platform_machine == 'x86_64'", False),
        ("implementation_name == 'pypy'", "platform_python_implementation == 'CPython'", False),
        ("extra == 'cpu'", "extra == 'gpu'", False),
        ("'cpu' in extras", "'gpu' in extras", False),
        ("'a' in dependency_groups", "", True),
        ("this is no marker", "sys_platform == 'win32'", True),
    ],
)
def test_two_versions_that_can_both_apply_are_at_odds(
    first: str, second: str, *, together: bool
) -> None:
    pins = (pin("a", "1", marker=first), pin("a", "2", marker=second))
    found = graph_of(lock(*pins, python=">=3.10"))
    # Nothing below 3.10 is ever used, so that what is for it alone never meets anything.
    assert kinds(found) == ([("together", "a==2", "a==1")] if together else [])


def test_more_markers_than_anybody_could_try_leave_it_undecided() -> None:
    markers = [f"platform_machine == 'm{at}' and python_version < '3.{at}'" for at in range(9, 60)]
    assert applying(markers, "", Budget(1000)) is None
    pins = [pin("a", str(at), marker=marker) for at, marker in enumerate(markers)]
    several = [
        replace(one, marker=f"{one.marker} or extra == 'x{at}'") for at, one in enumerate(pins)
    ]
    found = graph(*several)
    assert [one.why for one in found.conflicts] == [
        "whether they exclude each other is too much to try"
    ]


def test_what_is_installed_tells_what_the_lock_does_not() -> None:
    there = {
        "a": installed(
            "a", "b>=1", "c; extra == 'x'", "d>=1 ; python_version < '3.4'", "not ( one"
        ),
        "b": installed("b", version="9"),
    }
    found = graph_of(lock(pin("a"), pin("b", "2"), pin("c"), recorded=False), there)
    assert links(found) == {("a==1", "b==2")}
    assert (found.origin, found.untold) == ("installed", ("b==2", "c==1"))
    assert found.conflicts == ()


def test_extras_are_followed_where_they_are_asked_for() -> None:
    there = {
        "a": installed("a", "b[x]"),
        "b": installed("b", "c; extra == 'x'", "d[y]; extra == 'x'"),
        "d": installed("d", "a[z]; extra == 'y'"),
    }
    found = graph_of(lock(pin("a"), pin("b"), pin("c"), pin("d"), recorded=False), there)
    assert links(found) == {
        ("a==1", "b==1"),
        ("b==1", "c==1"),
        ("b==1", "d==1"),
        ("d==1", "a==1"),
    }
    asked = Pin(name="b", version="1", extras=("x",))
    alone = graph_of(lock(asked, pin("c"), pin("d"), recorded=False), there)
    assert ("b==1", "c==1") in links(alone)


def test_what_is_installed_misses_what_is_not_locked() -> None:
    found = graph_of(lock(pin("a"), recorded=False), {"a": installed("a", "b>=1")})
    assert found.conflicts == (
        Conflict(kind="missing", node="a==1", other="b>=1", why="the lock does not have it"),
    )


@pytest.mark.parametrize(
    ("requirement", "version", "outside"),
    [
        ("b>=2", "1", True),
        ("b>=1", "1", False),
        ("b<2", "2.0rc1", True),
        ("b>=1", "2.0rc1", False),
        ("b>=2 ; python_version < '3'", "1", False),
        ("b>=2", None, False),
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_a_version_nobody_takes_is_outside(
    requirement: str, version: str | None, *, outside: bool, recorded: bool
) -> None:
    locked = lock(pin("a", "1.0", "b"), pin("b", version), recorded=recorded)
    found = graph_of(locked, {"a": installed("a", requirement)})
    assert [one.kind for one in found.conflicts] == ["outside"] * outside
    if outside:
        assert found.conflicts[0].why.startswith("a==1.0 takes b")


def test_only_the_same_version_of_the_same_ecosystem_is_listened_to() -> None:
    there = {"a": installed("a", "b>=2", version="3"), "c": installed("c", version="odd")}
    found = graph_of(lock(pin("a"), pin("b"), pin("c", "odd"), recorded=False), there)
    assert (found.origin, found.untold) == ("installed", ("a==1", "b==1"))
    conda = replace(pin("a", "3"), ecosystem="conda")
    assert graph_of(lock(conda, recorded=False), there).origin == "nobody"
    assert graph_of(lock(pin("b", "odd"), pin("a", "3"), recorded=False), there).conflicts == ()


def test_the_same_line_twice_is_no_conflict() -> None:
    assert graph(pin("a", "1", marker="os_name == 'nt'"), pin("a")).conflicts == ()


@pytest.mark.parametrize("recorded", [True, False])
def test_a_lock_of_more_links_than_anybody_could_hold_is_refused(*, recorded: bool) -> None:
    same = [pin("a", str(at)) for at in range(320)]
    others = [pin(f"b{at}", "1", "a") for at in range(320)]
    there = {f"b{at}": installed(f"b{at}", "a") for at in range(320)}
    with pytest.raises(GraphError, match="more than 100,000 links"):
        graph_of(lock(*same, *others, recorded=recorded), there)


def test_what_cannot_be_asked_of_an_environment_counts_as_true() -> None:
    every = applying(["", "extras == 'x'", "platform_machine < 'x'"], "no specifier", Budget())
    assert every is not None
    assert every[0] == every[1] != 0
    versions = applying(["python_version < '3.12'", "python_version >= '3.12'"], "odd", Budget())
    assert versions is not None
    assert versions[0] & versions[1] == 0 != versions[0]
