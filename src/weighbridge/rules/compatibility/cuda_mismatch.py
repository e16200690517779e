"""What a target states of its driver, its toolkit and its GPUs does not go with the lock.

## What it checks

For each of `spec.compatibility.targets`: which CUDA toolkit the runtime lock was built with, by the
runtime it pins (`nvidia-cuda-runtime-cu12`), else by a local version (`+cu124`), else by the other
packages of NVIDIA. Then whether the target's driver is that toolkit's own or newer, whether the
toolkit builds for each of its compute capabilities, and whether its own toolkit is of the same
major version. From the floor of the major version on an older driver will do, on a condition: a
note says so. What is not known is inconclusive: an entry that needs CUDA on a target that states
none, a driver nobody named, a row past its last day. A target needs no CUDA where the manifest
states what a replica is given and no accelerator is among it.

## Why it matters

A driver that is too old shows when the first tensor is moved, on the machine that serves: `CUDA
driver version is insufficient for CUDA runtime version`. A GPU without code says `no kernel image
is available`.

## How to fix

Install the driver that is named, or take the build for the toolkit that fits it. State the driver
and the compute capabilities of each target.

## Example

`torch==2.5.1+cu124` on a target with `cuda: {driver: "450.80.02"}` fails: CUDA 12 needs driver
525.60.13 or newer.

## References

- NVIDIA, CUDA compatibility: https://docs.nvidia.com/deploy/cuda-compatibility/
- CUDA toolkit release notes, driver versions:
  https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import sample
from weighbridge.rules.compatibility import cuda, stack, told
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.compatibility import Target

_REMEDY = "state `cuda.driver` and `cuda.computeCapability` of the target, or change the lock"


def judge(target: Target, facts: Facts) -> Iterator[Judgement]:
    """Hold a target's NVIDIA stack against the lock."""
    observed(stack.runtime_lock(facts))
    yield from told.judgements(cuda.cells(facts, target, stack.pins_on(facts, target)), _REMEDY)


def examples() -> list[Example]:
    """Show drivers that are new enough, too old, new enough on a condition, and not stated."""
    torch = Pin(name="torch", version="2.5.1+cu124", hashed=True)
    cases = [
        ("a driver of the toolkit", {"driver": "550.54.15"}, Verdict.PASS, ""),
        ("a driver too old", {"driver": "450.80.02"}, Verdict.FAIL, "525.60.13 or newer"),
        ("a driver of the same major", {"driver": "535.54.03"}, Verdict.FAIL, "SASS"),
        (
            "a GPU the toolkit knows nothing of",
            {"driver": "570.26", "computeCapability": ["12.0"]},
            Verdict.FAIL,
            "builds nothing for compute capability 12.0",
        ),
        ("a target without CUDA", None, Verdict.INCONCLUSIVE, ""),
    ]
    found = []
    for title, stated, verdict, seen in cases:
        release = sample.with_targets({"cuda": stated} if stated else {})
        facts = replace(release, locks=sample.lock(torch), now=sample.NOW)
        found.append(Example(title=title, facts=facts, verdict=verdict, seen=seen))
    return found


RULE = Rule(
    code="CMP003",
    name="cuda-mismatch",
    severity=Severity.ERROR,
    each=stack.each_target,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
