"""A directory or a packed release holds a file that nothing sealed names.

## What it checks

Every file below an artifact that is a directory, hidden files and folders included, against the
listing its digest stands for. Files elsewhere in the repository are not the release's and are not
looked at. A packed release (`oci://…`) is the release's alone: every file in it that the sealed
manifest does not account for is named, and every layer whose bytes are not those of its digest.

## Why it matters

Loaders of model folders pick files up by name: a `tokenizer.py`, a second shard or a
`pytorch_model.bin` beside the safetensors file is loaded without anybody having listed it. Some
verifiers overlook what lies under hidden folders such as `.git/`; attackers know.

## How to fix

Delete the file, move it out of the directory, or run `weighbridge capture --update` if it belongs
to the release. A packed release is pushed again, by `weighbridge push`.

## Example

A folder sealed with `config.json` and `model.safetensors` fails once it also holds
`.cache/extra.bin`.

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
from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts


def each(facts: Facts) -> Iterator[Item[items.Declared | Stray]]:
    """Yield strays, and the artifacts that are directories, by what is there or is declared."""
    for stray in facts.strays:
        yield Item(subject=stray.path, location=items.place(facts, ""), value=stray)
    for item in items.artifacts(facts):
        artifact = item.value.artifact
        if artifact.path in facts.directories or (
            artifact.path and artifact.media_type in MEDIA_TYPES
        ):
            yield Item(subject=item.subject, location=item.location, value=item.value)


def judge(declared: items.Declared | Stray, facts: Facts) -> Iterator[Judgement]:
    """Hold the files that are there against the listing."""
    if isinstance(declared, Stray):
        yield _stray(declared)
        return
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
    """Show a directory as listed, with a hidden file more, and with an unknown listing."""
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
