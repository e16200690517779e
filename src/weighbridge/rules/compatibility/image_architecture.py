"""The container image does not run on the processor it is to run on.

## What it checks

What the image at `spec.environment.image` runs on, by the configurations of its images and not by
what an index says of them, against each of `spec.compatibility.targets` and against the labels
`kubernetes.io/arch` and `kubernetes.io/os` of `spec.environment.placement.nodeSelector`. A target
on macOS is not held against it: there it runs in a virtual machine.

## Why it matters

`exec format error` is what a node says that was given the image of another processor, after
everything else was done. Where a node can emulate, it says nothing and serves at a tenth of the
speed.

## How to fix

Build the image for that platform too: `docker buildx build --platform linux/amd64,linux/arm64`, and
declare the digest of the index. Or correct the target or the node selector.

## Example

    image: {ref: registry.example.com/ml/serving, digest: "sha256:9f2c…"}
    ...
    targets: [{name: edge, os: linux, arch: aarch64}]

fails if the image is for `linux/amd64` alone.

## References

- OCI image specification 1.1, image index, platforms:
  https://github.com/opencontainers/image-spec/blob/main/image-index.md
- Go's names of systems and processors: https://go.dev/doc/install/source#environment
- Kubernetes, well-known labels: https://kubernetes.io/docs/reference/labels-annotations-taints/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import Platform
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

PROCESSORS: Final = {
    "x86_64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "i686": ("386", ""),
    "ppc64le": ("ppc64le", ""),
    "riscv64": ("riscv64", ""),
    "s390x": ("s390x", ""),
}
"""What images call each architecture of targets, and its variant."""
_SELECTOR: Final = "/spec/environment/placement/nodeSelector"
_ARCH: Final = "kubernetes.io/arch"
_OS: Final = "kubernetes.io/os"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Where the image is to run.

    Attributes:
        who: Who wants it to run there, in words.
        platform: What runs there; an empty part is any.
        image: The image.
    """

    who: str
    platform: Platform
    image: items.SeenImage


def each(facts: Facts) -> Iterator[Item[Demand]]:
    """Yield every place the image is to run at."""
    release = facts.release
    for seen in items.images(facts) if release is not None else ():
        for who, at, platform in _demands(facts):
            demand = Demand(who=who, platform=platform, image=seen.value)
            yield Item(subject=seen.subject, location=items.place(facts, at), value=demand)


def _demands(facts: Facts) -> Iterator[tuple[str, str, Platform]]:
    spec = facts.release.spec if facts.release else None
    for item in items.targets(facts):
        target = item.value.target
        if target.os == "macos" or TODO in {target.os, target.arch}:
            continue
        processor, variant = PROCESSORS[target.arch]
        platform = Platform(os=target.os, architecture=processor, variant=variant)
        yield f"target {target.name}", f"{item.value.pointer}/arch", platform
    placement = spec.environment.placement if spec else None
    labels = (placement.node_selector if placement else None) or {}
    if _ARCH in labels or _OS in labels:
        platform = Platform(os=labels.get(_OS, ""), architecture=labels.get(_ARCH, ""))
        yield "the node selector", _SELECTOR, platform


def judge(demand: Demand, facts: Facts) -> Iterator[Judgement]:  # noqa: ARG001 - as all rules
    """Hold what the image runs on against where it is to run."""
    image = observed(demand.image.image)
    if not image.platforms:
        yield Judgement(
            message=f"what {demand.image.name} runs on is not known",
            verdict=Verdict.INCONCLUSIVE,
        )
    elif not any(_runs(platform, demand.platform) for platform in image.platforms):
        yield Judgement(
            message=f"{demand.image.name} does not run on {demand.who}",
            seen=", ".join(map(str, image.platforms)),
            wanted=str(demand.platform),
            cause="it was built for another processor or system",
            remediation=(
                f"build it for {demand.platform} too, and declare the digest of the index",
                "or correct where it is to run",
            ),
        )


def _runs(platform: Platform, wanted: Platform) -> bool:
    """Whether an image for a platform runs there; an older variant does on a newer processor."""
    older = not platform.variant or not wanted.variant or platform.variant <= wanted.variant
    return (
        wanted.os in {"", platform.os}
        and wanted.architecture in {"", platform.architecture}
        and older
    )


def examples() -> list[Example]:
    """Show a target the image runs on, others it does not, and an image nobody gave."""
    edge = {"name": "edge", "os": "linux", "arch": "aarch64"}
    release = sample.with_image({"/spec/compatibility/targets": [edge]})
    both = [("linux", "amd64"), ("linux", "arm64")]
    nodes = sample.with_image({_SELECTOR: {_ARCH: "arm64"}})
    return [
        Example(
            title="an index with an image for the target",
            facts=replace(release, images=sample.image(platforms=both)),
            verdict=Verdict.PASS,
        ),
        Example(
            title="an image for another processor",
            facts=replace(release, images=sample.image()),
            verdict=Verdict.FAIL,
            seen="does not run on target edge",
        ),
        Example(
            title="a node selector that asks for another processor",
            facts=replace(nodes, images=sample.image()),
            verdict=Verdict.FAIL,
            seen="the node selector",
        ),
        Example(
            title="an image nobody gave",
            facts=replace(release, images=sample.unseen_image()),
            verdict=Verdict.INCONCLUSIVE,
            seen="no copy of it was named",
        ),
    ]


RULE = Rule(
    code="CMP005",
    name="image-architecture",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
