from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.model.graph.locks import chain, graph, pin
from weighbridge.model.graph.changes import package_changes
from weighbridge.model.graph.paths import (
    above,
    depths,
    first_paths,
    inverted,
    path_to,
    shortest_paths,
    tops,
    within,
)

if TYPE_CHECKING:
    from weighbridge.model.graph import Graph

DIAMOND = graph(pin("a", "1", "b", "c"), pin("b", "1", "d"), pin("c", "1", "d"), pin("d"))
RING = graph(pin("x", "1", "y"), pin("y", "1", "z"), pin("z", "1", "x"), pin("a", "1", "z"))


def test_tops_are_the_roots_and_then_what_they_do_not_bring() -> None:
    assert tops(RING) == ("a==1",)
    apart = graph(
        pin("a"), pin("y", "1", "z"), pin("z", "1", "y"), pin("b", "1", "c"), pin("c"), roots=("a",)
    )
    assert tops(apart) == ("a==1", "b==1", "y==1")


def test_all_shortest_paths_are_found_and_counted() -> None:
    found = shortest_paths(DIAMOND, ["d==1"])
    assert found.paths == (("a==1", "b==1", "d==1"), ("a==1", "c==1", "d==1"))
    assert found.total == 2
    few = shortest_paths(DIAMOND, ["d==1"], shown=1)
    assert (few.paths, few.total) == ((("a==1", "b==1", "d==1"),), 2)
    assert shortest_paths(DIAMOND, ["a==1"]).paths == (("a==1",),)
    assert path_to(DIAMOND, "d==1") == ("a==1", "b==1", "d==1")


def test_paths_through_a_ring_end() -> None:
    assert shortest_paths(RING, ["y==1"]).paths == (("a==1", "z==1", "x==1", "y==1"),)


def test_more_paths_than_anybody_could_list_are_counted() -> None:
    layers = 40
    pins = [pin("a00", "1", "b01", "c01")]
    for at in range(1, layers):
        following = () if at == layers - 1 else (f"b{at + 1:02}", f"c{at + 1:02}")
        pins += [pin(f"b{at:02}", "1", *following), pin(f"c{at:02}", "1", *following)]
    found = shortest_paths(graph(*pins), [f"b{layers - 1}==1"])
    assert (len(found.paths), found.total) == (100, 2 ** (layers - 2))


def test_a_chain_of_ten_thousand_is_walked() -> None:
    long = chain(10_000)
    assert depths(long, tops(long))["p10000==1"] == 10_000
    assert len(path_to(long, "p10000==1")) == 10_001
    told = first_paths(long)["p10000==1"]
    assert (len(told), told[0], told[1]) == (61, "…", "p09941==1")


def test_turned_round_it_says_who_is_needed_by_whom() -> None:
    turned = inverted(DIAMOND)
    assert [link.target for link in turned.links["d==1"]] == ["b==1", "c==1"]
    assert turned.roots == ("d==1",)


def test_what_is_left_out_takes_its_links_along() -> None:
    part = within(DIAMOND, above(DIAMOND, ["b==1"]))
    assert (list(part.nodes), list(part.links), part.count()) == (["a==1", "b==1"], ["a==1"], 1)
    assert above(RING, ["x==1"]) == {"a==1", "z==1", "x==1"}


def test_changes_are_told_by_package_with_who_brings_it() -> None:
    after = graph(
        pin("a", "1", "b", "e"), pin("b", "2", "d"), pin("d"), pin("e", None), roots=("a",)
    )
    found = {change.name: change for change in package_changes(DIAMOND, after)}
    assert {name: (one.kind, one.before, one.after) for name, one in found.items()} == {
        "b": ("changed", ("1",), ("2",)),
        "c": ("removed", ("1",), ()),
        "e": ("added", (), ("",)),
    }
    assert found["b"].path == ("a==1", "b==2")
    assert found["c"].path == ("a==1", "c==1")
    assert not any(one.direct for one in found.values())
    assert list(package_changes(after, after)) == []


names = st.sampled_from("abcdef")
graphs = st.dictionaries(names, st.lists(names, max_size=4), max_size=6).map(
    lambda needs: graph(*(pin(name, "1", *found) for name, found in sorted(needs.items())))
)


@given(graphs)
def test_whatever_there_is_is_reached_by_a_shortest_path(found: Graph) -> None:
    start = tops(found)
    distance = depths(found, start)
    ways = first_paths(found)
    assert distance.keys() == found.nodes.keys() == ways.keys()
    for id_, path in ways.items():
        assert len(path) == distance[id_] + 1
        assert path[0] in start
        paths = shortest_paths(found, [id_], shown=1000)
        assert path in paths.paths
        assert len(set(paths.paths)) == paths.total
        for one, other in itertools.pairwise(path):
            assert other in {link.target for link in found.links[one]}


@given(graphs, graphs)
def test_changes_the_other_way_round_are_the_same_packages(one: Graph, other: Graph) -> None:
    there, back = list(package_changes(one, other)), list(package_changes(other, one))
    assert [(c.name, c.before, c.after) for c in there] == [
        (c.name, c.after, c.before) for c in back
    ]
