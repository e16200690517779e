from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.graph.locks import chain, graph, pin
from weighbridge.report.graph_layout import Box, layout
from weighbridge.report.graph_svg import render_graph_svg

if TYPE_CHECKING:
    from weighbridge.model.graph import Graph

SVG = "{http://www.w3.org/2000/svg}"


def drawn(found: Graph, **how: object) -> ET.Element:
    """Draw a graph twice, and read the picture."""
    text = render_graph_svg(found, title="demo", **how)  # type: ignore[arg-type] # any option
    assert text == render_graph_svg(found, title="demo", **how)  # type: ignore[arg-type] # as above
    return ET.fromstring(text)  # noqa: S314 - what we wrote ourselves


def boxes(picture: ET.Element) -> dict[str, Box]:
    """Find the box of each entry by its title."""
    found = {}
    for group in picture.iter(f"{SVG}g"):
        title, rect = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        if title is not None and rect is not None:
            x, y, width, height = (int(rect.get(key, "")) for key in ("x", "y", "width", "height"))
            found[str(title.text)] = Box(x=x, y=y, width=width, height=height)
    return found


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def said(picture: ET.Element) -> str:
    return "\n".join(picture.itertext())


def layered(count: int, width: int = 10) -> Graph:
    """Make a graph of many: each needs three of the next layer."""
    pins = []
    for at in range(count):
        row, column = divmod(at, width)
        needs = {(row + 1) * width + (column + step) % width for step in (0, 3, 7)}
        pins.append(
            pin(
                f"package-{at:03}", "1", *(f"package-{to:03}" for to in sorted(needs) if to < count)
            )
        )
    return graph(*pins)


def test_a_picture_has_a_title_a_description_and_nothing_that_runs() -> None:
    picture = drawn(layered(30))
    assert (picture.tag, picture.get("role")) == (f"{SVG}svg", "img")
    assert [picture[at].tag for at in (0, 1)] == [f"{SVG}title", f"{SVG}desc"]
    assert (picture[0].text, picture[1].text) == (
        "demo",
        "Dependency graph: 30 packages, 60 links, 0 conflicts",
    )
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} == {
        "svg", "title", "desc", "rect", "text", "g", "path",
    }  # fmt: skip
    assert not [
        key for one in picture.iter() for key in one.attrib if key.startswith("on") or "href" in key
    ]


@pytest.mark.parametrize("count", [1, 30, 80, 400])
def test_boxes_do_not_overlap_and_stay_in_the_picture(count: int) -> None:
    picture = drawn(layered(count), everything=True)
    found = boxes(picture)
    assert len(found) == count
    width, height = int(picture.get("width", "")), int(picture.get("height", ""))
    assert all(one.x >= 0 and one.x + one.width <= width for one in found.values())
    assert all(one.y >= 80 and one.y + one.height <= height for one in found.values())
    assert not [
        pair for pair in itertools.combinations(found, 2) if overlap(*(found[one] for one in pair))
    ]


def test_who_is_needed_stands_to_the_right() -> None:
    found = boxes(drawn(layered(30)))
    assert found["package-000==1"].x < found["package-010==1"].x < found["package-020==1"].x


def test_a_cycle_is_drawn_with_the_link_that_closes_it() -> None:
    picture = drawn(graph(pin("torch", "2", "triton"), pin("triton", "3", "torch")))
    assert len(boxes(picture)) == 2
    strokes = [one.get("stroke") for one in picture.iter(f"{SVG}path")]
    assert strokes.count("#bc4c00") == 1


def test_what_is_vulnerable_or_at_odds_is_told_by_sign_and_colour() -> None:
    found = graph(pin("a", "1", "gone"), pin("b", "1"), pin("c"))
    text = render_graph_svg(found, title="t", marks={"b": "high"})
    assert "<title>b==1; vulnerable: high</title>" in text
    assert "! b==1" in text
    assert "<title>a==1; the lock does not have it</title>" in text
    assert "≠ a==1" in text
    assert text.count('stroke="#cf222e"') == 2  # one of them in the legend
    assert text.count('fill="#ffe8d1"') == 2


def test_a_large_graph_shows_what_matters_and_says_so() -> None:
    picture = drawn(layered(200), marks={"package-123": "critical"})
    found = boxes(picture)
    assert "package-123==1; vulnerable: critical" in found
    assert 1 < len(found) < 200
    assert "shortest paths to what is vulnerable or in conflict; --all draws all" in said(picture)
    plain = drawn(layered(200))
    assert len(boxes(plain)) == 80
    assert "80 of 200 packages: the first levels; --all draws all" in said(plain)
    assert re.search(r"package-07\d==1 \+3", said(plain))


def test_a_depth_is_kept_whatever_the_size() -> None:
    assert len(boxes(drawn(layered(30), depth=1))) == 20
    assert "20 of 30 packages: to a depth of 1" in said(drawn(layered(30), depth=1))
    assert "--all" not in said(drawn(layered(30), depth=9))
    assert len(boxes(drawn(layered(600, 500), depth=0))) == 400


def test_names_from_outside_stay_text() -> None:
    evil = graph(pin("<script>alert(1)</script>", '"&\x1b\ufffe', "x" * 200), pin("x" * 200))
    picture = drawn(evil)
    assert not list(picture.iter(f"{SVG}script"))
    assert '<script>alert(1)</script>=="&\\x1b\\ufffe' in said(picture)
    assert ("x" * 43 + "…") in said(picture)


def test_ten_thousand_packages_are_drawn() -> None:
    assert len(boxes(drawn(chain(10_000)))) == 80
    assert len(layout(chain(10_000), lambda _: 50).boxes) == 10_001


def test_nothing_is_a_picture_too() -> None:
    assert boxes(drawn(graph())) == {}


names = st.sampled_from("abcdef")
graphs = st.dictionaries(names, st.lists(names, max_size=4), max_size=6).map(
    lambda needs: graph(*(pin(name, "1", *found) for name, found in sorted(needs.items())))
)


@given(graphs)
def test_every_entry_has_a_place_and_every_link_that_closes_none_goes_right(found: Graph) -> None:
    plan = layout(found, lambda _: 40)
    assert plan.boxes.keys() == found.nodes.keys()
    for links in found.links.values():
        for link in links:
            source, target = plan.boxes[link.source], plan.boxes[link.target]
            assert (source.x < target.x) or (link.source, link.target) in plan.back
