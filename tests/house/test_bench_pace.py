"""How long is measured, and what a run makes of cells that do not do as they should."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench import cells, curves, peers, result, run
from bench.measure import Cell, Command, NotPreparedError, Rate, Turns, told
from bench.pace import LEAST, MOST, Pace, settled
from bench.result import Point
from bench.weighing import weigh

if TYPE_CHECKING:
    from pathlib import Path

OURS = Command((sys.executable, "-c", "pass"))
PEER = Command((sys.executable, "-c", "0"))
ABSENT = Command(("no-such-program-anywhere",))
CELL = Cell(name="cell", ours=OURS, peer=PEER, at_most=10)
OTHER = Cell(name="other", ours=OURS, peer=PEER, at_most=10)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def turns(*ratios: float, seconds: float = 1.0) -> Turns:
    return Turns(ours=ratios, peer=(1.0,) * len(ratios), seconds=seconds)


def test_figures_are_settled_when_their_middle_half_is_close() -> None:
    assert settled([1.0, 1.01, 1.02, 5.0, 1.0])
    assert not settled([1.0, 1.2, 1.4])
    assert not settled([])


def test_a_cell_is_measured_until_its_figures_lie_close_together() -> None:
    enough = Pace(1_000, {}, ["cell"], clock=Clock()).begin(CELL)
    assert not enough(turns(1.0, 1.0))  # too few to say
    assert enough(turns(*[1.0] * LEAST))
    assert not enough(turns(1.0, 2.0, 3.0))
    assert enough(turns(*(float(at) for at in range(1, MOST + 1))))


def test_a_cell_is_measured_until_its_share_is_spent() -> None:
    clock = Clock()
    pace = Pace(100, {}, ["cell", "other"], clock=clock)
    enough = pace.begin(CELL)  # half of it
    clock.now = 45
    assert not enough(turns(1.0, 2.0, 3.0, seconds=9))  # one turn more takes three seconds
    clock.now = 48
    assert enough(turns(1.0, 2.0, 3.0, seconds=9))
    assert not enough(turns(1.0, 2.0, seconds=9))  # never fewer than three
    assert pace.remaining == 52
    enough = pace.begin(OTHER)  # all that is left
    clock.now = 96
    assert not enough(turns(1.0, 2.0, 3.0, seconds=9))


def test_what_a_later_cell_cannot_do_without_is_kept_for_it() -> None:
    clock = Clock()
    pace = Pace(100, {"other": 80.0}, ["cell", "other"], clock=clock)
    enough = pace.begin(CELL)
    clock.now = 8
    assert enough(turns(1.0, 2.0, 3.0, seconds=9))
    enough = pace.begin(OTHER)
    clock.now = 90
    assert not enough(turns(1.0, 2.0, 3.0, seconds=9))


def test_a_budget_that_is_too_small_leaves_the_fewest_turns() -> None:
    clock = Clock()
    pace = Pace(0, {"cell": 10.0}, ["cell"], clock=clock)
    enough = pace.begin(CELL)
    clock.now = 11
    assert not enough(turns(1.0, 2.0))
    assert enough(turns(1.0, 2.0, 3.0))
    assert pace.remaining < 0


def rows(
    some: list[Cell | Rate], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.setattr(cells, "cells", lambda *_: some)
    monkeypatch.setattr(result, "kept", lambda: None)
    code = run.main(["--rounds=1"])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_cell_that_fails_ends_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OSError("the disk is full")

    failing = Cell(name="failing", ours=OURS, at_most=1, prepare=broken)
    code, out, err = rows([failing, CELL], monkeypatch, capsys)
    assert code == 1
    assert "failed (the disk is full)" in out
    assert out.splitlines()[-1].startswith("cell ")
    assert out.splitlines()[-1].endswith("met")
    assert err.splitlines() == ["1 of 2: failing", "2 of 2: cell"]


def test_a_missing_peer_says_how_it_is_installed_and_is_bad_only_where_one_is_strict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lonely = Cell(name="digest-2x1g-blake3", ours=OURS, peer=ABSENT, at_most=1)
    code, out, _ = rows([lonely], monkeypatch, capsys)
    assert code == 0
    assert "not installed (no-such-program-anywhere is not installed (b3sum: `make tools`))" in out
    assert run.main(["--rounds=1", "--strict"]) == 1


def test_a_kept_row_has_no_path_of_a_machine(tmp_path: Path) -> None:
    failing = Command((sys.executable, str(tmp_path / "file"), "x"))
    row = weigh(Cell(name="x", ours=failing, at_most=1), enough=lambda _: True)
    note = result.without_paths(row, tmp_path).note
    assert str(tmp_path) not in note
    assert note.endswith("file x ended with 2")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rounds=0"], "--rounds must be at least 1"),
        (["--cell=none-such"], "no cell none-such; there are: help, "),
        (["--curve=none-such"], "no curve none-such; there are: files, "),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main(words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_versions_are_what_packages_and_programs_say(tmp_path: Path) -> None:
    folder = tmp_path / "pymerkle/lib/python3.11/site-packages/pymerkle-7.0.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: pymerkle\nVersion: 7.0.0\n")
    found = peers.versions(["pymerkle", "picklescan", "PyYAML", "openssl", "sqlite"], tmp_path)
    assert list(found) == ["openssl", "picklescan", "pymerkle", "PyYAML", "sqlite"]
    assert (found["pymerkle"], found["picklescan"]) == ("7.0.0", "not installed")
    assert found["openssl"][0].isdigit()


def line(name: str, text: str, **more: float | str) -> curves.Line:
    return curves.Line(
        name=name,
        command=lambda x: Command((sys.executable, "-c", text, str(x))),
        measure=told,
        **more,  # type: ignore[arg-type]
    )


def test_a_curve_has_a_point_for_each_amount_or_says_why_not() -> None:
    def prepare(x: int) -> None:
        if x > 1:
            raise NotPreparedError("there is no room")

    curve = curves.Curve(
        name="made-up",
        title="Made up",
        about="Nothing.",
        across="things",
        up="seconds",
        xs=(1, 10),
        lines=(
            line("right", "import sys; print(int(sys.argv[1]) * 2)"),
            line("little", "print(1)", most=5, beyond="it is refused"),
            line("broken", "raise SystemExit(3)"),
            curves.Line(name="absent", command=lambda _: ABSENT),
            curves.Line(name="unmade", command=lambda _: OURS, prepare=prepare),
        ),
        scale=10,
    )
    found = curves.draw(curve).lines
    assert found["right"] == (Point(x=1, y=20.0, turns=3), Point(x=10, y=200.0, turns=3))
    assert found["little"][1] == Point(x=10, y=None, note="it is refused", refused=True)
    assert [one.y for one in found["broken"]] == [None, None]
    assert found["absent"][0].note == "no-such-program-anywhere is not installed"
    assert found["unmade"][0].y is not None
    assert found["unmade"][1].note == "there is no room"
