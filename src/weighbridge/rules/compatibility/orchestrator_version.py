"""The container runtime of a target does not go with the version of Kubernetes it runs.

## What it checks

`containerRuntime` of each of `spec.compatibility.targets` against the version of its
`orchestrator`, where that is Kubernetes: containerd by the versions its makers recommend for each
release, CRI-O by the release of the same number, Docker by the end of dockershim in 1.24. A pair no
row speaks of is inconclusive. Other orchestrators are not judged. Whether an API is still served is
judged when files are rendered for a version.

## Why it matters

A kubelet that does not find an interface it speaks does not start: the node joins nothing, and the
release that was promised for it waits for ever.

## How to fix

Take the version of the runtime that is named, or correct what the target states.

## Example

`containerRuntime: docker 24.0` with `orchestrator: {kind: kubernetes, version: "1.33"}` fails.

## References

- containerd, Kubernetes support:
  https://github.com/containerd/containerd/blob/main/RELEASES.md#kubernetes-support
- Kubernetes, container runtimes:
  https://kubernetes.io/docs/setup/production-environment/container-runtimes/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import sample
from weighbridge.rules.compatibility import orchestrators, stack, told
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.compatibility import Target

_REMEDY = "correct `containerRuntime` or `orchestrator.version` of the target"


def judge(target: Target, facts: Facts) -> Iterator[Judgement]:
    """Hold a target's container runtime against its Kubernetes."""
    yield from told.judgements(orchestrators.cells(facts, target), _REMEDY)


def examples() -> list[Example]:
    """Show runtimes that go with Kubernetes, that do not, that may, and that nobody knows."""
    cases = [
        ("a runtime that is recommended", "containerd 2.1.4", "1.33", Verdict.PASS, ""),
        ("Docker without dockershim", "docker 24.0.7", "1.33", Verdict.FAIL, "cri-dockerd"),
        ("a version without its patch level", "containerd 1.7", "1.33", Verdict.FAIL, "1.7.24"),
        ("a runtime there is no row for", "runsc 2024.1", "1.33", Verdict.INCONCLUSIVE, "no row"),
    ]
    return [
        Example(
            title=title,
            facts=replace(
                sample.with_targets(
                    {
                        "containerRuntime": runtime,
                        "orchestrator": {"kind": "kubernetes", "version": version},
                    }
                ),
                now=sample.NOW,
            ),
            verdict=verdict,
            seen=seen,
        )
        for title, runtime, version, verdict, seen in cases
    ]


RULE = Rule(
    code="CMP006",
    name="orchestrator-version",
    severity=Severity.ERROR,
    each=stack.each_target,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
