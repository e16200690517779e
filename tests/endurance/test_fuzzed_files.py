"""Damaged files of all formats: every error caught, every budget kept, nothing falsely clean."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.endurance import mutations
from tests.endurance.fuzzing import REQUESTS, Counted, fuzz
from tests.formats.samples import SYSTEM, torch_zip
from weighbridge.formats.interface import Need

ROUNDS = 100_000
MEMORY = 768
"""MiB of address space, most of it the interpreter's and the rules' before the first file."""


def test_damaged_files_are_read_within_their_budgets_and_judged() -> None:
    verdicts = fuzz(2_000)
    assert sum(verdicts.values()) == 2_000
    assert all(verdicts.values())


@pytest.mark.slow
def test_many_damaged_files_are_read_within_little_memory() -> None:
    command = [sys.executable, "-m", "tests.endurance.fuzzing", str(ROUNDS), "8", str(MEMORY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_kind_of_damage_changes_what_it_is_made_for() -> None:
    source = random.Random(1)  # noqa: S311 - the same damage in every run
    for kind in (mutations.flipped, mutations.truncated, mutations.shuffled, mutations.edited):
        for data in (SYSTEM, torch_zip(), b"neither of both"):
            assert any(kind(data, source) != data for _ in range(20)), kind
    assert len(mutations.shuffled(SYSTEM, source)) == len(SYSTEM)


def test_a_reader_that_asks_for_ever_is_found_out() -> None:
    counted = Counted(b"a")
    counted.requests = REQUESTS
    with pytest.raises(AssertionError, match="more than"):
        next(counted.answer(Need(0, 1)))
