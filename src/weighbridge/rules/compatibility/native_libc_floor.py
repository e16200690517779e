"""Native code needs another processor, or a newer C library, than it is said to run on.

## What it checks

The ELF files in a wheel against its platform tags: the processor they are for, and the newest
versions of glibc, GLIBCXX and CXXABI symbols they need. A tag promises the oldest system it names:
of `manylinux_2_17.manylinux_2_28` that is glibc 2.17. Libraries the wheel brings along do not
count. Then the same files, and ELF files that are artifacts themselves, against
`spec.compatibility.targets`: processor, its level (`cpu`), C library and its version, where a
target states them. The version of glibc also says which libstdc++ its distribution has, unless
the release brings another. A wheel need not fit a target that another wheel of the same package
fits.

The level is what the file's own notes say it needs (`x86-64-v3`); a wheel's tag promises that any
x86-64 will do. Most files say nothing, and what they choose at run time is not seen.

## Why it matters

The import fails on the older system with `version 'GLIBC_2.28' not found`, in production, and
nowhere before: the installer believes the tag, and the machine that built the wheel is newer. A
library for a newer processor is refused by the loader, or dies of an illegal instruction.

## How to fix

Build in the image of the tag (`quay.io/pypa/manylinux2014_x86_64`), and let `auditwheel repair`
choose the tag. Or take a wheel for the system you have, or correct the target. For older
processors leave out `-march` and `-z x86-64-v3`.

## Example

A wheel tagged `manylinux2014_x86_64` whose library needs `GLIBC_2.28` of `libc.so.6` fails.

## References

- PEP 600, manylinux: https://peps.python.org/pep-0600/
- PEP 656, musllinux: https://peps.python.org/pep-0656/
- auditwheel's policies: https://github.com/pypa/auditwheel
- x86-64 psABI, levels of processors: https://gitlab.com/x86-psABIs/x86-64-ABI
- libstdc++, symbol versions: https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.structure import Structure
from weighbridge.rules import items, native, sample, wheel_names
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.fact import Facts, ObservedFile

TARGETS = "/spec/compatibility/targets"
_NAMED = 3
_REBUILD = "build it in the image of the oldest system it is to run on"
_RETAG = "or tag it for the system it needs: `auditwheel repair`"
_OLDER = "build it for older processors: without `-march` and `-z x86-64-v3`"
_NEWER = "or state the `cpu` of the target, if all its processors are newer"


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Hold the native code of a file against the tags of its wheel and the release's targets."""
    file = observed(examined.file)
    structure = observed(file.structure)
    libraries = native.libraries(structure)
    asked = False
    for path, wheel in wheel_names.wheels(file, structure):
        systems = _promised(path, wheel)
        asked = asked or bool(systems)
        yield from _against_tags(path, wheel, systems)
    targets = _targets(facts)
    yield from _against_targets(file, libraries, targets, facts)
    unread = [part.container or file.path for part in libraries if part.status != "complete"]
    if unread and (asked or targets):
        yield Judgement(
            message=f"what {wording.some_of(unread, _NAMED)} of {file.path} needs is not known: "
            "it was not read to its end",
            verdict=Verdict.INCONCLUSIVE,
        )


# Wheels -----------------------------------------------------------------------------------------


def _promised(path: str, wheel: Structure) -> list[native.System]:
    """List the oldest Linux a wheel's tags promise to run on, for each architecture and libc."""
    oldest: dict[tuple[str, str], native.System] = {}
    for tag in wheel_names.tags_of(path, wheel):
        system = native.system_of(tag.platform)
        if system is not None:
            known = oldest.setdefault((system.arch, system.libc), system)
            if system.version < known.version:
                oldest[system.arch, system.libc] = system
    return [oldest[key] for key in sorted(oldest)]


