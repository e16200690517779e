from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measure import (
    Cell,
    Command,
    CommandFailedError,
    Memory,
    NotPreparedError,
    Rate,
    Turns,
    child_environment,
    cpu_seconds,
    interleave,
    peak_memory,
    wall_seconds,
)
from bench.pace import times
from bench.processor import describe, disk, flags, lacks_sha, model
from bench.table import render
from bench.weighing import judge, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

OURS = Command((sys.executable, "ours"))
PEER = Command((sys.executable, "peer"))
ABSENT = Command(("no-such-program-anywhere",))
COMPARED = Cell(name="compared", ours=OURS, peer=PEER, at_most=2)
ALONE = Cell(name="alone", ours=OURS, at_most=1.5)
HELD = Memory(name="held", ours=OURS, peer=PEER, at_most=64)
SECONDS = st.floats(0.001, 100)
COUNTED = Rate(name="counted", ours=OURS, peer=PEER, operations=1000, at_least=500)


def recorder(seconds: dict[Command, float]) -> tuple[list[Command], Callable[[Command], float]]:
    calls: list[Command] = []

    def measure(command: Command) -> float:
        calls.append(command)
        return seconds[command]

    return calls, measure


def of(ours: Sequence[float], peer: Sequence[float]) -> Turns:
    return Turns(ours=tuple(ours), peer=tuple(peer), seconds=1.0)


def test_turns_are_interleaved_and_the_first_is_not_counted() -> None:
    calls, measure = recorder({OURS: 3.0, PEER: 1.0})
    turns = interleave(OURS, PEER, enough=times(3), measure=measure)
    assert calls == [OURS, PEER, OURS, PEER, PEER, OURS, OURS, PEER]
    assert (turns.ours, turns.peer) == ((3.0,) * 3, (1.0,) * 3)


def test_a_first_turn_that_is_dear_counts() -> None:
    calls, measure = recorder({OURS: 3.0, PEER: 1.0})
    ticks = itertools.count(step=20)
    turns = interleave(
        OURS, PEER, enough=times(2), measure=measure, clock=lambda: float(next(ticks))
    )
    assert calls == [OURS, PEER, PEER, OURS]
    assert (turns.ours, turns.peer) == ((3.0,) * 2, (1.0,) * 2)


def test_the_ratio_is_that_of_the_medians() -> None:
    row = judge(COMPARED, of([1.0, 9.0, 3.0], [2.0, 1.0, 100.0]))
    assert (row.ours, row.peer, row.ratio, row.outcome) == (3.0, 2.0, 1.5, "met")


def test_a_ratio_above_what_is_wanted_is_missed() -> None:
    assert judge(COMPARED, of([2.1], [1.0])).outcome == "missed"
    assert judge(COMPARED, of([2.0], [1.0])).outcome == "met"


def test_without_peer_the_seconds_themselves_are_judged() -> None:
    assert judge(ALONE, of([1.5], [])).outcome == "met"
    assert judge(ALONE, of([1.6], [])).outcome == "missed"


def test_a_rate_is_of_the_work_alone() -> None:
    row = judge(COUNTED, of([5.0, 3.0, 9.0], [3.0, 1.0, 4.0]))
    assert (row.ours, row.peer, row.rate, row.outcome) == (5.0, 3.0, 500.0, "met")
    assert judge(COUNTED, of([5.1], [3.0])).outcome == "missed"
    calls, measure = recorder({OURS: 5.0, PEER: 3.0})
    weighed = weigh(COUNTED, enough=times(1), measure=measure)
    assert (weighed.rate, weighed.outcome) == (500.0, "met")
    assert calls == [OURS, PEER, OURS, PEER]


def test_work_that_cost_nothing_was_not_measured() -> None:
    row = judge(COUNTED, of([1.0], [1.0]))
    assert (row.rate, row.outcome) == (None, "missed")


