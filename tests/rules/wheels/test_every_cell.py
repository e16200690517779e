"""Each cell of 404 packages on 24 targets, against the same answered the slow way."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from scripts.large_lock import large_lock
from tests.rules.wheels.naive import has_wheel, host_tags, is_needed
from tests.rules.wheels.targets import T24, of
from weighbridge.codec.locks import read_lock
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.wheels.coverage import wheel_cells

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock


@cache
def lock() -> Lock:
    return read_lock(large_lock().encode(), "pylock", "pylock.toml")


def told(cells: list[Cell]) -> dict[tuple[str, str, str], str]:
    """Name the outcome of each cell; what is not needed has none of a version."""
    return {
        (cell.package, cell.version, cell.target): cell.fit.value
        for cell in cells
        if (cell.fit, cell.cause) != (Fit.YES, Cause.MARKER)
    }


def naive(targets: tuple[dict[str, str], ...]) -> dict[tuple[str, str, str], str]:
    found = {}
    for target in targets:
        with pytest.MonkeyPatch.context() as patch:
            admitted = host_tags(patch, target)
        for pin in lock().pins:
            if is_needed(pin, target):
                fits = "yes" if has_wheel(pin, admitted) else "no"
                found[pin.name, pin.version or "", target["name"]] = fits
    return found


def test_the_lock_is_the_one_of_the_figures() -> None:
    pins = lock().pins

    assert (len(pins), len({pin.name for pin in pins})) == (404, 392)
    assert sum(file.is_wheel for pin in pins for file in pin.files) == 2_873
    assert len({pin.marker for pin in pins if pin.marker}) == 21


def test_every_cell_is_what_sets_of_tags_say() -> None:
    cells = wheel_cells(lock(), [of(target) for target in T24])
    left_out = [cell for cell in cells if (cell.fit, cell.cause) == (Fit.YES, Cause.MARKER)]

    assert told(cells) == naive(T24)
    assert len(cells) == 392 * 24
    assert len(left_out) + len(told(cells)) == len(cells)


def test_every_gap_says_why() -> None:
    gaps = [cell for cell in wheel_cells(lock(), [of(one) for one in T24]) if cell.fit is Fit.NO]

    assert len(gaps) > 300
    assert all(gap.cause is not Cause.NONE and gap.why for gap in gaps)
    assert not [gap for gap in gaps if gap.fit is Fit.UNKNOWN]