def _against_tags(path: str, wheel: Structure, systems: list[native.System]) -> Iterator[Judgement]:
    libraries = native.libraries(wheel)
    if not libraries or not systems:
        return
    foreign = [
        part for part in libraries if not any(native.runs_on(part, system) for system in systems)
    ]
    # Beside the right ones, a helper for another processor may lie in a wheel (debuggers do).
    if foreign and len(foreign) == len(libraries):
        yield _foreign(path, foreign, [system.name for system in systems])
    bundled = {wheel_names.file_name(part.container) for part in wheel.walk() if part.container}
    for system in systems:
        fitting = [part for part in libraries if native.runs_on(part, system)]
        if system.libc:
            yield from _lacking(path, fitting, system, bundled)
        elif fitting:
            yield _promises_nothing(path, fitting, system)


def _foreign(path: str, libraries: list[Structure], names: list[str]) -> Judgement:
    machines = sorted({word for part in libraries for word in wheel_names.said(part, "machine")})
    return Judgement(
        message=f"{path} is for {' and '.join(names)}, but its native code is for "
        f"{' and '.join(machines)}",
        seen=", ".join(machines),
        wanted=", ".join(names),
        cause="it was built for one system and named after another",
        remediation=("take the build for that processor", "or correct the tag or the target"),
    )


def _lacking(
    path: str, libraries: list[Structure], system: native.System, bundled: Iterable[str]
) -> Iterator[Judgement]:
    """Judge what a system lacks for libraries: one judgement, the worst library first."""
    known = frozenset(bundled)
    by_offer: dict[str, list[tuple[native.Lack, Structure]]] = {}
    for part in libraries:
        for lack in native.lacks(part, system, known):
            by_offer.setdefault(lack.offered, []).append((lack, part))
    for offered, each in by_offer.items():
        lack, worst = max(each, key=lambda found: found[0].rank)
        needed = lack.needed
        more = [wheel_names.file_name(part.container) for _, part in each if part is not worst]
        inside = f"{path}!/{worst.container}" if worst.container else path
        cause = "it was built on a newer system, or for another"
        steps = (_OLDER, _NEWER) if lack.of_processor else (_REBUILD, _RETAG)
        yield Judgement(
            message=f"{inside} needs {needed}, and {system.name} has {offered}",
            seen=needed,
            wanted=f"at most {offered}",
            cause=f"{cause}; so were {wording.some_of(more, _NAMED)}" if more else cause,
            remediation=steps,
        )


def _promises_nothing(path: str, libraries: list[Structure], system: native.System) -> Judgement:
    """Note what a wheel needs whose tag says nothing of the C library."""
    newest = max((native.newest_glibc(part) for part in libraries), default=())
    needs = f"glibc {'.'.join(map(str, newest))}" if newest else "no version of glibc"
    return Judgement(
        message=f"{path} is tagged {system.name}, which says nothing of the C library; "
        f"it needs {needs}",
        seen=needs,
        wanted="a manylinux or musllinux tag",
        cause="it was not built to be handed on: no index takes such a wheel",
        remediation=("run `auditwheel repair`, which chooses the tag",),
        severity=Severity.NOTE,
    )


# Targets ----------------------------------------------------------------------------------------


def _targets(facts: Facts) -> list[native.System]:
    """List the targets it is judged for; on those of another system no ELF file runs."""
    declared = (item.value.target for item in items.targets(facts))
    return [
        native.System(
            name=f"target {target.name}",
            arch=target.arch if target.os == "linux" else native.NOWHERE,
            libc=target.libc or "",
            version=native.number(target.libc_version or ""),
            cxx=native.DISTRIBUTIONS,
            cpu=getattr(target, "cpu", None) or "",
        )
        for target in declared
        if TODO not in {target.os, target.arch, target.libc}
    ]


def _against_targets(
    file: ObservedFile, libraries: list[Structure], targets: list[native.System], facts: Facts
) -> Iterator[Judgement]:
    if not libraries or not targets:
        return
    reached = False
    bundled: set[str] | None = None
    for target in targets:
        own = [part for part in libraries if native.runs_on(part, target)]
        reached = reached or bool(own)
        lacking = list(_lacking(file.path, own, target, bundled or ()))
        if lacking and bundled is None:
            bundled = _brought(facts)
            lacking = list(_lacking(file.path, own, target, bundled))
        if lacking and not _another_fits(file, target, facts):
            yield from lacking
    if not reached:
        yield _foreign(file.path, libraries, [target.name for target in targets])