def test_a_rate_without_its_preparation_measures_nothing() -> None:
    row = weigh(
        Rate(name="bare", ours=OURS, peer=ABSENT, operations=1, at_least=1), enough=times(1)
    )
    assert (row.ours, row.outcome) == (None, "not installed")


def test_the_table_has_rates() -> None:
    text = render({}, [judge(COUNTED, of([5.0], [3.0]))])
    words = ["500", "/s", "500", "to", "500", ">=", "500", "/s", "met"]
    assert text.splitlines()[1].split()[3:] == words


def test_memory_is_what_work_takes_above_getting_ready() -> None:
    row = judge(HELD, of([90.0, 70.0, 200.0], [30.0, 26.0, 20.0]))
    assert (row.ours, row.peer, row.over, row.outcome) == (90.0, 26.0, 64.0, "met")
    assert judge(HELD, of([90.5], [26.0])).outcome == "missed"
    _, measure = recorder({OURS: 90.0, PEER: 26.0})
    assert weigh(HELD, enough=times(1), measure=measure).over == row.over


def test_the_table_has_memory() -> None:
    text = render({}, [judge(HELD, of([90.5], [26.0]))])
    words = ["held", "90.5", "MiB", "26.0", "MiB", "+64.5", "MiB"]
    words += ["64.5", "to", "64.5", "<=", "64", "MiB", "missed"]
    assert text.splitlines()[1].split() == words


def test_memory_over_nothing_known_is_not_measured() -> None:
    row = weigh(Memory(name="bare", ours=OURS, peer=ABSENT, at_most=1), enough=times(1))
    assert (row.ours, row.unit, row.outcome) == (None, "MiB", "not installed")


def test_a_peak_is_of_the_command_alone() -> None:
    here = b"x" * (200 << 20)
    found = peak_memory(Command((sys.executable, "-c", "pass")))
    assert 1 < found < len(here) / (1 << 20) / 2
    grown = Command((sys.executable, "-c", "x = b'x'; x * (100 << 20); raise SystemExit(3)"), (3,))
    assert 90 < peak_memory(grown) - found < 120
    with pytest.raises(CommandFailedError):
        peak_memory(Command(grown.arguments))


def test_what_is_read_is_made_before_anything_is_measured() -> None:
    order: list[object] = []

    def measure(command: Command) -> float:
        order.append(command)
        return 1.0

    cell = Cell(name="made", ours=OURS, at_most=1, prepare=lambda: order.append("prepared"))
    assert weigh(cell, enough=times(1), measure=measure).outcome == "met"
    assert order == ["prepared", OURS, OURS]


def test_what_cannot_be_made_is_a_row_with_the_reason() -> None:
    def prepare() -> None:
        raise NotPreparedError("there is no room")

    row = weigh(Cell(name="unmade", ours=OURS, at_most=1, prepare=prepare), enough=times(1))
    assert (row.ours, row.outcome, row.note) == (None, "failed", "there is no room")


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1))
def test_the_order_of_samples_changes_no_median(turns: list[tuple[float, float]]) -> None:
    ours, peer = map(list, zip(*turns, strict=True))
    row, other = judge(COMPARED, of(ours, peer)), judge(COMPARED, of(sorted(ours), sorted(peer)))
    assert (row.ours, row.peer, row.ratio) == (other.ours, other.peer, other.ratio)


def test_a_peer_that_is_not_installed_is_a_row_that_says_so() -> None:
    calls, measure = recorder({OURS: 1.0})
    row = weigh(
        Cell(name="lonely", ours=OURS, peer=ABSENT, at_most=2), enough=times(1), measure=measure
    )
    assert (row.ours, row.ratio, row.outcome) == (1.0, None, "not installed")
    assert set(calls) == {OURS}
    assert "no-such-program-anywhere is not installed" in render({}, [row])


def test_ours_not_installed_measures_nothing() -> None:
    row = weigh(Cell(name="gone", ours=ABSENT, peer=PEER, at_most=2), enough=times(1))
    assert (row.ours, row.outcome) == (None, "not installed")


