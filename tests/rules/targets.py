"""Facts of a release with one target, and the cells it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.lock import Pin
from weighbridge.rules import sample
from weighbridge.rules.compatibility import stack

if TYPE_CHECKING:
    from weighbridge.model.coverage import Cell
    from weighbridge.model.fact import Facts

TORCH = Pin(name="torch", version="2.5.1+cu124")
RUNTIME_12 = Pin(name="nvidia-cuda-runtime-cu12", version="12.4.127")
LINUX_ONLY = "platform_system == 'Linux' and platform_machine == 'x86_64'"


def facts_of(*pins: Pin, now: str = sample.NOW, **target: Any) -> Facts:  # noqa: ANN401
    return replace(sample.with_targets(target), locks=sample.lock(*pins), now=now)


def cells(facts: Facts) -> list[Cell]:
    return [
        cell for _, target in stack.numbered_targets(facts) for cell in stack.cells(facts, target)
    ]


def of(package: str, facts: Facts) -> Cell:
    (found,) = [cell for cell in cells(facts) if cell.package == package]
    return found
