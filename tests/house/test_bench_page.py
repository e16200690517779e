"""The page of the docs is what came of a run that is kept, and of nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bench import cells, curves, page, peers, processor, result, run
from bench.about import AREAS, by_name
from bench.curve_svg import across, curve_svg, decades, from_nothing, short
from bench.result import Drawn, Point, Result
from bench.weighing import Row
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from bench.curves import Curve

KNOWN = cells.cells
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    return [cell.name for cell in KNOWN(tmp_path, tmp_path)]


def kept() -> Result:
    found = result.kept()
    assert found is not None, "nothing is kept: python bench/run.py --curves --keep"
    return found


def test_the_page_and_its_images_are_what_the_kept_result_makes() -> None:
    made = page.pages(kept())
    again = "write it anew: python bench/run.py --write docs"
    for path, text in made.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: {again}"
    images = {path.relative_to(ROOT) for path in (ROOT / page.IMAGES).iterdir()}
    assert images == set(made) - {page.PAGE}


def test_every_cell_has_a_row_that_is_kept_and_the_other_way_round(names: list[str]) -> None:
    assert [row.name for row in kept().rows] == names


def test_every_curve_is_kept_with_a_point_for_each_amount(tmp_path: Path) -> None:
    found = {one.name: one for one in kept().curves}
    known = {one.name: one for one in curves.curves(tmp_path)}
    assert list(found) == list(known)
    for name, curve in known.items():
        assert list(found[name].lines) == [line.name for line in curve.lines]
        for points in found[name].lines.values():
            assert tuple(point.x for point in points) == curve.xs


def test_every_cell_is_told_in_words_and_its_peers_have_versions(names: list[str]) -> None:
    about = by_name()
    assert sum(map(len, AREAS.values())) == len(about)
    assert set(about) == set(names)
    named = {peer for one in about.values() for peer in one.peers}
    named |= {peer for curve in curves.curves(Path()) for peer in curve.peers}
    assert named == set(peers.PEERS)
    assert set(kept().peers) == named


def test_what_has_no_peer_is_beside_nothing(tmp_path: Path) -> None:
    about = by_name()
    for cell in KNOWN(tmp_path, tmp_path):
        assert bool(about[cell.name].beside) == (cell.peer is not None), cell.name


def test_nothing_of_a_machine_is_kept() -> None:
    text = result.KEPT.read_text(encoding="utf-8")
    assert re.findall(r"/(?:tmp|root|home|usr|work|var)/", text) == []
    assert len(text) < 200_000


def test_a_result_reads_back_as_it_was_written() -> None:
    found = kept()
    assert result.of_text(result.to_text(found)) == found
    with pytest.raises(ValueError, match="schemaVersion 1, and 2 is wanted"):
        result.of_text('{"schemaVersion": 1, "machine": {}, "rows": []}')


def test_a_result_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "results" / "kept.json"
    assert result.kept(path) is None
    result.keep(kept(), path)
    assert result.kept(path) == kept()
    assert [one.name for one in path.parent.iterdir()] == ["kept.json"]
    path.write_text("{")
    assert result.kept(path) is None


def test_what_is_measured_apart_is_put_where_it_belongs() -> None:
    help_, version = (
        Row(name=name, ours=1.0, at_most=7, outcome="met") for name in ("help", "version")
    )
    old = made_up(help_, Row(name="gone", at_most=7, outcome="met"))
    new = replace(made_up(version), date="2026-01-02", peers={"b3sum": "1"})
    found = result.joined(old, new, ["version", "help"])
    assert found.rows == (replace(version, later="2026-01-02"), help_)
    assert found.peers == {"b3sum": "1", "openssl": "3"}
    assert "Measured apart from the others, on the same machine: `version` (2026-01-02)." in (
        page.page(found)
    )


def test_parts_are_kept_beside_a_whole_run_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = made_up(Row(name="help", ours=1.0, at_most=7, outcome="met"))
    monkeypatch.setattr(run, "measure", lambda *_: found)
    monkeypatch.setattr(result, "kept", lambda: None)
    with pytest.raises(SystemExit):
        run.main(["--cell=help", "--keep"])
    assert "kept beside a whole run, and none is" in capsys.readouterr().err
    monkeypatch.setattr(processor, "describe", lambda: {"processor": "fast"})
    held: list[Result] = []
    monkeypatch.setattr(result, "keep", held.append)
    assert run.main(["--curves", "--keep"]) == 0
    monkeypatch.setattr(result, "kept", lambda: found)
    assert run.main(["--cell=help", "--keep"]) == 0
    assert held == [found, replace(found, rows=(replace(found.rows[0], later="2026-01-01"),))]
    monkeypatch.setattr(result, "kept", lambda: replace(found, machine={}))
    with pytest.raises(SystemExit):
        run.main(["--cell=help", "--keep"])
    assert "another machine (processor): only a whole run is kept" in capsys.readouterr().err


def made_up(*rows: Row) -> Result:
    return Result(
        date="2026-01-01",
        version="1",
        commit="0",
        machine={"processor": "fast"},
        peers={"openssl": "3"},
        seconds=60.0,
        rows=rows,
    )


def test_the_page_says_what_is_slower_missed_and_not_measured() -> None:
    slower = Row(name="digest-2x1g", ratio=1.5, lower=1.4, upper=1.6, at_most=1.1, outcome="missed")
    held = Row(name="help", ratio=6.0, lower=5.9, upper=6.1, at_most=7, outcome="met")
    absent = Row(name="digest-2x1g-blake3", at_most=1.3, outcome="not installed", note="no b3sum")
    text = page.page(made_up(slower, held, absent))
    assert "Of 3 rows 1 are as wanted, 1 are missed, and 1 could not be judged." in text
    assert "provisional" not in text
    few = page.page(made_up(replace(held, turns=1)))
    assert "**This is provisional**: 1 rows were measured fewer than 3 times." in few
    told = "`digest` of 2 files of 1 GiB"
    assert f"- {told}, beside `openssl dgst -sha256`: 1.50 times as much (`digest-2x1g`)." in text
    assert "6.00 times" not in text  # beside nothing at all everybody is slow
    assert f"- `digest-2x1g` ({told}): 1.50; wanted at most 1.1." in text
    assert "- `digest-2x1g-blake3`: no b3sum." in text
    assert "| 1.50 | 1.40 to 1.60 | at most 1.1 | missed |" in text
    tenfold = Row(name="scan-nested-200m", ratio=2.0, at_most=2.5, outcome="met")
    met = page.page(made_up(held, tenfold))
    assert "Nothing of what is compared" in met


def test_without_what_is_kept_no_page_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(result, "kept", lambda: None)
    with pytest.raises(SystemExit):
        run.main(["--write=docs"])
    assert "nothing is kept" in capsys.readouterr().err


@pytest.fixture
def curve(tmp_path: Path) -> Curve:
    return curves.curves(tmp_path)[0]


def drawn(curve: Curve, *ys: float | None) -> Drawn:
    points = tuple(Point(x=x, y=y) for x, y in zip(curve.xs, ys, strict=True))
    return Drawn(name=curve.name, lines={"ours": points, "<theirs>": points})


def test_a_curve_is_an_image_that_says_what_it_shows(curve: Curve) -> None:
    text = curve_svg(curve, drawn(curve, 0.1, None, 3.0, 20.0))
    root = ET.fromstring(text)  # noqa: S314 - it was made just above
    assert root.get("role") == "img"
    assert next(one.text for one in root.iter(f"{SVG}title")) == "Files of a tree"
    (told,) = (one.text for one in root.iter(f"{SVG}desc"))
    assert told == "CPU seconds over files: ours, <theirs>. The figures are beside it."
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert {"files", "CPU seconds", "100", "1k", "10k", "100k", "0.1", "10"} <= set(words)
    assert "prefers-color-scheme: dark" in text
    assert "href" not in text
    assert "url(" not in text
    assert curve_svg(curve, drawn(curve, 0.1, None, 3.0, 20.0)) == text


def test_a_line_is_broken_where_there_is_no_figure(curve: Curve) -> None:
    whole = curve_svg(curve, drawn(curve, 1.0, 2.0, 3.0, 4.0)).count("L")
    broken = curve_svg(curve, drawn(curve, 1.0, None, 3.0, 4.0)).count("L")
    assert (whole, broken) == (6, 2)


def test_a_curve_without_any_figure_is_drawn(curve: Curve) -> None:
    ET.fromstring(curve_svg(curve, drawn(curve, None, None, None, None)))  # noqa: S314 - ours


def test_axes_go_from_a_power_of_ten_to_another() -> None:
    scale = decades([0.02, 3.0])
    assert [round(tick, 6) for tick in scale.ticks] == [0.01, 0.1, 1, 10]
    assert decades([1.0]).ticks == (1.0, 2.0, 5.0, 10.0)
    assert (scale.part(0.01), scale.part(10.0)) == (0.0, 1.0)
    assert from_nothing([3.1, 1.7]).ticks == (0.0, 2.0, 4.0)
    assert from_nothing([1.0]).part(0.25) == 0.25
    even = across((0, 1, 2), even=True)
    assert (even.part(1.0), 0 < even.part(0.0) < 0.2) == (0.5, True)
    written = {0: "0", 0.001: "0.001", 0.00001: "10⁻⁵", 1: "1", 1_000: "1k", 2e6: "2M"}
    assert {one: short(one) for one in written} == written


def test_figures_that_are_lost_are_bad_only_where_one_is_strict(curve: Curve) -> None:
    lost = Point(x=1, y=None, note="x")
    one = Drawn(name=curve.name, lines={"ours": (lost,)})
    found = replace(made_up(), curves=(one,))
    assert [run.verdict(found, strict=strict) for strict in (False, True)] == [0, 1]
    refused = Drawn(name=curve.name, lines={"ours": (replace(lost, refused=True),)})
    assert run.verdict(replace(found, curves=(refused,)), strict=True) == 0
    assert "ours: 1: not measured" in run.text(found)
