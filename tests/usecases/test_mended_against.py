"""What speaks against a new lock: targets it loses, advisories it brings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.advisories import advisory, listing, record
from tests.usecases.relocked import lay_out_release, local_resolver, upgrade
from tests.wheels import wheel
from weighbridge.model.coverage import Cell, Fit
from weighbridge.model.errors import UnavailableError
from weighbridge.model.finding import Relock
from weighbridge.model.lock import Lock, LockedFile, Pin
from weighbridge.model.resolution import Flaw
from weighbridge.rules import sample
from weighbridge.rules.advisories.exposed import data
from weighbridge.usecases.remedying.looking import advised, on_targets, uncovered
from weighbridge.usecases.remedying.means import Means

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.advisory import Advisory, AdvisoryData
    from weighbridge.model.release import ModelRelease


def affected(lock: Lock) -> Iterator[Flaw]:
    """Hold every version below 1.3 against the package, and one of another."""
    for pin in lock.pins:
        if pin.name == "lib" and str(pin.version) < "1.3":
            yield Flaw(package="lib", what="PYSEC-1")


def off_target(lock: Lock) -> Iterator[Flaw]:
    """Hold against a lock what has wheels and none for an imaginary edge device."""
    for pin in lock.pins:
        known = any("edge" in file.name or "any" in file.name for file in pin.files)
        why = "architecture" if pin.files else "its files are not known"
        fit = Fit.YES if known else Fit.NO if pin.files else Fit.UNKNOWN
        cell = Cell(package=pin.name, version=pin.version or "", target="edge", fit=fit, why=why)
        yield from uncovered([cell])


def only_elsewhere(folder: Path, version: str) -> None:
    """Take the wheel of a version away that every target can use."""
    (folder / f"lib-{version}-py3-none-any.whl").unlink()
    wheel(folder, "lib", version, tag="cp311-cp311-win_amd64")


def test_a_version_without_a_wheel_for_a_target_is_passed_over(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib\n")
    only_elsewhere(release.folder / "wheels", "1.2")
    means = Means(resolver=local_resolver(release.folder), looks=(off_target,))
    _, (found,) = release.mend(upgrade("1.2", "1.3"), means=means)
    assert found.after == "1.3"
    assert found.tried[0].flaws == ("lib: not for edge: architecture",)


def test_what_speaks_against_the_old_lock_too_is_no_objection(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "lib\n", "lib==1.1\n")

    def always(_: Lock) -> list[Flaw]:
        return [Flaw(package="app", what="no wheel for edge")]

    means = Means(resolver=local_resolver(release.folder), looks=(always,))
    _, (found,) = release.mend(upgrade("1.2"), means=means)
    assert found.after == "1.2"


def test_a_version_with_an_advisory_of_its_own_is_passed_over(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib==1.1\n")
    means = Means(resolver=local_resolver(release.folder), affected=affected)
    _, (found,) = release.mend(upgrade("1.2", "1.3"), means=means)
    assert found.after == "1.3"
    assert found.asked == "`lib==1.3` in line 4 of requirements.in"
    assert found.tried[0].why == "it resolves, but lib: PYSEC-1"


def test_what_may_be_wrong_with_the_old_version_too_is_no_objection(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib==1.1\n")

    def doubtful(lock: Lock) -> Iterator[Flaw]:
        versions = {pin.version for pin in lock.pins if pin.name == "lib"}
        yield Flaw(package="lib", what="PYSEC-1 may be about it", certain=False)
        if "1.2" in versions:
            yield Flaw(package="lib", what="PYSEC-2 may be about it", why="who", certain=False)

    means = Means(resolver=local_resolver(release.folder), affected=doubtful)
    _, (found,) = release.mend(upgrade("1.2", "1.3"), means=means)
    assert found.after == "1.3"
    assert found.tried[0].flaws == ("lib: PYSEC-2 may be about it: who",)


def test_a_lock_that_would_be_worse_is_not_made(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib==1.2\n")
    only_elsewhere(release.folder / "wheels", "1.2")
    means = Means(resolver=local_resolver(release.folder), looks=(off_target,))
    mended, (found,) = release.mend(Relock(lock="requirements.lock"), means=means)
    assert found.why == "the new lock would be worse: lib: not for edge: architecture"
    assert not mended.files


class Known:
    """Knows some advisories, or nothing, or cannot read what it has."""

    def __init__(self, *records: Advisory, state: AdvisoryData | None = None) -> None:
        self.records = records
        self.state = state

    def data(self) -> AdvisoryData | None:
        return self.state

    def about(self, names: Iterable[str]) -> Mapping[str, tuple[Advisory, ...]]:
        return dict.fromkeys(names, self.records)


class Broken(Known):
    """Has advisories nobody can read."""

    def data(self) -> AdvisoryData | None:
        raise UnavailableError("they cannot be read")


def test_what_a_lock_is_affected_by_is_told_from_what_nobody_can_say() -> None:
    unknown = record("PYSEC-2", "lib")
    low = record("PYSEC-1", "lib", ("introduced", "0"), ("fixed", "1.1"))
    gone = record("PYSEC-3", "lib", ("introduced", "0"), withdrawn="2026-01-01T00:00:00Z")
    known = Known(
        *map(advisory, (unknown, low, listing("PYSEC-4", "lib", "9"), gone)), state=data()
    )
    look = advised(known)
    assert look is not None
    found = list(look(Lock(format="uv", pins=(Pin(name="lib", version="1.0"),))))
    assert {one.what: one.certain for one in found} == {
        "PYSEC-1": True,
        "PYSEC-2 may be about it": False,
    }
    assert all(bool(one.why) is not one.certain for one in found)


def test_without_advisories_nobody_says_anything_of_them() -> None:
    assert advised(Known()) is None
    assert advised(Broken()) is None


LINUX = {"name": "server", "os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": "2.31"}
MUSL = LINUX | {"name": "edge", "libc": "musl", "libcVersion": "1.2"}


def for_targets(*targets: dict[str, str]) -> ModelRelease:
    release = sample.release({"/spec/compatibility/targets": [*targets]}).release
    assert release is not None
    return release


def test_the_targets_of_the_release_count_or_those_that_are_named() -> None:
    file = LockedFile(name="lib-1.0-py3-none-manylinux_2_17_x86_64.whl", hashes=("sha256:0",))
    pin = Pin(name="lib", version="1.0", hashed=True, files=(file,))
    lock = Lock(format="uv", pins=(pin,), names_files=True)
    release = for_targets(LINUX, MUSL)
    (look,) = on_targets(release)
    assert list(look(lock)) == [Flaw(package="lib", what="not for edge")]
    (look,) = on_targets(release, ["server"])
    assert list(look(lock)) == []
    nameless = Lock(format="requirements", pins=(replace(pin, files=()),))
    assert list(look(nameless)) == [Flaw(package="lib", what="not known to be for server")]


def test_a_release_without_targets_asks_for_none() -> None:
    assert on_targets(for_targets()) == ()
