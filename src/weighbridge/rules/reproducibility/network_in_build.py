"""The build spoke to another machine, or tried to.

## What it checks

Where a record of `weighbridge build` made a file of the release, byte for byte: whether an address
beyond this machine was spoken to, an attempt that failed included. Sockets of this machine, which
processes of one program use among themselves, are no network. Of a build that was not seen whole
it is inconclusive.

## Why it matters

What came over the network has no digest and may be another thing tomorrow: weights of a base model
under a moving tag, a package that was yanked, a data set that was cleaned up. It also is the way
by which a build script gives secrets away.

## How to fix

Fetch what is needed before the build, name it under `spec.build.inputs` with its digest, and run
the build with `HF_HUB_OFFLINE=1` or the like.

## Example

`train.py` calls `from_pretrained("org/model")` with an empty cache: warns, and names
`huggingface.co`'s address.

## References

- SLSA 1.0, hermetic builds (future directions): https://slsa.dev/spec/v1.0/future-directions
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.build_record import Connection
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Facts


def judge(build: BuildRecord | Unavailable, facts: Facts) -> Iterator[Judgement]:  # noqa: ARG001 - the protocol's
    """Name the addresses beyond this machine."""
    record = observed(build)
    found = [one.address for one in record.network]
    if found:
        count = wording.plural(len(found), "address", "addresses")
        yield Judgement(
            message=f"the build used the network: {wording.some_of(found)}",
            subject="the build",
            seen=count,
            wanted="no address beyond this machine",
            remediation=("fetch before the build, and name it under spec.build.inputs",),
        )
    items.seen_whole(record)


def examples() -> list[Example]:
    """Show a build that stays at home, one that speaks with itself, and one that goes out."""
    bare = sample.release()
    own = Connection(address="127.0.0.1:29500", local=True)
    far = Connection(address="192.0.2.7:443", local=False)
    return [
        Example(
            title="no network",
            facts=replace(bare, build=sample.build()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="processes that speak to each other",
            facts=replace(bare, build=sample.build(connections=(own,))),
            verdict=Verdict.PASS,
        ),
        Example(
            title="another machine",
            facts=replace(bare, build=sample.build(connections=(own, far))),
            verdict=Verdict.FAIL,
            seen="192.0.2.7:443",
        ),
        *sample.unseen_builds(),
    ]


RULE = Rule(
    code="REP011",
    name="network-in-build",
    severity=Severity.WARNING,
    each=items.build,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
