from __future__ import annotations

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
    child_environment,
    cpu_seconds,
    interleave,
    judge,
    judge_memory,
    judge_rate,
    peak_memory,
    wall_seconds,
    weigh,
)
from bench.processor import describe, flags, lacks_sha
from bench.table import render

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = Command((sys.executable, "ours"))
PEER = Command((sys.executable, "peer"))
ABSENT = Command(("no-such-program-anywhere",))
COMPARED = Cell(name="compared", ours=OURS, peer=PEER, at_most=2)
ALONE = Cell(name="alone", ours=OURS, at_most=1.5)
HELD = Memory(name="held", ours=OURS, peer=PEER, at_most=64)
COUNTED = Rate(name="counted", ours=OURS, peer=PEER, operations=1000, at_least=500)


def recorder(seconds: dict[Command, float]) -> tuple[list[Command], Callable[[Command], float]]:
    calls: list[Command] = []

    def measure(command: Command) -> float:
        calls.append(command)
        return seconds[command]

    return calls, measure


def test_turns_are_interleaved_and_the_first_is_not_counted() -> None:
    calls, measure = recorder({OURS: 3.0, PEER: 1.0})
    ours, peer = interleave(OURS, PEER, rounds=3, measure=measure)
    assert calls == [OURS, PEER, OURS, PEER, PEER, OURS, OURS, PEER]
    assert (ours, peer) == ([3.0] * 3, [1.0] * 3)


def test_the_ratio_is_that_of_the_medians() -> None:
    row = judge(COMPARED, [1.0, 9.0, 3.0], [2.0, 1.0, 100.0])
    assert (row.ours, row.peer, row.ratio, row.outcome) == (3.0, 2.0, 1.5, "met")


def test_a_ratio_above_what_is_wanted_is_missed() -> None:
    assert judge(COMPARED, [2.1], [1.0]).outcome == "missed"
    assert judge(COMPARED, [2.0], [1.0]).outcome == "met"


def test_without_peer_the_seconds_themselves_are_judged() -> None:
    assert judge(ALONE, [1.5], []).outcome == "met"
    assert judge(ALONE, [1.6], []).outcome == "missed"


def test_a_rate_is_of_the_work_alone() -> None:
    row = judge_rate(COUNTED, [5.0, 3.0, 9.0], [3.0, 1.0, 4.0])
    assert (row.ours, row.peer, row.rate, row.outcome) == (5.0, 3.0, 500.0, "met")
    assert judge_rate(COUNTED, [5.1], [3.0]).outcome == "missed"
    calls, measure = recorder({OURS: 5.0, PEER: 3.0})
    assert weigh(COUNTED, rounds=1, measure=measure) == row
    assert calls == [OURS, PEER, OURS, PEER]


def test_work_that_cost_nothing_was_not_measured() -> None:
    row = judge_rate(COUNTED, [1.0], [1.0])
    assert (row.rate, row.outcome) == (None, "missed")


def test_a_rate_without_its_preparation_measures_nothing() -> None:
    row = weigh(Rate(name="bare", ours=OURS, peer=ABSENT, operations=1, at_least=1), rounds=1)
    assert (row.ours, row.outcome) == (None, "not installed")


def test_the_table_has_rates() -> None:
    text = render({}, [judge_rate(COUNTED, [5.0], [3.0])])
    assert text.splitlines()[1].split()[3:] == ["500", "/s", ">=", "500", "/s", "met"]


def test_memory_is_what_work_takes_above_getting_ready() -> None:
    row = judge_memory(HELD, [90.0, 70.0, 200.0], [30.0, 26.0, 20.0])
    assert (row.ours, row.peer, row.over, row.outcome) == (90.0, 26.0, 64.0, "met")
    assert judge_memory(HELD, [90.5], [26.0]).outcome == "missed"
    _, measure = recorder({OURS: 90.0, PEER: 26.0})
    assert weigh(HELD, rounds=1, measure=measure) == row


def test_the_table_has_memory() -> None:
    text = render({}, [judge_memory(HELD, [90.5], [26.0])])
    words = ["held", "90.5", "MiB", "26.0", "MiB", "+64.5", "MiB", "<=", "64", "MiB", "missed"]
    assert text.splitlines()[1].split() == words


def test_memory_over_nothing_known_is_not_measured() -> None:
    row = weigh(Memory(name="bare", ours=OURS, peer=ABSENT, at_most=1), rounds=1)
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
    assert weigh(cell, rounds=1, measure=measure).outcome == "met"
    assert order == ["prepared", OURS, OURS]


def test_what_cannot_be_made_is_a_row_with_the_reason() -> None:
    def prepare() -> None:
        raise NotPreparedError("there is no room")

    row = weigh(Cell(name="unmade", ours=OURS, at_most=1, prepare=prepare), rounds=1)
    assert (row.ours, row.outcome, row.note) == (None, "failed", "there is no room")


@given(st.lists(st.floats(0.001, 100), min_size=1), st.lists(st.floats(0.001, 100), min_size=1))
def test_the_order_of_samples_changes_nothing(ours: list[float], peer: list[float]) -> None:
    assert judge(COMPARED, ours, peer) == judge(COMPARED, sorted(ours), sorted(peer))


def test_a_peer_that_is_not_installed_is_a_row_that_says_so() -> None:
    calls, measure = recorder({OURS: 1.0})
    row = weigh(Cell(name="lonely", ours=OURS, peer=ABSENT, at_most=2), rounds=1, measure=measure)
    assert (row.ours, row.ratio, row.outcome) == (1.0, None, "not installed")
    assert set(calls) == {OURS}
    assert "no-such-program-anywhere is not installed" in render({}, [row])


def test_ours_not_installed_measures_nothing() -> None:
    row = weigh(Cell(name="gone", ours=ABSENT, peer=PEER, at_most=2), rounds=1)
    assert (row.ours, row.outcome) == (None, "not installed")


def test_a_command_that_fails_is_a_row_with_its_exit_code() -> None:
    failing = Command((sys.executable, "-c", "raise SystemExit(3)"))
    row = weigh(Cell(name="failing", ours=failing, at_most=1), rounds=1)
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
    by_wall = weigh(Cell(name="wall", ours=wait, at_most=60, clock="wall"), rounds=1)
    by_cpu = weigh(Cell(name="cpu", ours=wait, at_most=60), rounds=1)
    assert by_cpu.ours is not None
    assert by_wall.ours is not None
    assert by_cpu.ours < 0.5 <= by_wall.ours


def test_measured_commands_may_cache_their_bytecode() -> None:
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "PATH": "bin"}
    assert child_environment(environment) == {"PATH": "bin"}


def test_flags_are_whole_words() -> None:
    found = flags("flags : fpu avx2 avx512fake sha_ni\n")
    assert found == {"sha_ni": True, "avx2": True, "avx512f": False, "sha2": False}


def test_a_processor_lacks_only_what_is_known_of_it() -> None:
    assert lacks_sha(flags("flags : fpu avx2"))
    assert not lacks_sha(flags("flags : avx2 sha_ni"))
    assert not lacks_sha(flags("Features : asimd sha2"))
    assert not lacks_sha({})


def test_the_table_starts_with_the_processor() -> None:
    text = render(describe(), [judge(COMPARED, [1.0], [1.0]), judge(ALONE, [9.0], [])])
    lines = text.splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["machine", "flags", "python"]
    assert lines[4].split() == ["compared", "1.0000", "1.0000", "1.00", "<=", "2", "x", "met"]
    assert lines[5].split() == ["alone", "9.0000", "none", "<=", "1.5", "CPU", "s", "missed"]