def test_a_command_that_fails_is_a_row_with_its_exit_code() -> None:
    failing = Command((sys.executable, "-c", "raise SystemExit(3)"))
    row = weigh(Cell(name="failing", ours=failing, at_most=1), enough=times(1))
    assert (row.outcome, row.ours) == ("failed", None)
    assert row.note.endswith("ended with 3")


def test_cpu_seconds_count_work_and_accept_the_exit_codes_named() -> None:
    work = Command((sys.executable, "-c", "sum(range(10**6)); raise SystemExit(3)"), (0, 3))
    assert 0 < cpu_seconds(work) < 60
    with pytest.raises(CommandFailedError):
        cpu_seconds(Command(work.arguments))


def test_a_cell_is_measured_by_its_clock() -> None:
    wait = Command((sys.executable, "-c", "import threading; threading.Event().wait(0.5)"))
    assert cpu_seconds(wait) < 0.5 <= wall_seconds(wait)
    by_wall = weigh(Cell(name="wall", ours=wait, at_most=60, clock="wall"), enough=times(1))
    by_cpu = weigh(Cell(name="cpu", ours=wait, at_most=60), enough=times(1))
    assert by_cpu.ours is not None
    assert by_wall.ours is not None
    assert by_cpu.ours < 0.5 <= by_wall.ours


def test_measured_commands_may_cache_their_bytecode() -> None:
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "PATH": "bin"}
    assert child_environment(environment) == {"PATH": "bin"}


def test_flags_are_whole_words() -> None:
    found = flags("flags : fpu avx2 avx512fake sha_ni\n")
    assert {name for name, has in found.items() if has} == {"sha_ni", "avx2"}
    assert found["avx512f"] is False


def test_a_processor_lacks_only_what_is_known_of_it() -> None:
    assert lacks_sha(flags("flags : fpu avx2"))
    assert not lacks_sha(flags("flags : avx2 sha_ni"))
    assert not lacks_sha(flags("Features : asimd sha2"))
    assert not lacks_sha({})


def test_the_table_starts_with_the_processor() -> None:
    text = render(describe(), [judge(COMPARED, of([1.0], [1.0])), judge(ALONE, of([9.0], []))])
    lines = text.splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["processor", "machine", "flags"]
    compared, alone = (line.split() for line in lines[-2:])
    assert " ".join(compared) == "compared 1.0000 1.0000 1.00 1.00 to 1.00 <= 2 x met"
    assert " ".join(alone) == "alone 9.0000 none 9.000 to 9.000 <= 1.5 CPU s missed"


def test_the_middle_half_is_that_of_figures_turn_by_turn() -> None:
    row = judge(COMPARED, of([2.0, 2.0, 2.0, 2.0, 8.0], [1.0, 1.0, 2.0, 2.0, 1.0]))
    assert (row.ratio, row.lower, row.upper, row.turns) == (2.0, 1.0, 2.0, 5)
    rate = judge(COUNTED, of([3.0, 2.0], [1.0, 2.0]))
    assert (rate.lower, rate.upper) == (500.0, 500.0)


def test_the_processor_is_named_as_the_system_names_it() -> None:
    assert model("processor : 0\nmodel name\t: Fast 9000\nmodel name\t: Fast 9001\n") == "Fast 9000"
    assert model("Features : asimd\n") == "not told by the system"


@pytest.mark.parametrize(
    ("name", "turning", "told"),
    [("sda", "1", "turning"), ("nvme0n1", "0", "solid state"), ("vda", "1", "virtual, its kind")],
)
def test_a_disk_is_what_the_system_says_of_it(
    name: str, turning: str, told: str, tmp_path: Path
) -> None:
    device = tmp_path.stat().st_dev
    place = tmp_path / "devices" / name
    (place / "queue").mkdir(parents=True)
    (place / "queue/rotational").write_text(f"{turning}\n")
    (tmp_path / f"{os.major(device)}:{os.minor(device)}").symlink_to(place)
    assert disk(tmp_path, devices=tmp_path).startswith(told)
