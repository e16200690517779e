from __future__ import annotations

import random
from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.model.graph.locks import chain, graph, pin
from weighbridge.report.graph_drawing import MOST, draw
from weighbridge.report.graph_layout import label_width

if TYPE_CHECKING:
    from weighbridge.model.graph import Graph
    from weighbridge.report.graph_drawing import Drawing, Place


def forest(count: int, *, links: int = 4, seed: int = 1) -> Graph:
    """Make a graph like those of real locks: each entry needs some of those behind it."""
    chance = random.Random(seed)  # noqa: S311 - the same graph each time
    names = [f"package-{'x' * chance.randrange(20)}{at:04}" for at in range(count)]
    pins = [
        pin(name, "1.2.3", *chance.sample(names[at + 1 :], min(links, count - at - 1)))
        for at, name in enumerate(names)
    ]
    return graph(*pins, roots=tuple(names[:20]))


def overlap(one: Place, other: Place) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def assert_readable(drawing: Drawing) -> None:
    """Check that no two boxes overlap, and that each label is in its box, and each box in it."""
    pairs = combinations(drawing.boxes, 2)
    assert not [(one.label, other.label) for one, other in pairs if overlap(one, other)]
    for box in drawing.boxes:
        assert label_width(box.label) <= box.width
        assert box.height >= 16  # a line of letters 12 high
        assert 0 <= box.x <= drawing.width - box.width
        assert 0 <= box.y <= drawing.height - box.height


def test_four_hundred_packages_are_readable() -> None:
    whole = draw(forest(400), {}, everything=True)
    assert (whole.drawn, whole.total) == (400, 400)
    assert_readable(whole)
    assert whole.height <= 2_000


def test_of_many_packages_what_matters_is_drawn() -> None:
    found = forest(400)
    last = max(found.nodes)
    drawing = draw(found, {last: "it is bad"})
    assert 20 < drawing.drawn < 200
    assert_readable(drawing)
    (bad,) = [box for box in drawing.boxes if box.look == "bad"]
    assert bad.label.startswith("! ")
    assert bad.title.endswith("it is bad")
    assert {box.label.split("==")[0] for box in drawing.boxes if box.strong} == {
        id_.split("==")[0] for id_ in found.roots
    }
    assert {line.look for line in drawing.lines} == {"", "bad"}
    assert any(" +" in box.label for box in drawing.boxes)


def test_what_somebody_asks_about_is_drawn_with_the_way_to_it() -> None:
    found = chain(100)
    drawing = draw(found, {}, chosen=("p00050==1",))
    assert drawing.drawn == 51
    assert [line.look for line in drawing.lines] == ["chosen"] * 50


def test_a_small_graph_is_drawn_whole_and_no_graph_beyond_measure() -> None:
    assert draw(chain(10), {}).drawn == 11
    assert draw(chain(MOST + 50), {}, everything=True).drawn == MOST
    assert draw(graph(), {}).boxes == ()


@given(st.integers(0, 60), st.integers(0, 6), st.integers(0, 9), st.booleans())
def test_any_graph_is_readable(count: int, links: int, seed: int, everything: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    found = forest(count, links=links, seed=seed)
    assert_readable(draw(found, {}, everything=everything))
