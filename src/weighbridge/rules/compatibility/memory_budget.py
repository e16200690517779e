"""The model's weights do not fit into the memory a replica may use.

## What it checks

The sizes of all artifacts with the role `weights`, added up, against the memory of the
accelerators under `spec.environment.resources.limits` (or `requests`), all of them together;
without accelerators that state their memory, against `limits.memory`. Also against the memory that
`spec.evaluation.performance` promises to suffice. The weights alone must fit; where they leave less
than a sixth of the memory, a warning says so. It is taken for granted that all weights are loaded
at once, as they lie on disk: caches, batches, offloading, experts that stay on disk and weights
that grow when they are unpacked are not guessed.

## Why it matters

A replica that loads more than it may use is killed, and killed again: no request is ever answered,
and the rollout hangs on its first step.

## How to fix

Raise the limit, take an accelerator with more memory, spread the weights over more of them, or ship
weights of lower precision.

## Example

A `model.safetensors` of 4.1 GB with `limits: {memory: 4Gi}` is tight, and with `2Gi` it fails.

## References

- Kubernetes, resource management for pods:
  https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
- EleutherAI, Transformer Math 101 (inference takes about a fifth more than the weights):
  https://blog.eleuther.ai/transformer-math/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import NotObservedError, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.wording import human_size, plural
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.environment import Amounts

_RESOURCES = "/spec/environment/resources"
_FIFTHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Memory the weights have to fit into.

    Attributes:
        memory: Bytes.
        of: Whose memory, in words.
    """

    memory: int
    of: str


def each(facts: Facts) -> Iterator[Item[Budget]]:
    """Yield each amount of memory the manifest states for a replica that loads weights."""
    release = facts.release
    if release is None or not any(
        one.value.artifact.role == "weights" for one in items.artifacts(facts)
    ):
        return
    resources = release.spec.environment.resources
    both = (("limits", resources.limits), ("requests", resources.requests)) if resources else ()
    found = [(kind, of) for kind, stated in both if stated for of in _accelerators(stated)]
    for kind, (at, memory, what) in found[:1]:
        yield _item(facts, f"{_RESOURCES}/{kind}/{at}", memory, what)
    limit = resources.limits.memory if resources and resources.limits else None
    if not found and limit:
        yield _item(facts, f"{_RESOURCES}/limits/memory", limit, "the limit")
    evaluation = release.spec.evaluation
    for index, promise in enumerate((evaluation.performance if evaluation else None) or ()):
        if promise.memory:
            at = f"/spec/evaluation/performance/{index}/memory"
            yield _item(facts, at, promise.memory, "what is promised to suffice")


def _accelerators(stated: Amounts) -> Iterator[tuple[str, str, str]]:
    """Yield the memory of all accelerators together, where all of them state theirs."""
    listed = stated.accelerators or []
    memories = [one.memory for one in listed]
    if listed and all(memory and memory.isdecimal() for memory in memories):
        total = sum(int(one.memory or 0) * one.count for one in listed)
        count = sum(one.count for one in listed)
        yield "accelerators/0/memory", str(total), f"the memory of {plural(count, 'accelerator')}"


def _item(facts: Facts, at: str, memory: str, of: str) -> Item[Budget]:
    value = Budget(memory=int(memory) if memory.isdecimal() else -1, of=of)
    return Item(subject=items.dotted(at), location=items.place(facts, at), value=value)


def judge(budget: Budget, facts: Facts) -> Iterator[Judgement]:
    """Hold the weights against an amount of memory; one left `TODO` is CFG009's."""
    weights = _weights(facts)
    if budget.memory < 0 or weights * (_FIFTHS + 1) <= budget.memory * _FIFTHS:
        return
    fits = weights <= budget.memory
    left = human_size(budget.memory - weights) if fits else ""
    yield Judgement(
        message=f"the weights leave {left} of {budget.of} for everything else"
        if fits
        else f"the weights do not fit into {budget.of}",
        seen=f"weights of {human_size(weights)}",
        wanted=f"at most {human_size(budget.memory * _FIFTHS // (_FIFTHS + 1))}, "
        f"of {human_size(budget.memory)}",
        cause="all artifacts with the role weights are taken to be loaded at once, as they are",
        remediation=(
            "raise it, or spread the weights over more accelerators",
            "or ship weights of lower precision",
        ),
        severity=Severity.WARNING if fits else None,
    )


def _weights(facts: Facts) -> int:
    """Add up the sizes of the weights: what was seen of them, else what the manifest says."""
    total = 0
    for item in items.artifacts(facts):
        artifact = item.value.artifact
        if artifact.role != "weights" or TODO in {artifact.path, artifact.size}:
            continue
        if isinstance(artifact.size, int):
            total += artifact.size
            continue
        if artifact.path is None:
            raise NotObservedError(items.NOT_FETCHED)
        seen = items.weighed(facts, artifact.path)
        if isinstance(seen, Unavailable):
            raise NotObservedError(seen)
        total += seen.size
    return total


def examples() -> list[Example]:
    """Show weights that fit, that are tight, that do not fit, and whose size is not known."""
    at = f"{_RESOURCES}/limits/memory"
    gpu = {"type": "nvidia.com/gpu", "count": 2, "memory": "16Gi"}
    fits = sample.release({f"{_RESOURCES}/limits/accelerators": [gpu], at: "2Gi"})
    unknown = sample.release({at: "8Gi", "/spec/artifacts/0/size": None})
    return [
        Example(
            title="weights that fit into the memory of two accelerators",
            facts=fits,
            verdict=Verdict.PASS,
        ),
        Example(
            title="weights that leave next to nothing",
            facts=sample.release({at: "4Gi"}),
            verdict=Verdict.FAIL,
            seen="leave 195.0 MB of the limit",
        ),
        Example(
            title="weights beyond the limit",
            facts=sample.release({at: "2Gi"}),
            verdict=Verdict.FAIL,
            seen="do not fit into the limit",
        ),
        Example(
            title="weights nobody saw",
            facts=replace(unknown, files={}),
            verdict=Verdict.INCONCLUSIVE,
        ),
    ]


RULE = Rule(
    code="CMP004",
    name="memory-budget",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
