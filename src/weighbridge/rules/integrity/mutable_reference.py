"""The release refers to something that can be exchanged without its papers changing.

## What it checks

Artifacts that have only a `uri`: with neither a `digest` nor a fixed version beside it, and
without a digest, a full commit or a version of the object in the address itself. A version that
moves (`latest`, `main`, `stable` …) fixes nothing. An image that is named by the tag `latest` gets
a note: its digest decides what runs, and the tag only misleads.

## Why it matters

A branch, a bucket or a tag holds today what somebody put there last. What was tested is not what
will be fetched, and a rollback fetches the new bytes, too.

## How to fix

Write the digest down: `weighbridge set spec.artifacts.weights.digest sha256:…`. Or address
the bytes and not the place: `hf://org/model@COMMIT`, `s3://bucket/key?versionId=…`,
`git+https://…@COMMIT`. `weighbridge check --fix` takes the tag `latest` off an image that has a
digest; `--diff` shows the change first.

## Example

    artifacts:
      - {name: model, role: weights, uri: "s3://models/detector/model.onnx"}

gets a warning until it has a `digest`.

## References

- OCI distribution specification 1.1: tags can be moved, digests cannot
- Hugging Face Hub, revisions; Amazon S3, object versioning
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Edit, Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

IMAGE = "/spec/environment/image"
_FIXED = re.compile(
    r"sha256[:=-][0-9a-f]{64}"  # of the bytes
    r"|(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])"  # a commit, or content by address
    r"|[?&](?:versionId|generation|versionid)=[^&]",  # S3, Google Cloud Storage, Azure
)
_MOVING = frozenset(
    {"latest", "main", "master", "head", "trunk", "develop", "dev", "nightly", "edge", "stable"}
    | {"production", "prod", "staging", "current", "champion", "snapshot"}
)
_TAG = ":latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that is named.

    Attributes:
        ref: Its name.
        pointer: JSON pointer of its name.
    """

    ref: str
    pointer: str


def each(facts: Facts) -> Iterator[Item[items.Declared | Image]]:
    """Yield every artifact, the image and the image it was built from."""
    for artifact in items.artifacts(facts):
        yield Item(subject=artifact.subject, location=artifact.location, value=artifact.value)
    image = facts.release.spec.environment.image if facts.release else None
    refs = {f"{IMAGE}/ref": image.ref} if image else {}
    if image is not None and image.base is not None:
        refs[f"{IMAGE}/base/ref"] = image.base.ref
    for at, ref in refs.items():
        value = Image(ref=ref, pointer=at)
        yield Item(subject=placed.path(facts, at), location=items.place(facts, at), value=value)


def judge(value: items.Declared | Image, facts: Facts) -> Iterator[Judgement]:
    """Ask what keeps a reference from moving."""
    if isinstance(value, Image):
        yield from _image(value, facts)
    else:
        yield from _artifact(value, facts)


def _artifact(declared: items.Declared, facts: Facts) -> Iterator[Judgement]:
    artifact, at = declared.artifact, declared.pointer
    uri, version = artifact.uri, artifact.version
    fixed = version is not None and version.lower() not in _MOVING
    # What has a path is weighed and sealed here; where else it can be fetched does not matter.
    if uri is None or artifact.path is not None or artifact.digest is not None or fixed:
        return
    if items.is_todo(facts, f"{at}/digest") or _FIXED.search(uri):
        return
    moves = f" but the version {version}, which moves" if version is not None else ""
    yield placed.against(
        facts,
        f"{at}/uri",
        f"artifact {artifact.name} can change at its address: nothing fixes it{moves}",
        seen=f"{uri}, no `digest`",
        wanted="digest: sha256:…, or an address that holds a digest, a commit or a version",
        remediation=(placed.setting(facts, f"{at}/digest", "sha256:DIGEST"),),
    )


def _image(image: Image, facts: Facts) -> Iterator[Judgement]:
    if not image.ref.endswith(_TAG):
        return
    bare = image.ref.removesuffix(_TAG)
    name = facts.document.file.rpartition("/")[2] if facts.document else ""
    yield placed.against(
        facts,
        image.pointer,
        f"the tag of {image.ref} says nothing: its digest decides what runs",
        seen=image.ref,
        wanted=bare,
        remediation=(
            "run `weighbridge check --fix` to take the tag off",
            placed.setting(facts, image.pointer, bare),
        ),
        edits=(Edit(file=name, pointer=image.pointer, value=bare),),
        severity=Severity.NOTE,
    )


def examples() -> list[Example]:
    """Show addresses that are fixed, that are not, and a tag that says nothing."""
    bucket: dict[str, Any] = {
        "name": "model",
        "role": "weights",
        "uri": "s3://models/detector/model.onnx",
    }

    def artifact(verdict: Verdict, title: str, seen: str = "", **changes: str) -> Example:
        facts = sample.release({"/spec/artifacts/0": {**bucket, **changes}})
        return Example(title=title, facts=facts, verdict=verdict, seen=seen)

    hub = "hf://org/detector"
    return [
        artifact(Verdict.PASS, "an address with a digest beside it", digest=sample.DIGEST),
        artifact(Verdict.PASS, "a commit in the address", uri=f"{hub}@{sample.COMMIT}"),
        artifact(Verdict.FAIL, "an object without a version", "no `digest`"),
        artifact(Verdict.FAIL, "a branch", "which moves", uri=hub, version="main"),
        Example(
            title="an image by the tag latest",
            facts=sample.release(
                {IMAGE: {"ref": "registry.example.com/serve:latest", "digest": sample.DIGEST}}
            ),
            verdict=Verdict.FAIL,
            seen="its digest decides",
        ),
    ]


RULE = Rule(
    code="INT004",
    name="mutable-reference",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
