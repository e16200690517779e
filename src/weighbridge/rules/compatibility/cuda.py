"""CUDA on a target: is the driver new enough, is the GPU known to the toolkit, do toolkits agree.

Three separate questions, each a cell of its own. A target on which something needs CUDA and that
says nothing of it is unknown, unless a replica is given no accelerator at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.compatibility_data import Kind, lowest, may_be_within, number
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.compatibility.cuda_need import Need, needs
from weighbridge.rules.compatibility.judging import (
    Verdict,
    data_of,
    judge,
    place_of,
    rows_for,
)
from weighbridge.rules.compatibility.tables.cuda import JETSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin
    from weighbridge.model.release.compatibility import Cuda, Target

DRIVER, TOOLKIT, CAPABILITY = "cuda-driver", "cuda-toolkit", "compute-capability"
_CAUSES = {
    CAPABILITY: Cause.COMPUTE_CAPABILITY,
    DRIVER: Cause.DRIVER,
    TOOLKIT: Cause.TOOLKIT,
}


def cells(facts: Facts, target: Target, pins: Sequence[Pin]) -> Iterator[Cell]:
    """Say of a target how what a lock installs there goes with its NVIDIA stack."""
    wanted = needs(pins)
    sure = [need for need in wanted if need.sure]
    if target.os == "macos":
        yield from (_no_cuda_at_all(need, target) for need in sure)
        return
    if target.cuda is None:
        # The word a target is written as without a manifest need not speak of CUDA.
        if facts.release is not None and not _without_accelerators(facts):
            yield from (_unstated(need, target) for need in sure)
        return
    judged = wanted or _own(target.cuda)
    for need in judged:
        if not need.toolkit:
            yield _Asked(need=need, target=target, package=DRIVER).cell(Fit.UNKNOWN, need.why)
            continue
        yield _driver(facts, target, target.cuda, need)
        yield from _toolkit(target, target.cuda, need)
        yield from _capabilities(facts, target, target.cuda, need)


def _own(cuda: Cuda) -> list[Need]:
    """Take the target's own toolkit for what is needed, where the lock needs none."""
    if cuda.toolkit is None:
        return []
    parsed = number(cuda.toolkit)
    short = ".".join(str(part) for part in parsed.release[:2]) if parsed else ""
    why = "the target states it" if short else f"{cuda.toolkit} is no version of CUDA"
    return [Need(package="", version="", toolkit=short, why=why)]


def _without_accelerators(facts: Facts) -> bool:
    """Whether the manifest states what a replica is given, and no accelerator is among it."""
    resources = facts.release.spec.environment.resources if facts.release else None
    stated = [one for one in (resources.requests, resources.limits) if one] if resources else []
    return bool(stated) and not any(one.accelerators for one in stated)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a cell is about.

    Attributes:
        need: The toolkit that is needed.
        target: Where.
        package: What of the target's stack it is held against.
    """

    need: Need
    target: Target
    package: str

    def cell(self, fit: Fit, why: str, *, nearest: str = "", row: str = "") -> Cell:
        """Make the cell."""
        return Cell(
            package=self.package,
            version=self.need.toolkit,
            target=self.target.name,
            fit=fit,
            cause=Cause.NONE if fit is Fit.YES else _CAUSES[self.package],
            why=why,
            nearest=nearest,
            row=row,
        )


def _no_cuda_at_all(need: Need, target: Target) -> Cell:
    why = f"{need.why}, and there is no CUDA on macOS"
    nearest = f"the build of {need.package} without CUDA"
    return _Asked(need=need, target=target, package=DRIVER).cell(Fit.NO, why, nearest=nearest)


def _unstated(need: Need, target: Target) -> Cell:
    why = f"{need.why}, and the target states no `cuda`"
    return _Asked(need=need, target=target, package=DRIVER).cell(Fit.UNKNOWN, why)


# The driver -------------------------------------------------------------------------------------


def _driver(facts: Facts, target: Target, cuda: Cuda, need: Need) -> Cell:
    """Hold the driver against the toolkit's own, then against the floor of the major version."""
    if cuda.driver is None:
        why = f"{need.why}, and the target states no driver"
        return _Asked(need=need, target=target, package=DRIVER).cell(Fit.UNKNOWN, why)
    data, place = data_of(facts), place_of(target)
    exact = rows_for(data, Kind.DRIVER, "cuda", need.toolkit, place) if need.is_exact else []
    found = judge(exact, cuda.driver, facts.now)
    if found.fit is Fit.YES:
        why = f"driver {cuda.driver} is no older than that of CUDA {need.toolkit}"
        return _Asked(need=need, target=target, package=DRIVER).cell(Fit.YES, why, row=found.id)
    floor = judge(
        rows_for(data, Kind.DRIVER_MINOR, "cuda", _whole(need.toolkit), place),
        cuda.driver,
        facts.now,
    )
    why, nearest = floor.unknown_because, ""
    if floor.fit is Fit.IF and floor.row:
        why = floor.row.condition
        nearest = _or_newer(exact[0].admits) if exact else ""
    elif floor.fit is Fit.NO and floor.row:
        why = f"driver {cuda.driver} is older than any that runs CUDA {need.toolkit}"
        nearest = _nearest(facts, target, cuda.driver, floor.row.admits)
    return _Asked(need=need, target=target, package=DRIVER).cell(
        floor.fit, why, nearest=nearest, row=floor.id
    )


