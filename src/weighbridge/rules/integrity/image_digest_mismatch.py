"""A part of the container image is not what its digest says.

## What it checks

The image at `spec.environment.image`: its manifest or index against `digest`; every manifest the
index lists, as far as it is there; the configuration and each layer against their descriptors; what
each layer unfolds to against the configuration's `diff_ids`, and their number. Then the base: the
first layers must unfold to exactly what the image at `base` unfolds to. A label that names a base
proves nothing and is not looked at.

An image that neither `--image` nor its registry gave is inconclusive. So is one out of an archive
of `docker save` without a layout in it: the manifest, and with it the digest, was thrown away.

## Why it matters

A digest pins an image only if somebody holds the bytes against it. Few do: several clients write
to disk whatever a registry answers. A layer that unfolds to other files than its `diff_id` says
runs on one machine and is refused on the next, and a base that was not built on lacks the fixes one
believes to have.

## How to fix

Pull the image again and look whether it is the registry or the copy that is damaged. If the image
is meant to be another one, write its digest into the manifest: `skopeo inspect --format
'{{.Digest}}' docker://IMAGE` says it.

## Example

    image: {ref: registry.example.com/ml/serving, digest: "sha256:9f2c…"}

fails if the second layer of the copy in `--image serving-layout` is not the one its manifest names.

## References

- OCI image specification 1.1: https://github.com/opencontainers/image-spec
- OCI distribution specification 1.1: https://github.com/opencontainers/distribution-spec
- oras-py, pulled content is not verified: https://github.com/oras-project/oras-py/issues/247
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import BaseProof, ImageMismatch, has_base
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.image import ObservedImage

_AGAIN = "pull the image again, and compare"


def judge(seen: items.SeenImage, facts: Facts) -> Iterator[Judgement]:
    """Hold an image against its digests, and its first layers against its base."""
    image = observed(seen.image)
    if seen.declared is not None:
        yield from _named(seen, image, facts)
    for mismatch in image.mismatches:
        yield Judgement(
            message=f"the {mismatch.part} of {seen.name} is not what its digest says",
            seen=mismatch.seen,
            wanted=mismatch.wanted,
            cause="the bytes were damaged, or somebody changed them",
            remediation=(_AGAIN,),
        )
    yield from _unread(seen, image)
    if seen.declared is not None and seen.declared.base is not None:
        yield from _base(seen, image, facts)


def _named(seen: items.SeenImage, image: ObservedImage, facts: Facts) -> Iterator[Judgement]:
    wanted = seen.declared.digest if seen.declared else ""
    if wanted in {image.digest, image.manifest}:
        return
    if not image.digest:
        yield Judgement(
            message=f"the digest of {seen.name} is not known: {image.name} has no manifest",
            remediation=("skopeo copy docker-daemon:IMAGE oci:FOLDER, or from its registry",),
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    yield Judgement(
        message=f"{image.name} is another image than the manifest declares",
        location=items.place(facts, f"{items.IMAGE}/digest"),
        seen=image.digest,
        wanted=wanted,
        cause="it was built again, or another one was named",
        remediation=(_AGAIN, "or write its digest into the manifest"),
    )


def _unread(seen: items.SeenImage, image: ObservedImage) -> Iterator[Judgement]:
    """Say what could not be held against a digest: it is no pass."""
    reasons = [image.config.reason] if isinstance(image.config, Unavailable) else []
    unknown = any(not layer.digest or not layer.diff_id for layer in image.layers)
    if not reasons and unknown:
        reasons = [image.structure.reason]
    if reasons and not image.mismatches:
        yield Judgement(
            message=f"{seen.name} could not be verified whole: {reasons[0]}",
            verdict=Verdict.INCONCLUSIVE,
        )


def _base(seen: items.SeenImage, image: ObservedImage, facts: Facts) -> Iterator[Judgement]:
    base = seen.declared.base if seen.declared else None
    name = base.ref if base else ""
    if isinstance(seen.base, Unavailable):
        yield Judgement(
            message=f"whether {seen.name} is built on {name} is not known: {seen.base.reason}",
            remediation=(seen.base.hint,) if seen.base.hint else (),
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    proof = has_base(image, seen.base)
    if proof is BaseProof.REFUTED:
        layers = [layer.diff_id for layer in image.layers]
        pairs = enumerate(zip(layers, seen.base, strict=False), 1)
        number = next((n for n, (one, other) in pairs if one != other), len(layers) + 1)
        yield Judgement(
            message=f"{seen.name} is not built on {name}: layer {number} is another",
            location=items.place(facts, f"{items.IMAGE}/base/digest"),
            seen=layers[number - 1] if number <= len(layers) else "no such layer",
            wanted=seen.base[number - 1],
            cause="it was built on another version of the base, or flattened",
            remediation=(
                "build it again on the declared base",
                "or declare the base it was built on",
            ),
        )
    elif proof is BaseProof.UNKNOWN:
        yield Judgement(
            message=f"whether {seen.name} is built on {name} is not known",
            verdict=Verdict.INCONCLUSIVE,
        )


def examples() -> list[Example]:
    """Show an image as declared, a changed layer, another base, and an image nobody gave."""
    release = sample.with_image()
    built = sample.with_image(
        {
            "/spec/environment/image/base/ref": "docker.example.com/python",
            "/spec/environment/image/base/digest": sample.OTHER_DIGEST,
        }
    )
    changed = ImageMismatch(part="layer 2", seen=sample.OTHER_DIGEST, wanted=sample.DIGEST)
    return [
        Example(
            title="the declared image on the declared base",
            facts=replace(built, images=sample.image()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a layer that is not what its manifest says",
            facts=replace(release, images=sample.image(mismatches=(changed,))),
            verdict=Verdict.FAIL,
            seen="layer 2",
        ),
        Example(
            title="another image",
            facts=replace(
                sample.with_image({"/spec/environment/image/digest": sample.OTHER_DIGEST}),
                images=sample.image(),
            ),
            verdict=Verdict.FAIL,
            seen="another image than the manifest declares",
        ),
        Example(
            title="another base",
            facts=replace(built, images=sample.image(base=(sample.OTHER_DIGEST,))),
            verdict=Verdict.FAIL,
            seen="is not built on docker.example.com/python",
        ),
        Example(
            title="an image nobody gave",
            facts=replace(release, images=sample.unseen_image()),
            verdict=Verdict.INCONCLUSIVE,
            seen="no copy of it was named",
        ),
    ]


RULE = Rule(
    code="INT011",
    name="image-digest-mismatch",
    severity=Severity.ERROR,
    each=items.images,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
