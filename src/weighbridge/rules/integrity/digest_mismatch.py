"""A file of the release is not the file the manifest was written for.

## What it checks

The digest of every artifact against `spec.artifacts[].digest`, and its size against `size`. For a
directory whose listing a registry holds, each changed or vanished file is named; otherwise the
directory as a whole. An artifact that has only a `uri` is not fetched and stays inconclusive.

## Why it matters

Everything that was measured, reviewed and approved was measured on the bytes of that digest. Other
bytes are another model, whether an upload broke off, a training run wrote over the file, or
somebody put a prepared file in its place.

## How to fix

If the change is wanted, run `weighbridge capture --update` and let it be reviewed like any other.
If it is not, restore the file from where the release came from.

## Example

    artifacts:
      - {name: model, role: weights, path: model.safetensors, digest: "sha256:9f2c…"}

fails if the sha256 of `model.safetensors` is not `9f2c…`.

## References

- OCI image specification 1.1, descriptors: https://github.com/opencontainers/image-spec
- FIPS 180-4, Secure Hash Standard
- SLSA 1.0, verifying artifacts: https://slsa.dev/spec/v1.0/verifying-artifacts
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import NotObservedError, ObservedDirectory, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, ObservedFile
    from weighbridge.model.listing import ListingEntry

CAPTURE = "run `weighbridge capture --update` if the change is wanted"


def judge(declared: items.Declared, facts: Facts) -> Iterator[Judgement]:
    """Hold what was read against what is declared."""
    artifact = declared.artifact
    if artifact.path is None:
        raise NotObservedError(items.NOT_FETCHED)
    if artifact.digest is not None or artifact.size is not None:
        seen = items.weighed(facts, artifact.path)
        if isinstance(seen, Unavailable):
            raise NotObservedError(seen)
        if artifact.digest not in (None, seen.digest):
            yield from _changed(declared, artifact.path, seen, facts)
        elif artifact.size not in (None, seen.size):
            yield Judgement(
                message=f"size of {artifact.path} differs from the manifest",
                location=items.place(facts, declared.pointer + "/size"),
                seen=f"{seen.size} bytes",
                wanted=f"{artifact.size} bytes",
                remediation=(CAPTURE, "or restore the file"),
            )


def _changed(
    declared: items.Declared, path: str, seen: ObservedFile | ObservedDirectory, facts: Facts
) -> Iterator[Judgement]:
    whole = Judgement(
        message=f"digest of {path} differs from the manifest",
        location=items.place(facts, declared.pointer + "/digest"),
        seen=wording.sized(seen.digest, seen.size),
        wanted=wording.sized(declared.artifact.digest or "", declared.artifact.size),
        cause=_cause(declared.artifact.size, seen.size),
        remediation=(CAPTURE, "or restore the file the manifest was written for"),
    )
    if not isinstance(seen, ObservedDirectory):
        yield whole
        return
    named = [] if isinstance(seen.declared, Unavailable) else list(_files(path, seen))
    if not named:
        unknown = isinstance(seen.declared, Unavailable)
        why = (
            "which of its files changed is not known"
            if unknown
            else "it has files that no listing names"
        )
        yield replace(whole, cause=why)
    for name, before, after in named:
        yield replace(
            whole,
            message=f"{name} is {'gone' if after is None else 'changed'}",
            subject=name,
            seen="no such file" if after is None else wording.sized(after.digest, after.size),
            wanted=wording.sized(before.digest, before.size),
            cause="" if after is None else _cause(before.size, after.size),
        )


def _files(
    path: str, seen: ObservedDirectory
) -> Iterator[tuple[str, ListingEntry, ListingEntry | None]]:
    """Pair each declared file that is not as it was with what stands in its place."""
    now = {entry.path: entry for entry in seen.entries}
    for before in observed(seen.declared):
        after = now.get(before.path)
        if after != before:
            yield f"{path.rstrip('/')}/{before.path}", before, after


def _cause(wanted: int | None, seen: int) -> str:
    if wanted is None:
        return "the bytes changed after the manifest was written"
    if wanted == seen:
        return "the size is the same: the bytes were changed, not cut off"
    word = "shorter" if seen < wanted else "longer"
    return f"the content is {wording.plural(abs(wanted - seen), 'byte')} {word} than declared"


def examples() -> list[Example]:
    """Show a file and a directory, as declared, changed and not read."""
    known = [sample.entry("config.json"), sample.entry("weights.bin")]
    folder = sample.release({"/spec/artifacts/0/path": "model", "/spec/artifacts/0/size": None})
    changed = sample.directory("model", ["config.json"], digest=sample.OTHER_DIGEST, declared=known)
    release = sample.release()
    return [
        Example(
            title="the declared bytes",
            facts=replace(release, files=sample.file()),
            verdict=Verdict.PASS,
        ),
        Example(
            title="other bytes",
            facts=replace(release, files=sample.file(digest=sample.OTHER_DIGEST, size=1_000)),
            verdict=Verdict.FAIL,
            seen="(1.0 kB)",
        ),
        Example(
            title="a file of a directory is gone",
            facts=replace(folder, directories=changed),
            verdict=Verdict.FAIL,
            seen="model/weights.bin is gone",
        ),
        Example(
            title="a file that may not be read",
            facts=replace(release, files={sample.MODEL: Unavailable("permission denied")}),
            verdict=Verdict.INCONCLUSIVE,
            seen="permission denied",
        ),
    ]


RULE = Rule(
    code="INT001",
    name="digest-mismatch",
    severity=Severity.ERROR,
    each=items.parts,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
