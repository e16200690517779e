"""What speaks against a new lock: targets it loses, advisories it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.coverage import Fit
from weighbridge.model.resolution import Flaw
from weighbridge.usecases.remedying.naming import with_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.coverage import Cell
    from weighbridge.usecases.remedying.means import Made, Means
    from weighbridge.usecases.remedying.pending import Pending


def objections(
    made: Made, before: Pending, after: Pending, means: Means, package: str = ""
) -> tuple[str, ...]:
    """List what speaks against a new lock, and not already against the old one.

    Args:
        made: The lock.
        before: The files with the old one.
        after: The files with the new one.
        means: Who says what speaks against a lock.
        package: The package that was upgraded: no advisory may be about it any more. Empty if it
            was none.
    """
    found: list[Flaw] = []
    if means.affected is not None:
        old = set(means.affected(before.lock(made.lock, made.format)))
        new = list(means.affected(after.lock(made.lock, made.format)))
        found += [flaw for flaw in new if flaw not in old or flaw.package == package]
    if means.looks:
        older, newer = (with_files(made, files, means) for files in (before, after))
        known = {flaw for look in means.looks for flaw in look(older)}
        found += [flaw for look in means.looks for flaw in look(newer) if flaw not in known]
    return tuple(dict.fromkeys(f"{flaw.package}: {flaw.what}" for flaw in found))


def uncovered(cells: Iterable[Cell]) -> Iterator[Flaw]:
    """Name the targets that do not get what they need, or of which nobody knows."""
    for cell in cells:
        if cell.fit in (Fit.NO, Fit.UNKNOWN):
            why = f": {cell.why}" if cell.why else ""
            yield Flaw(package=cell.package, what=f"not for {cell.target}{why}")
