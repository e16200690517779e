"""A package of the operating system is not fixed, or is another one in the container image.

## What it checks

Each of `spec.environment.os.packages`: its version is one and no channel such as `stable`, and
`spec.environment.os.snapshot` says which state of the archive it is installed from, since the
archives of distributions throw old versions away. Where the manifest declares a container image,
that it has these packages in these versions.

## Why it matters

`apt-get install libgomp1` is another library after every security update, and the version that was
tested is soon gone from the archive: then the image cannot be built again.

## How to fix

Name the version (`dpkg-query --show`) and the day of the archive, and install from that:
snapshot.debian.org and snapshot.ubuntu.com keep every day. Build the image again from the same.

## Example

    os:
      distribution: debian
      release: "12"
      snapshot: "2026-11-01"                                     # absent: fails
      packages: [{name: libgomp1, version: "12.2.0-14+deb12u1"}]

## References

- Debian snapshot archive: https://snapshot.debian.org/
- deb-version(7); reproducible-builds.org, archive of build dependencies
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model import wording
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import InstalledPackage
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.environment import OperatingSystem, OsPackage

_AT: Final = "/spec/environment/os"


def system(facts: Facts) -> Iterator[Item[OperatingSystem]]:
    """Yield the operating system of a release, if packages of it are declared."""
    declared = facts.release.spec.environment.os if facts.release else None
    if declared is not None and declared.packages:
        yield Item(
            subject=declared.distribution,
            location=items.place(facts, f"{_AT}/packages"),
            value=declared,
        )


def judge(declared: OperatingSystem, facts: Facts) -> Iterator[Judgement]:
    """Say which packages are not fixed, and which are others in the image."""
    packages = declared.packages or []
    for at, package in enumerate(packages):
        if _is_channel(package.version):
            yield Judgement(
                message=f"{package.name} has no version but {package.version}",
                subject=package.name,
                location=items.place(facts, f"{_AT}/packages/{at}"),
                seen=package.version,
                wanted="the version that is installed, such as 12.2.0-14",
                remediation=("ask the image: `dpkg-query --show`, `apk list -I`, or `rpm -qa`",),
            )
    if declared.snapshot is None and not items.is_todo(facts, f"{_AT}/snapshot"):
        yield _no_snapshot(packages)
    for item in items.images(facts):
        inventory = observed(observed(item.value.image).inventory)
        yield from _in_image(packages, inventory.packages, inventory.unread, facts)


def _is_channel(version: str) -> bool:
    return version != TODO and not any(character.isdigit() for character in version)


def _no_snapshot(packages: list[OsPackage]) -> Judgement:
    names = wording.some_of([package.name for package in packages])
    return Judgement(
        message=f"no state of the archive is named that {names} come from",
        seen="no snapshot",
        wanted="a day such as 2026-11-01",
        cause="archives throw old versions away, and the versions named cannot be had again",
        remediation=("install from a snapshot and name it: `spec.environment.os.snapshot`",),
    )


def _in_image(
    packages: list[OsPackage],
    installed: tuple[InstalledPackage, ...],
    unread: tuple[str, ...],
    facts: Facts,
) -> Iterator[Judgement]:
    """Hold what is declared against what an image has."""
    for at, package in enumerate(packages):
        name, _, architecture = package.name.partition(":")
        found = [
            one for one in installed if one.name == name and architecture in ("", one.architecture)
        ]
        if package.version == TODO or any(one.version == package.version for one in found):
            continue
        location = items.place(facts, f"{_AT}/packages/{at}")
        if not found and (unread or not installed):
            message = f"whether the image has {package.name} is not known"
            yield Judgement(
                message=message,
                subject=package.name,
                location=location,
                cause=unread[0]
                if unread
                else "no packages of an operating system were found in it",
                verdict=Verdict.INCONCLUSIVE,
            )
            continue
        seen = ", ".join(sorted({one.version for one in found})) or "not installed"
        yield Judgement(
            message=f"{package.name} of the image is not {package.version}: {seen}",
            subject=package.name,
            location=location,
            seen=seen,
            wanted=package.version,
            cause="the image was built from another state of the archive",
            remediation=(
                "build the image from the snapshot the manifest names",
                "or bring the manifest up to date",
            ),
        )


def examples() -> list[Example]:
    """Show packages that are fixed, one without snapshot, another version, and no image."""
    packages = [{"name": "libgomp1", "version": "12.2.0-14"}]
    declared = {"distribution": "debian", "snapshot": "2026-11-01", "packages": packages}
    release = sample.with_image({_AT: {**declared}})
    right = InstalledPackage(manager="dpkg", name="libgomp1", version="12.2.0-14")
    other = replace(right, version="12.2.0-14+deb12u1")
    loose = sample.release({_AT: {"distribution": "debian", "packages": list(packages)}})
    return [
        Example(
            title="packages as declared",
            facts=replace(release, images=sample.image(packages=(right,))),
            verdict=Verdict.PASS,
        ),
        Example(
            title="packages of no stated archive",
            facts=loose,
            verdict=Verdict.FAIL,
            seen="no snapshot",
        ),
        Example(
            title="another version in the image",
            facts=replace(release, images=sample.image(packages=(other,))),
            verdict=Verdict.FAIL,
            seen="12.2.0-14+deb12u1",
        ),
        Example(
            title="an image that could not be had",
            facts=replace(release, images=sample.unseen_image()),
            verdict=Verdict.INCONCLUSIVE,
        ),
    ]


RULE = Rule(
    code="DEP014",
    name="unpinned-os-package",
    severity=Severity.WARNING,
    each=system,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
