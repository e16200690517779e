from __future__ import annotations

from tests.model.graph.locks import graph, pin
from weighbridge.diffing.graph import graph_changes


def test_how_far_a_package_moved_is_told_where_it_has_one_version() -> None:
    split = "python_version < '3.12'"
    before = graph(pin("a", "1.0"), pin("b", "2.1"), pin("c", "1"), pin("e", "1"))
    after = graph(
        pin("a", "2.0"), pin("b", "2.0"), pin("c", "1", marker=split), pin("c", "2"), pin("d", "1")
    )
    assert [(one.name, one.kind, one.step) for one in graph_changes(before, after)] == [
        ("a", "changed", "major"),
        ("b", "changed", "downgrade"),
        ("c", "changed", ""),
        ("d", "added", ""),
        ("e", "removed", ""),
    ]


def test_the_same_graphs_do_not_differ() -> None:
    assert graph_changes(graph(pin("a")), graph(pin("a"))) == ()
