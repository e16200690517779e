from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.report.charts_svg import HEIGHT, WIDTH, bars_svg, line_svg

SVG = "{http://www.w3.org/2000/svg}"


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own


VALUES = st.lists(st.floats(0, 1e9), min_size=0, max_size=60)


def test_bars_stand_on_each_other() -> None:
    drawn = read(
        bars_svg("Week by week", ["one", "two"], (("in", "good", [3, 0]), ("out", "bad", [1, 2])))
    )
    bars = drawn.findall(f"{SVG}rect")
    assert [(one.get("class"), one.findtext(f"{SVG}title")) for one in bars] == [
        ("good", "one: 3 in"),
        ("bad", "one: 1 out"),
        ("bad", "two: 2 out"),
    ]
    lower, upper, _ = (
        {name: float(value) for name, value in one.items() if name != "class"} for one in bars
    )
    assert upper["y"] + upper["height"] == pytest.approx(lower["y"], abs=0.11)
    assert lower["height"] == pytest.approx(3 * upper["height"], abs=0.2)
    assert [one.text for one in drawn.findall(f"{SVG}text")] == ["0", "2", "4", "one", "two"]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    drawn = read(line_svg("Days", list("abcd"), (("days", "accent", [1, 2, -1, 3]),)))
    lines = [one for one in drawn.findall(f"{SVG}line") if one.get("class") == "accent"]
    assert (len(lines), len(drawn.findall(f"{SVG}circle"))) == (1, 3)


def test_it_says_in_words_what_it_shows() -> None:
    drawn = read(bars_svg('<b> & "all"', ["<i>"], (("in\u202e", "good", [1]),)))
    assert drawn.get("role") == "img"
    assert drawn.findtext(f"{SVG}title") == '<b> & "all"'
    assert "in" in (drawn.findtext(f"{SVG}desc") or "")
    assert "\u202e" not in ET.tostring(drawn, encoding="unicode")


@given(VALUES)
def test_nothing_is_drawn_outside(values: list[float]) -> None:
    labels = [str(at) for at in range(len(values))]
    drawn = read(bars_svg("x", labels, (("a", "good", values), ("b", "bad", values))))
    for one in drawn.findall(f"{SVG}rect"):
        x, y, wide, tall = (float(one.get(name, "")) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= WIDTH
        assert 0 <= y <= y + tall <= HEIGHT
    drawn = read(line_svg("x", labels, (("a", "good", values),)))
    for one in drawn.findall(f"{SVG}circle"):
        assert 0 <= float(one.get("cx", "")) <= WIDTH
        assert 0 <= float(one.get("cy", "")) <= HEIGHT


def test_it_has_few_labels_however_many_there_are() -> None:
    labels = [f"week {at}" for at in range(53)]
    drawn = read(bars_svg("x", labels, (("a", "good", [1] * 53),)))
    beneath = [one.text for one in drawn.findall(f"{SVG}text") if "week" in (one.text or "")]
    assert len(beneath) == 8
