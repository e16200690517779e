"""A directory, packed release or image holds a file that nothing lists.

## What it checks

Every file below an artifact that is a directory, hidden files and folders included, against the
listing its digest stands for. Files elsewhere in the repository are not the release's and are not
looked at. A packed release (`oci://…`) is the release's alone: every file in it that the sealed
manifest does not account for is named, and every layer whose bytes are not those of its digest.

In the container image at `spec.environment.image`, every model: a file, or archive with one, of a
format that models are saved in, and a file that is called like one. It is listed if its digest is
that of an artifact or of a file in one, or if a package that is installed beside it lists it by
digest: `RECORD` of Python's distributions, `md5sums` of Debian's packages. Weights without a
format of their own, other data and programs are not held against anything.

## Why it matters

Loaders of model folders pick files up by name: a `tokenizer.py`, a second shard or a
`pytorch_model.bin` beside the safetensors file is loaded without anybody having listed it. Some
verifiers overlook what lies under hidden folders such as `.git/`; attackers know. A model that
lies in the image beside the one that was weighed is what the server may load instead.

## How to fix

Delete the file, move it out of the directory, or run `weighbridge capture --update` if it belongs
to the release. A packed release is pushed again, by `weighbridge push`. Build the image without the
model, or declare the model as an artifact: then it must be the same to the byte.

## Example

A folder sealed with `config.json` and `model.safetensors` fails once it also holds
`.cache/extra.bin`. An image with a `/srv/model.pkl` that is no artifact fails.

## References

- Open Model Signing specification 1.0: https://github.com/ossf/model-signing-spec
- Hugging Face, custom code in model folders:
  https://huggingface.co/docs/transformers/custom_models
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import Stray, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import ImageFile
from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.model.structure import Structure
from weighbridge.rules import items, promises, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


_NO_MODELS = promises.UNSPECIFIC - {"unknown"} | {"elf", "mach-o", "pe", "wheel"}
_Item = items.Declared | items.SeenImage | Stray


def each(facts: Facts) -> Iterator[Item[_Item]]:
    """Yield strays, directories by what is there or by what is declared, and the image."""
    for stray in facts.strays:
        yield Item(subject=stray.path, location=items.place(facts, ""), value=stray)
    for item in items.artifacts(facts):
        artifact = item.value.artifact
        if artifact.path in facts.directories or (
            artifact.path and artifact.media_type in MEDIA_TYPES
        ):
            yield Item(subject=item.subject, location=item.location, value=item.value)
    for image in items.images(facts):
        yield Item(subject=image.subject, location=image.location, value=image.value)


def judge(one: _Item, facts: Facts) -> Iterator[Judgement]:
    """Hold the files that are there against what is listed."""
    if isinstance(one, Stray):
        yield _stray(one)
    elif isinstance(one, items.SeenImage):
        yield from _in_image(one, facts)
    else:
        yield from _in_directory(one, facts)


def _in_image(seen: items.SeenImage, facts: Facts) -> Iterator[Judgement]:
    image = observed(seen.image)
    listed = _listed(facts)
    for file in image.files:
        if not file.package and file.digest not in listed and _holds_model(file.structure):
            yield Judgement(
                message=f"{seen.name}!/{file.path} is a model that nothing lists",
                subject=f"{seen.name}!/{file.path}",
                seen=f"{file.structure.format}, {wording.sized(file.digest, file.size)}",
                wanted="an artifact of the manifest, or a file of a package, with that digest",
                cause="it was copied into the image, or downloaded while that was built",
                remediation=(
                    "build the image without it",
                    "or declare it as an artifact, so that it is weighed",
                ),
            )
    unread = [part.reason for part in image.structure.members if part.status != "complete"]
    if isinstance(image.inventory, Unavailable):
        unread.append(image.inventory.reason)
    if unread:
        yield Judgement(
            message=f"not every file of {seen.name} is known: {unread[0]}",
            verdict=Verdict.INCONCLUSIVE,
        )


def _holds_model(structure: Structure) -> bool:
    return structure.format == "unknown" or any(
        part.format not in _NO_MODELS and part.format != "unknown" for part in structure.walk()
    )


def _listed(facts: Facts) -> set[str]:
    """List the digests of all files the manifest stands for."""
    found: set[str] = set()
    for item in items.parts(facts):
        artifact = item.value.artifact
        found.add(artifact.digest or "")
        directory = facts.directories.get(artifact.path or "")
        if directory is None or isinstance(directory, Unavailable):
            continue
        same = artifact.digest == directory.digest
        entries = directory.entries if same else directory.declared
        if not isinstance(entries, Unavailable):
            found.update(entry.digest for entry in entries)
    return found


def _in_directory(declared: items.Declared, facts: Facts) -> Iterator[Judgement]:
    path, digest = declared.artifact.path or "", declared.artifact.digest
    directory = observed(facts.directories.get(path, items.NOT_LOOKED_AT))
    if digest in (None, directory.digest):
        return
    listed = {entry.path for entry in observed(directory.declared)}
    for entry in directory.entries:
        if entry.path not in listed:
            name = f"{path.rstrip('/')}/{entry.path}"
            yield Judgement(
                message=f"{name} is not in the directory's listing",
                subject=name,
                location=items.place(facts, declared.pointer + "/digest"),
                seen=wording.sized(entry.digest, entry.size),
                wanted="only the files the digest stands for",
                cause="the file was added after the manifest was written",
                remediation=(
                    "delete the file, or move it out of the directory",
                    "run `weighbridge capture --update` if it belongs to the release",
                ),
            )


def _stray(stray: Stray) -> Judgement:
    other = "the layer {} is not the bytes of its digest"
    more = "{} is not part of the sealed release, or stands twice"
    return Judgement(
        message=(other if stray.wanted else more).format(stray.path),
        seen=stray.seen,
        wanted=stray.wanted or "only what the sealed manifest accounts for",
        remediation=("have the release pushed again, by `weighbridge push`",),
    )


def examples() -> list[Example]:
    """Show a directory as listed, with a hidden file more, with an unknown listing; and images."""
    release = sample.release({"/spec/artifacts/0/path": "model", "/spec/artifacts/0/size": None})
    listing = [sample.entry("config.json")]
    names = ["config.json", ".cache/extra.bin"]
    more = sample.directory("model", names, digest=sample.OTHER_DIGEST, declared=listing)
    unknown = Unavailable("the registry does not hold the listing")
    return [
        Example(
            title="the listed files and no others",
            facts=replace(
                release, directories=sample.directory("model", names[:1], declared=listing)
            ),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a file in a hidden folder",
            facts=replace(release, directories=more),
            verdict=Verdict.FAIL,
            seen="model/.cache/extra.bin",
        ),
        Example(
            title="a file in a packed release that was never sealed",
            facts=replace(sample.release(), strays=(Stray(path="setup.py", seen="sha256:77ab…"),)),
            verdict=Verdict.FAIL,
            seen="setup.py is not part of the sealed release",
        ),
        Example(
            title="another digest, and nobody has the listing",
            facts=replace(
                release,
                directories=sample.directory(
                    "model", names, digest=sample.OTHER_DIGEST, declared=unknown
                ),
            ),
            verdict=Verdict.INCONCLUSIVE,
            seen="does not hold the listing",
        ),
        *_of_images(),
    ]


def _of_images() -> list[Example]:
    pickle = Structure(format="pickle", status="complete", container="srv/model.pkl")
    file = ImageFile(
        path="srv/model.pkl", layer=2, size=1, digest=sample.OTHER_DIGEST, structure=pickle
    )
    cases = [
        ("a model in the image that nothing lists", file, Verdict.FAIL, "nothing lists"),
        (
            "a model in the image that is an artifact",
            replace(file, digest=sample.DIGEST),
            Verdict.PASS,
            "",
        ),
        ("a model of an installed package", replace(file, package="demo 1.0"), Verdict.PASS, ""),
    ]
    release = sample.with_image()
    return [
        Example(
            title=title,
            facts=replace(release, images=sample.image(files_inside=(one,))),
            verdict=verdict,
            seen=seen,
        )
        for title, one, verdict, seen in cases
    ]


RULE = Rule(
    code="INT003",
    name="unlisted-file",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