def _brought(facts: Facts) -> set[str]:
    """List the file names of all libraries the release brings along, in whatever wheel."""
    structures = [getattr(other, "structure", None) for other in facts.files.values()]
    return {
        wheel_names.file_name(part.container)
        for structure in structures
        if isinstance(structure, Structure)
        for part in structure.walk()
        if part.container and part.format == "elf"
    }


def _another_fits(file: ObservedFile, target: native.System, facts: Facts) -> bool:
    """Whether the release has another wheel of the same distribution that fits a target."""
    structure = observed(file.structure)
    own = wheel_names.distribution(structure) if structure.format == "wheel" else ""
    for path, other in facts.files.items() if own else ():
        found = getattr(other, "structure", None)
        if path == file.path or not isinstance(found, Structure) or found.format != "wheel":
            continue
        libraries = native.libraries(found)
        if wheel_names.distribution(found) == own and not any(
            not native.runs_on(part, target) or list(native.lacks(part, target))
            for part in libraries
        ):
            return True
    return False


def examples() -> list[Example]:
    """Show a wheel that keeps its tag's promise, some that do not, and a library on a target."""
    old = _library("libc.so.6: GLIBC_2.17", "libstdc++.so.6: GLIBCXX_3.4.19")
    new = _library("libc.so.6: GLIBC_2.28")
    arm = _library("libc.so.6: GLIBC_2.17", machine="aarch64")
    leveled = replace(old, metadata=(*old.metadata, ("isa-needed", "x86-64-v3")))
    cut = replace(old, status="incomplete", reason="it is too long")
    tagged = "manylinux_2_17_x86_64.manylinux2014_x86_64"
    cases = [
        ("a wheel that needs what its tag promises", tagged, old, Verdict.PASS, ""),
        ("a wheel that needs a newer glibc", tagged, new, Verdict.FAIL, "GLIBC_2.28 of libc.so.6"),
        ("a wheel for another processor", tagged, arm, Verdict.FAIL, "native code is for aarch64"),
        ("a glibc library tagged for musl", "musllinux_1_2_x86_64", old, Verdict.FAIL, "has musl"),
        ("a tag without a C library", "linux_x86_64", new, Verdict.FAIL, "it needs glibc 2.28"),
        ("a library for newer processors", tagged, leveled, Verdict.FAIL, "needs x86-64-v3 of the"),
        ("a library that was not read", tagged, cut, Verdict.INCONCLUSIVE, "not known"),
    ]
    shown = [_in_wheel(*case) for case in cases]
    base = sample.release(
        {
            "/spec/artifacts/0/format": "elf",
            TARGETS: [
                {
                    "name": "edge",
                    "os": "linux",
                    "arch": "x86_64",
                    "libc": "glibc",
                    "libcVersion": "2.17",
                }
            ],
        }
    )
    alone = [
        ("a library for the release's target", old, Verdict.PASS, ""),
        ("a library too new for the target", new, Verdict.FAIL, "target edge has GLIBC_2.17"),
        ("a library for no target", arm, Verdict.FAIL, "is for target edge"),
    ]
    return [*shown, *sample.read_as(base, alone)]


def _library(*versions: str, machine: str = "x86_64") -> Structure:
    needs = tuple(("symbol-version", version) for version in versions)
    return Structure(
        format="elf",
        status="complete",
        container="demo/fast.so",
        metadata=(("machine", machine), ("needed", "libc.so.6"), *needs),
    )


def _in_wheel(
    title: str, platform: str, library: Structure, verdict: Verdict, seen: str
) -> Example:
    name = f"demo-1.0-cp311-cp311-{platform}.whl"
    wheel = Structure(format="wheel", status="complete", members=(library,))
    changes: dict[str, sample.Change] = {
        "/spec/artifacts/0/path": name,
        "/spec/artifacts/0/format": "wheel",
    }
    facts = replace(sample.release(changes), files=sample.file(name, structure=wheel))
    return Example(title=title, facts=facts, verdict=verdict, seen=seen)


RULE = Rule(
    code="CMP009",
    name="native-libc-floor",
    severity=Severity.WARNING,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
