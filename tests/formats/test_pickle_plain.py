"""Runs of plain opcodes are skipped: what is found must be what running them would find.

Read one byte at a time nothing can be skipped, since no run stands in the buffer.
"""

from __future__ import annotations

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import SYSTEM, names, read, read_chopped
from tests.formats.test_laws import mutated
from weighbridge.formats.pickle_machine import Machine
from weighbridge.formats.pickle_objects import OTHER, Imports, State
from weighbridge.formats.pickle_run import run
from weighbridge.model.limits import DEFAULT_LIMITS, Limits

NUMBERS = (
    st.integers(0, 255)
    | st.integers(0, 1 << 16)
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.none()
    | st.booleans()
)
LISTS = st.recursive(
    st.lists(NUMBERS, max_size=12)
    | st.sets(st.integers(0, 1 << 20), max_size=6)
    | st.dictionaries(st.integers(0, 999), NUMBERS, max_size=6),
    lambda inner: st.lists(inner | NUMBERS, max_size=6) | st.tuples(inner, st.text(max_size=3)),
    max_leaves=20,
)
# Opcodes whose order is left to chance: runs, and what stands in the middle of them.
OPCODES = [
    b"K\x94",
    b"K]",
    b"M((",
    b"N",
    b"J]\x94(e",
    b"\x8a\x01e",
    b"(",
    b"]",
    b"]\x94",
    b"e",
    b"a",
]
OPCODES += [b"G]\x94(K\x00eN", b"\x94", b"u", b"\x90", b"q\x01", b"q\x03", b"h\x00", b"h\x02", b"0"]
OPCODES += [b"\x8c\x02os", b"\x93", b"R", b"b", b"t", b"}\x94", b"2", b"1", b"\x8f\x94", b"."]


def slowly(data: bytes, **budgets: int) -> object:
    return read_chopped(data, "pickle", [1], **budgets)


@given(thing=LISTS, protocol=st.integers(0, 5), seed=st.integers(0, 1 << 30))
def test_skipping_changes_nothing(thing: object, protocol: int, seed: int) -> None:
    data = pickle.dumps(thing, protocol)
    assert read(data, "pickle") == slowly(data)
    source = random.Random(seed)  # noqa: S311 - the same files for the same seed
    for _ in range(3):
        damaged = mutated(data, source)
        assert read(damaged, "pickle") == slowly(damaged)


@given(st.lists(st.sampled_from(OPCODES), max_size=40), st.integers(1, 60), st.integers(1, 60))
def test_skipping_changes_nothing_in_any_order_of_opcodes(
    opcodes: list[bytes], most: int, stack: int
) -> None:
    data = b"\x80\x04" + b"".join(opcodes)
    assert read(data, "pickle") == slowly(data)
    budgets = {"opcodes": most, "stack": stack}
    assert read(data, "pickle", **budgets) == slowly(data, **budgets)


def test_what_is_remembered_behind_a_run_is_found() -> None:
    rows = pickle.dumps([[1, 2, 3, 1.5, None]] + [[n, n] for n in range(300)], 4)[2:-1]
    data = b"\x80\x04" + rows[9:] + b"\x8c\x05posix\x94\x8c\x06system\x940j"
    at = data.count(b"]\x94")
    data += at.to_bytes(4, "little") + b"j" + (at + 1).to_bytes(4, "little") + b"\x93."
    assert names(read(data, "pickle")) == ["posix.system"]


@pytest.mark.parametrize("at", [0, 3, 7])
def test_a_call_behind_numbers_is_found(at: int) -> None:
    numbers = b"]\x94(" + b"K\x05" * at + b"e"
    assert names(read(b"\x80\x04" + numbers + b"0" + SYSTEM[2:])) == ["posix.system"]


def machine_after(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Machine:
    machine = Machine(limits, imports=Imports())
    assert run(machine, data, 0, len(data), base=0, text=99) == len(data)
    return machine


def test_a_long_run_costs_neither_opcodes_nor_memory() -> None:
    machine = machine_after(b"]\x94(" + b"]\x94(K\x01K\x02e" * 50_000 + b"e")
    assert (len(machine.memo), machine.stack) == (0, [OTHER])
    assert machine.opcodes < 100
    assert machine.work == 50_000 * (7 + 16) + 3 + 16


def test_a_run_of_a_dict_that_matters_is_not_skipped() -> None:
    data = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)R}(K\x01K\x02u"
    top = machine_after(data).stack[-1]
    assert isinstance(top, State)
    assert top.values == {"": 2}


def test_a_number_behind_a_gap_in_the_memo_is_remembered_where_it_belongs() -> None:
    data = b"]q\x05]\x94(K\x01e]\x94(K\x01ej\x02\0\0\0j\x01\0\0\0"
    assert len(machine_after(data).stack) == 5


@pytest.mark.slow
def test_a_budget_ends_a_run_where_it_ends_its_opcodes() -> None:
    rows = b"\x80\x04]\x94(" + b"]\x94(K\x01K\x02e" * 5_000 + b"e."
    for budgets in ({"opcodes": 4_000}, {"stack": 4_000}, {"opcodes": 7_180}, {"stack": 4_999}):
        found = read(rows, **budgets)
        assert found.status == "incomplete"
        assert 0 < found.coverage < len(rows)
        assert found == slowly(rows, **budgets)
