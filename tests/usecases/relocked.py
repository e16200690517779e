"""A release whose lock can be made anew offline, and what findings ask of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.usecases.workshop import lay_out, manifest_text, sha256
from tests.wheels import LOCAL, wheel
from weighbridge.adapters.uv.program import Uv, find_uv
from weighbridge.adapters.uv.resolver import UvResolver
from weighbridge.model.finding import Finding, Relock, Severity, Upgrade, Verdict
from weighbridge.model.location import Location
from weighbridge.model.report import ReleaseName, Report, RuleSet
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.remedying.means import Means
from weighbridge.usecases.remedying.relocking import Relocks

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Resolver
    from weighbridge.model.remedy import Mending
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.remedying.relocking import Mended

LOCK = "app==1.0\nlib==1.1\n"


def with_lock(folder: Path, inputs: str, lock: str = LOCK) -> None:
    """Give a release an input and the lock that was made from it."""
    (folder / "requirements.in").write_text(LOCAL + inputs)
    (folder / "requirements.lock").write_text(lock)
    text = (folder / "release.yaml").read_text()
    old = manifest_text().partition("digest: ")[2].partition("}")[0]
    (folder / "release.yaml").write_text(text.replace(old, f'"{sha256(lock.encode())}"'))


def some_wheels(folder: Path) -> None:
    """Make versions of a package, and one that needs it."""
    for version in ("1.0", "1.1", "1.2", "1.3", "2.0"):
        wheel(folder, "lib", version)
    wheel(folder, "app", "1.0", ["lib>=1.0,<2"])


def lay_out_release(folder: Path, inputs: str, lock: str = LOCK) -> Release:
    lay_out(folder)
    some_wheels(folder / "wheels")
    with_lock(folder, inputs, lock)
    return Release(folder)


def local_resolver(root: Path) -> Resolver:
    program = find_uv({})
    assert program is not None
    environ = {"PATH": os.defpath}
    return UvResolver(Uv(program=program, environ=environ, cache=str(root.parent / "uv-cache")))


def finding(remedy: Upgrade | Relock, code: str = "DEP005") -> Finding:
    upgrade = remedy if isinstance(remedy, Upgrade) else None
    return Finding(
        code=code,
        name="known-vulnerability",
        severity=Severity.ERROR,
        verdict=Verdict.FAIL,
        subject="lib",
        message="lib 1.1 is affected",
        location=Location("requirements.lock", 2),
        upgrade=upgrade,
        relock=None if isinstance(remedy, Upgrade) else remedy,
    )


def upgrade(*candidates: str, package: str = "lib", version: str = "1.1") -> Upgrade:
    return Upgrade(
        package=package, version=version, candidates=candidates, lock="requirements.lock"
    )


def report(*findings: Finding) -> Report:
    return Report(
        release=ReleaseName(name="demo", version="1.0.0"),
        rule_set=RuleSet(version="0", digest=""),
        findings=findings,
    )


class Release:
    """A release on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def named(self) -> Named:
        return find_authored(None, start=self.folder, catalogues=lambda _: [])[0]

    def mend(
        self, *remedies: Upgrade | Relock, means: Means | None = None
    ) -> tuple[Mended, list[Mending]]:
        """Mend what is asked for with the resolver there is, or with other means."""
        means = means or Means(resolver=local_resolver(self.folder))
        relocks = Relocks(self.folder, means)
        mended = relocks.mend(report(*map(finding, remedies)), self.named)
        return mended, list(relocks.mendings.values())