def _whole(toolkit: str) -> str:
    """Write a toolkit so that it lies in the range of its major version."""
    return toolkit if "." in toolkit else f"{toolkit}.0"


def _or_newer(admits: str) -> str:
    return f"driver {admits.removeprefix('>=')} or newer"


def _nearest(facts: Facts, target: Target, driver: str, floor: str) -> str:
    """Name the driver to install, and the newest toolkit that fits the one that is there."""
    place = place_of(target)
    rows = [
        row
        for row in data_of(facts).about(Kind.DRIVER, "cuda")
        if place.startswith(row.platform) and judge([row], driver, facts.now).fit is Fit.YES
    ]
    if not rows:
        return _or_newer(floor)
    newest = max(lowest(row.versions) for row in rows)
    return f"{_or_newer(floor)}, or a build for CUDA {newest}"


# The toolkit of the target ----------------------------------------------------------------------


def _toolkit(target: Target, cuda: Cuda, need: Need) -> Iterator[Cell]:
    """Hold the toolkit the lock brings against the one the target states."""
    if cuda.toolkit is None or not need.package:
        return
    own, brought = number(cuda.toolkit), number(need.toolkit)
    if own is None or brought is None:
        why = f"{cuda.toolkit} is no version of CUDA"
        yield _Asked(need=need, target=target, package=TOOLKIT).cell(Fit.UNKNOWN, why)
    elif own.major != brought.major:
        why = f"{need.why}, and the target has CUDA {cuda.toolkit}: their libraries do not mix"
        nearest = f"a build for CUDA {own.major}, or a target with CUDA {brought.major}"
        yield _Asked(need=need, target=target, package=TOOLKIT).cell(Fit.NO, why, nearest=nearest)
    elif not need.is_exact or brought.release[:2] <= own.release[:2]:
        yield _Asked(need=need, target=target, package=TOOLKIT).cell(Fit.YES, need.why)
    else:
        why = f"nothing is compiled on the target, whose CUDA {cuda.toolkit} is older"
        yield _Asked(need=need, target=target, package=TOOLKIT).cell(Fit.IF, why)


# The GPU ----------------------------------------------------------------------------------------


def _capabilities(facts: Facts, target: Target, cuda: Cuda, need: Need) -> Iterator[Cell]:
    """Hold each compute capability of the target against the toolkit."""
    for capability in cuda.compute_capability or ():
        rows = data_of(facts).about(Kind.CAPABILITY, capability)
        here = [row for row in rows if place_of(target).startswith(row.platform)]
        if rows and not here:
            why = f"compute capability {capability} is of a Jetson module, which is {JETSON}"
            yield _Asked(need=need, target=target, package=CAPABILITY).cell(Fit.NO, why)
        else:
            found = judge(here, _whole(need.toolkit), facts.now)
            yield _capability(target, need, capability, found)


def _capability(target: Target, need: Need, capability: str, found: Verdict) -> Cell:
    fit, why, nearest = found.fit, found.unknown_because, ""
    if found.row and fit is not Fit.UNKNOWN and not need.is_exact:
        fit = Fit.IF if may_be_within(need.toolkit, found.row.admits) else Fit.NO
        why = f"the build for CUDA {need.toolkit} has code for compute capability {capability}"
    elif fit is Fit.YES:
        why = f"CUDA {need.toolkit} builds for compute capability {capability}"
    if fit is Fit.NO and found.row:
        why = f"CUDA {need.toolkit} builds nothing for compute capability {capability}"
        nearest = f"a build for CUDA {found.row.admits}"
    return _Asked(need=need, target=target, package=CAPABILITY).cell(
        fit, why, nearest=nearest, row=found.id
    )
