"""The small release that the rules' examples are variations of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.model.build_record import (
    BuildInput,
    BuildOutput,
    BuildRecord,
    Origin,
    Witness,
)
from weighbridge.model.fact import (
    Facts,
    ObservedDirectory,
    ObservedFile,
    ObservedLock,
    Unavailable,
)
from weighbridge.model.finding import Verdict
from weighbridge.model.host import CLibrary, Gpus, Processor
from weighbridge.model.image import (
    ImageConfig,
    ImageFacts,
    ImageLayer,
    Inventory,
    ObservedImage,
    Platform,
)
from weighbridge.model.listing import ListingEntry
from weighbridge.model.location import pointer_parts
from weighbridge.model.lock import Lock
from weighbridge.model.structure import Structure
from weighbridge.rules.interface import Example

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.fact import InputRequirement
    from weighbridge.model.image import ImageFile
    from weighbridge.model.lock import Pin
    from weighbridge.model.structure import Status

DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64
LOCK_DIGEST = "sha256:" + "c" * 64
COMMIT = "3f9c2b7e6d1a4c50b8e7f1d2a3c4b5d6e7f80912"
MODEL = "model.safetensors"
LOCK = "requirements.lock"
IMAGE = "registry.example.com/ml/serving"
SIZE = 4_100_000_000
NOW = "2026-11-28T12:00:00Z"

Change = str | int | bool | dict[str, Any] | list[Any] | None


def release(changes: Mapping[str, Change] | None = None, *, sealed: bool = False) -> Facts:
    """Make the facts that are in the manifest itself.

    Args:
        changes: New values by JSON pointer; None takes the value out.
        sealed: Whether it counts as a sealed manifest.
    """
    from weighbridge.codec.manifest import read_release  # noqa: PLC0415 - examples alone need it

    document = _manifest()
    for at, value in (changes or {}).items():
        _change(document, pointer_parts(at), value)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    read, places = read_release(text.encode(), "release.yaml")
    return Facts(release=read, document=places, sealed=sealed, credentials=())


def build(**changes: Any) -> BuildRecord:  # noqa: ANN401 - fields of a record
    """Make a record of a build that is whole and read what is declared."""
    plain = BuildRecord(
        command=("python", "train.py"),
        working_directory=".",
        outputs=(BuildOutput(path=MODEL, digest=DIGEST, size=SIZE),),
        inputs=(
            BuildInput(path="data/a.csv", digest=OTHER_DIGEST, size=9, origin=Origin.DECLARED),
            BuildInput(path="train.py", digest=LOCK_DIGEST, size=99, origin=Origin.SOURCE),
        ),
        system="Linux 6.1",
        libc=CLibrary(kind="glibc", version="2.36"),
        processor=Processor(architecture="x86_64"),
        usable=2,
        gpus=Gpus(),
        started=NOW,
        finished=NOW,
        witness=Witness.STRACE,
        cpu_milliseconds=60_000,
        wall_milliseconds=60_000,
        version="0.1.0",
    )
    return replace(plain, **changes)


def unseen_builds() -> list[Example]:
    """Show builds of which too little was seen to judge them."""
    bare = release()
    return [
        Example(
            title="nobody saw what C opened",
            facts=replace(bare, build=build(witness=Witness.AUDIT_HOOK)),
            verdict=Verdict.INCONCLUSIVE,
            seen="audit-hook",
        ),
        Example(
            title="a record that was damaged",
            facts=replace(bare, build=Unavailable("the record is not what was written")),
            verdict=Verdict.INCONCLUSIVE,
            seen="not what was written",
        ),
    ]


def file(
    path: str = MODEL,
    *,
    digest: str = DIGEST,
    size: int = SIZE,
    structure: Structure | Unavailable | None = None,
) -> dict[str, ObservedFile | Unavailable]:
    """Make the fact that a file was read."""
    found = (
        Structure(format="safetensors", status="complete", size=size, coverage=size)
        if structure is None
        else structure
    )
    return {path: ObservedFile(path=path, size=size, digest=digest, structure=found)}


def directory(
    path: str,
    names: Sequence[str],
    *,
    digest: str = DIGEST,
    declared: Sequence[ListingEntry] | Unavailable,
) -> dict[str, ObservedDirectory | Unavailable]:
    """Make the fact that a directory was read; each of its files is one byte long."""
    entries = tuple(entry(name) for name in names)
    listing = declared if isinstance(declared, Unavailable) else tuple(declared)
    return {
        path: ObservedDirectory(entries=entries, digest=digest, size=len(entries), declared=listing)
    }


def image(
    *,
    platforms: Sequence[tuple[str, str]] = (("linux", "amd64"),),
    base: tuple[str, ...] | Unavailable = (DIGEST,),
    status: Status = "complete",
    files_inside: Sequence[ImageFile] = (),
    **changes: Any,  # noqa: ANN401 - a field of the image, of its configuration, of its inventory
) -> dict[str, ImageFacts]:
    """Make the fact that the container image was read; it has one layer.

    Args:
        platforms: What it runs on.
        base: What its base unfolds to.
        status: How far it was read.
        files_inside: Files in it that were looked into.
        changes: Other values of what was observed, by the names of its fields.
    """
    found = tuple(Platform(os=os, architecture=processor) for os, processor in platforms)
    config: dict[str, Any] = {"platform": found[0], "diff_ids": (DIGEST,), "user": "app"}
    inside: dict[str, Any] = {"files": 1}
    whole: dict[str, Any] = {"mismatches": (), "secrets": (), "digest": DIGEST}
    for name, value in changes.items():
        parts = (whole, config, inside)
        holder = next((part for part in parts if name in part), inside)
        holder[name] = value
    layer = ImageLayer(digest=DIGEST, diff_id=DIGEST, size=SIZE, compression="none")
    image = ObservedImage(
        name=IMAGE,
        manifest=DIGEST,
        platforms=found,
        config=ImageConfig(**config),
        layers=(layer,),
        structure=Structure(format="oci-layout", status=status, size=SIZE, coverage=SIZE),
        inventory=Inventory(**inside),
        files=tuple(files_inside),
        **whole,
    )
    return {IMAGE: ImageFacts(image=image, base=base)}


def unseen_image() -> dict[str, ImageFacts]:
    """Make the fact that the container image could not be had."""
    gone = Unavailable("no copy of it was named", "name one with --image")
    return {IMAGE: ImageFacts(image=gone, base=gone)}


def with_image(changes: Mapping[str, Change] | None = None) -> Facts:
    """Make the facts of a manifest that declares a container image."""
    declared: dict[str, Change] = {
        "/spec/environment/image/ref": IMAGE,
        "/spec/environment/image/digest": DIGEST,
    }
    return release(declared | dict(changes or {}))


def with_targets(*targets: Mapping[str, Any]) -> Facts:
    """Make the facts of a manifest with targets on Linux, x86-64, named `edge`, then `edge1`."""
    listed = [
        {"name": f"edge{index or ''}", "os": "linux", "arch": "x86_64", **target}
        for index, target in enumerate(targets)
    ]
    return release({"/spec/compatibility/targets": listed})


def read_as(
    base: Facts, cases: Iterable[tuple[str, Structure | Unavailable, Verdict, str]]
) -> list[Example]:
    """Make an example of each (title, what the file was read as, verdict, text to be seen)."""
    return [
        Example(
            title=title,
            facts=replace(base, files=file(structure=structure)),
            verdict=verdict,
            seen=seen,
        )
        for title, structure, verdict, seen in cases
    ]


def unread_lock(base: Facts) -> Example:
    """Make the example of a lock that says nothing: whatever is asked of it stays open."""
    return Example(
        title="a lock that cannot be read",
        facts=replace(base, locks={LOCK: Unavailable("it is not UTF-8")}),
        verdict=Verdict.INCONCLUSIVE,
        seen="not UTF-8",
    )


def entry(path: str, digest: str = DIGEST) -> ListingEntry:
    """Make a line of a listing."""
    return ListingEntry(path=path, size=1, digest=digest)


def lock(
    *pins: Pin,
    digest: str = LOCK_DIGEST,
    kind: str = "requirements",
    requires_python: str = "",
    inputs: Sequence[InputRequirement] = (),
    **of_lock: Any,  # noqa: ANN401 - any other field of a lock
) -> dict[str, ObservedLock | Unavailable]:
    """Make the fact that the runtime lock was read."""
    found = Lock(format=kind, requires_python=requires_python, pins=pins, **of_lock)
    return {LOCK: ObservedLock(path=LOCK, digest=digest, lock=found, inputs=tuple(inputs))}


def _manifest() -> dict[str, Any]:
    return {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "ModelRelease",
        "metadata": {
            "name": "file-type-detector",
            "version": "1.4.0",
            "owner": {"team": "content-safety", "contact": "content-safety@example.com"},
        },
        "spec": {
            "source": {},
            "model": {"name": "file-type-detector"},
            "environment": {"runtime": {"implementation": "cpython", "version": "3.11.7"}},
            "dependencies": {
                "runtime": {"lock": LOCK, "format": "requirements", "digest": LOCK_DIGEST}
            },
            "artifacts": [
                {
                    "name": "model",
                    "role": "weights",
                    "path": MODEL,
                    "format": "safetensors",
                    "size": SIZE,
                    "digest": DIGEST,
                }
            ],
        },
    }


def _change(tree: Any, parts: list[str], value: Change) -> None:  # noqa: ANN401
    """Set or remove one value, making the mappings on the way to it."""
    *outer, last = parts
    for part in outer:
        tree = tree[int(part)] if isinstance(tree, list) else tree.setdefault(part, {})
    if isinstance(tree, list):
        tree[int(last) :] = [value]
    elif value is None:
        tree.pop(last, None)
    else:
        tree[last] = value
