"""A bill of materials of the release contradicts itself, or is not that of its lock.

## What it checks

Every artifact that is a bill of materials (CycloneDX or SPDX 3 in JSON), for what no schema sees:
references to nothing, references that name two things, hashes of another length than their
algorithm's, package addresses that are none, licence expressions that are none. One that says it is
about this release, or does not say, is also held against the runtime lock (each package in it with
a hash the lock admits, each pin in the bill), against the base model and the datasets of
`spec.lineage` (each there, with a licence), and against the chat templates the artifacts hold.

## Why it matters

Scanners and auditors work from the bill alone. A package that is missing from it is never looked
up when the next advisory comes; a hash that is none can be compared with nothing.

## How to fix

Write it anew from the release: `weighbridge sbom --output sbom.cdx.json`. One of somebody else goes
back to where it is from; `weighbridge sbom FILE --against release.yaml` says what is wrong with it.

## Example

The lock pins `numpy==2.1.0`; the bill lists `pkg:pypi/numpy@2.0.0`: fails twice.

## References

- CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/
- SPDX 3.0.1, https://spdx.github.io/spdx-spec/v3.0.1/
- Package URL (ECMA-427); SPDX licence expressions (SPDX 2.3, annex D)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.codec.sbom import against
from weighbridge.model.bill import Component
from weighbridge.model.fact import ObservedFile, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.model.structure import BILL_SUBJECT, TEMPLATE_DIGEST, Problem, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.bill import Inconsistency
    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Lock
    from weighbridge.model.release import Artifact

CODE: Final = "DEP017"
_BILLS: Final = frozenset({"cyclonedx", "spdx"})
_MEDIA_TYPES: Final = ("application/vnd.cyclonedx", "application/spdx")
_REMEDIES: Final = ("write it anew: `weighbridge sbom --output FILE`",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ABill:
    """A file that is a bill of materials, or should be one.

    Attributes:
        path: Its path.
        file: What was observed of it.
    """

    path: str
    file: ObservedFile | Unavailable


def each(facts: Facts) -> Iterator[Item[ABill]]:
    """Yield every artifact that is a bill, or that the manifest says is one."""
    for item in items.artifacts(facts):
        path = item.value.artifact.path
        if path is None:
            continue
        folder = f"{path.rstrip('/')}/"
        within = (one for one in sorted(facts.files) if one == path or one.startswith(folder))
        for one in within if path in facts.directories else (path,):
            file = facts.files.get(one, items.NOT_LOOKED_AT)
            if _is_bill(file) or _is_said_to_be(item.value.artifact):
                value = ABill(path=one, file=file)
                yield Item(subject=one, location=item.location, value=value)


def _is_bill(file: ObservedFile | Unavailable) -> bool:
    structure = file if isinstance(file, Unavailable) else file.structure
    return isinstance(structure, Structure) and structure.format in _BILLS


def _is_said_to_be(artifact: Artifact) -> bool:
    return artifact.format in _BILLS or (artifact.media_type or "").startswith(_MEDIA_TYPES)


def judge(bill: ABill, facts: Facts) -> Iterator[Judgement]:
    """Say what is wrong with a bill by itself, and as one of this release."""
    structure = observed(observed(bill.file).structure)
    if structure.format not in _BILLS:
        yield Judgement(
            message=f"{bill.path} is no bill of materials we know, though the manifest says so",
            seen=structure.format,
            wanted="CycloneDX or SPDX 3, in JSON",
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    if structure.status != "complete":
        yield Judgement(
            message=f"{bill.path} could not be read to its end: {structure.reason}",
            verdict=Verdict.INCONCLUSIVE,
        )
        return
    for problem in structure.problems:
        if problem.code == CODE:
            message = f"{bill.path} contradicts itself"
            yield _judgement(message, problem.message, problem.wanted)
    if _is_of_this_release(structure, facts):
        for one in _against(structure, facts):
            message = f"{bill.path} is not the bill of this release"
            yield _judgement(message, one.message, one.wanted)


def _judgement(message: str, seen: str, wanted: str) -> Judgement:
    return Judgement(
        message=message,
        seen=seen,
        wanted=wanted,
        cause="it was written for another state of the release, or by a tool that checks little",
        remediation=_REMEDIES,
    )


def _is_of_this_release(structure: Structure, facts: Facts) -> bool:
    """Whether a bill is about this release: it names it, or nothing, and lists packages."""
    name = dict(structure.metadata).get(BILL_SUBJECT, "")
    release = facts.release
    if release is None:
        return False
    model = release.spec.model.name
    lock = release.spec.dependencies.runtime.lock
    if name:
        return name in {release.metadata.name, model, lock, lock.rpartition("/")[2]}
    return against.lists_packages(structure.components)


def _against(structure: Structure, facts: Facts) -> Iterator[Inconsistency]:
    release = facts.release
    if release is None:
        return
    listed, spec = structure.components, release.spec
    runtime, *others = (_lock(facts, file.lock) for _, file in spec.dependencies.locks())
    # A lock that cannot be read leaves open what should be in the bill.
    lock = observed(runtime)
    further = [one for one in others if not isinstance(one, Unavailable)]
    yield from against.against_lock(listed, lock, others=further)
    lineage = spec.lineage
    base = [lineage.base_model] if lineage and lineage.base_model else []
    named = [*base, *((lineage.datasets or []) if lineage else [])]
    yield from against.without_licence(listed, [one.ref for one in named])
    yield from against.without_templates(listed, _templates(facts))


def _lock(facts: Facts, path: str) -> Lock | Unavailable:
    seen = facts.locks.get(path, items.NOT_LOOKED_AT)
    return seen if isinstance(seen, Unavailable) else seen.lock


def _templates(facts: Facts) -> dict[str, str]:
    """Find the chat templates in the artifacts: their digests, by where each stands."""
    found = {}
    for path, file in sorted(facts.files.items()):
        structure = file if isinstance(file, Unavailable) else file.structure
        for part in structure.walk() if isinstance(structure, Structure) else ():
            for name, value in part.metadata:
                digest, _, place = value.partition(" ")
                if name == TEMPLATE_DIGEST:
                    found[f"{path}: {place}"] = digest
    return found


def examples() -> list[Example]:
    """Show a bill in step with its lock, and what can be wrong with one."""
    path = "sbom.cdx.json"
    hashed = "sha256:" + "d" * 64
    release = sample.release(
        {
            "/spec/artifacts/0": {
                "name": "sbom",
                "role": "schema",
                "path": path,
                "mediaType": "application/vnd.cyclonedx+json",
            }
        }
    )
    pin = Pin(name="numpy", version="2.1.0", hashes=(hashed,), hashed=True)
    facts = replace(release, locks=sample.lock(pin))
    numpy = Component(
        kind="library",
        name="numpy",
        version="2.1.0",
        purl="pkg:pypi/numpy@2.1.0",
        hashes=(hashed,),
    )
    sound = Structure(format="cyclonedx", status="complete", components=(numpy,))
    other = replace(numpy, version="2.0.0", purl="pkg:pypi/numpy@2.0.0")
    forged = replace(numpy, hashes=("sha256:" + "e" * 64,))
    short = Problem(code=CODE, message="a SHA-256 hash has 32 characters")
    foreign = replace(sound, components=(other,), metadata=((BILL_SUBJECT, "nginx"),))
    cases: list[tuple[str, Structure | Unavailable, Verdict, str]] = [
        ("a bill in step with the lock", sound, Verdict.PASS, ""),
        (
            "a package in another version",
            replace(sound, components=(other,)),
            Verdict.FAIL,
            "numpy 2.0.0 is not in the lock",
        ),
        ("a forged hash", replace(sound, components=(forged,)), Verdict.FAIL, "not in the lock"),
        ("a hash that is none", replace(sound, problems=(short,)), Verdict.FAIL, "32 characters"),
        ("the bill of something else", foreign, Verdict.PASS, ""),
        (
            "a bill that was not read to its end",
            replace(sound, status="incomplete", reason="it has too much"),
            Verdict.INCONCLUSIVE,
            "too much",
        ),
        ("a file nobody could read", Unavailable("not readable"), Verdict.INCONCLUSIVE, ""),
    ]
    return [
        Example(
            title=title,
            facts=replace(facts, files=sample.file(path, structure=structure)),
            verdict=verdict,
            seen=seen,
        )
        for title, structure, verdict, seen in cases
    ]


RULE = Rule(
    code=CODE,
    name="sbom-inconsistent",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
