from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from weighbridge.model.coverage import Cause, Cell, Fit, Matrix
from weighbridge.model.finding import Verdict
from weighbridge.report.markup import code, prose
from weighbridge.report.matrix import RENDERERS

EVIL = "<script>\x1b[2J|`@a"


def cell(package: str, target: str, fit: Fit, **words: str) -> Cell:
    cause = Cause(words.pop("cause", ""))
    return Cell(package=package, version="1", target=target, fit=fit, cause=cause, **words)


CELLS = (
    cell("all", "a", Fit.YES),
    cell("all", "b", Fit.YES),
    cell("some", "a", Fit.NO, cause="libc", why="too old", nearest="glibc 2.28"),
    cell("some", "b", Fit.YES, cause="marker", why="not needed there"),
    cell("other", "a", Fit.IF, why="if it is built"),
    cell("other", "b", Fit.UNKNOWN, why="nobody knows"),
    cell("other", "b", Fit.YES),
)
MATRIX = Matrix(about="demo", targets=("a", "b"), cells=CELLS, validated={"a": True, "b": False})


def matrix(*cells: Cell, targets: tuple[str, ...] = ("a",)) -> Matrix:
    return Matrix(about="demo", targets=targets, cells=cells, validated={})


def test_the_worst_cell_decides() -> None:
    assert MATRIX.verdict is Verdict.FAIL
    assert matrix(CELLS[5], targets=("b",)).verdict is Verdict.INCONCLUSIVE
    assert matrix(CELLS[4], CELLS[0]).verdict is Verdict.PASS
    assert matrix().verdict is Verdict.PASS


def test_targets_are_columns_and_problems_rows() -> None:
    assert RENDERERS["text"](MATRIX).splitlines() == [
        "demo",
        "",
        "   1  a  1 yes, 1 if, 1 no  validated",
        "   2  b  3 yes, 1 unknown  not validated",
        "",
        "         1 2",
        "some 1   x -",
        "other 1  ~ ?",
        "",
        ". yes  ~ if  x no  ? unknown  - not needed there",
        "",
        "some 1",
        "  no on 1: too old",
        "      nearest: glibc 2.28",
        "",
        "other 1",
        "  unknown on 2: nobody knows",
        "  if on 1: if it is built",
        "",
        "3 packages on 2 targets: 4 yes, 1 if, 1 no, 1 unknown",
    ]


def test_everything_is_listed_where_it_is_asked_for() -> None:
    assert "all 1    . .\n" in RENDERERS["text"](MATRIX, every=True)
    assert "all" not in RENDERERS["text"](MATRIX)


def test_where_all_is_to_be_had_the_totals_are_enough() -> None:
    told = RENDERERS["text"](matrix(CELLS[0]))

    assert told == "demo\n\n   1  a  1 yes\n\n1 package on 1 target: 1 yes\n"


def test_colour_changes_nothing_but_colour() -> None:
    styled = RENDERERS["text"](MATRIX, styled=True)

    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == RENDERERS["text"](MATRIX)
    assert "\x1b[1;31mx\x1b[0m" in styled


def test_the_json_holds_every_cell() -> None:
    found = json.loads(RENDERERS["json"](MATRIX))

    assert found["targets"] == ["a", "b"]
    assert len(found["cells"]) == len(CELLS)
    assert found["cells"][2] == {
        "package": "some",
        "version": "1",
        "target": "a",
        "ok": "no",
        "cause": "libc",
        "nearest": "glibc 2.28",
    }


def test_markdown_is_two_tables() -> None:
    assert RENDERERS["markdown"](MATRIX).splitlines()[4:] == [
        "| target | yes | if | no | unknown | validated |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `a` | 1 | 1 | 1 | 0 | yes |",
        "| `b` | 3 | 0 | 0 | 1 | no |",
        "",
        "| package | targets | why |",
        "| --- | --- | --- |",
        "| `some 1` | yes 1, **no** 1 | `a`: too old (nearest: glibc 2.28) |",
        "| `other 1` | if 1, ? 1 | `b`: nobody knows<br>`a`: if it is built |",
    ]
    assert "package | targets" not in RENDERERS["markdown"](matrix(CELLS[0]))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href", "onclick", "style"} & {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def test_the_page_stands_for_itself() -> None:
    text = RENDERERS["html"](MATRIX, every=True)
    page = Page(text)

    assert not {"script", "img", "link", "iframe", "form"} & set(page.tags)
    assert page.tags.count("table") == 3
    assert {"some", "glibc", "2.28", "validated", "–"} <= {word.lower() for word in page.words}
    assert Page(RENDERERS["html"](matrix(CELLS[0]))).tags.count("table") == 1


@pytest.mark.parametrize("output_format", list(RENDERERS))
def test_text_from_outside_stays_text(output_format: str) -> None:
    evil = cell(EVIL, EVIL, Fit.NO, why=EVIL, nearest=EVIL)
    shown = RENDERERS[output_format](
        Matrix(about=EVIL, targets=(EVIL,), cells=(evil,), validated={EVIL: False})
    )

    assert "\x1b" not in shown
    if output_format == "html":
        assert "<script>" not in shown
    if output_format == "markdown":
        for written in (code(f"{EVIL} 1"), code(EVIL), prose(EVIL)):
            assert written in shown
            shown = shown.replace(written, "")
        assert "script" not in shown
