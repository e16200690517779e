"""Locks made anew: with their hashes, in step with their inputs, or without a package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest
from weighbridge.codec.locks import LockSyntaxError
from weighbridge.codec.locks.recipes import NoRecipeError, command_of
from weighbridge.codec.locks.requirement_edits import NotEditedError, drop_requirement
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.finding import Edit, Relock, Upgrade, Verdict
from weighbridge.model.location import pointer
from weighbridge.model.remedy import Mending
from weighbridge.model.resolution import Refused, Resolution
from weighbridge.usecases.remedying.looking import Objections
from weighbridge.usecases.remedying.means import WITHOUT_UV, differences, how_made
from weighbridge.usecases.remedying.nearest import together, upgraded
from weighbridge.usecases.remedying.pending import Pending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.report import Report
    from weighbridge.usecases.editing import FileChange
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.remedying.means import Made, Means

Key = tuple[str, str]
"""A lock, and the package of it; empty for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What becomes of the files of a release.

    Attributes:
        files: Locks and inputs.
        edits: Digests in the manifest.
    """

    files: tuple[FileChange, ...] = ()
    edits: tuple[Edit, ...] = ()


class Relocks:
    """The locks of one run: each remedy is tried once."""

    def __init__(self, root: Path, means: Means) -> None:
        """Begin with none.

        Args:
            root: The manifest's folder.
            means: What is at hand.
        """
        self._root = root
        self._means = means
        self.mendings: dict[Key, Mending] = {}

    def mend(self, report: Report, named: Named) -> Mended:
        """Mend what findings ask for, in memory, and say what is to be written.

        Args:
            report: The findings.
            named: The manifest they are about.
        """
        pending = Pending(self._root)
        relocks, upgrades = wanted(report)
        for lock, relock in relocks.items():
            self._once((lock, ""), relock, named, pending)
        for key, upgrade in upgrades.items():
            self._once(key, upgrade, named, pending)
        return Mended(files=tuple(pending.changes()), edits=tuple(_digests(pending, named)))

    def _once(self, key: Key, remedy: Relock | Upgrade, named: Named, pending: Pending) -> None:
        if key in self.mendings:
            return
        lock, package = key
        try:
            made = _made(lock, named, pending)
            if isinstance(remedy, Upgrade):
                found = upgraded(remedy, made, pending, self._means)
            else:
                found = relocked(remedy, made, pending, self._means)
        except (NoRecipeError, LockSyntaxError, UnreadableError, UsageError) as error:
            before = remedy.version if isinstance(remedy, Upgrade) else ""
            found = Mending(lock=lock, package=package, before=before, why=str(error))
        self.mendings[key] = found


def wanted(report: Report) -> tuple[dict[str, Relock], dict[Key, Upgrade]]:
    """Gather what findings ask for: one remedy a lock, and one a package of it."""
    relocks: dict[str, Relock] = {}
    upgrades: dict[Key, Upgrade] = {}
    for finding in report.findings:
        if finding.verdict is not Verdict.FAIL or finding.waived_by is not None:
            continue
        if finding.relock is not None:
            new = finding.relock
            old = relocks.get(new.lock, new)
            without = tuple(sorted({*old.without, *new.without}))
            relocks[new.lock] = replace(new, keep=old.keep and new.keep, without=without)
        if finding.upgrade is not None:
            key = (finding.upgrade.lock, finding.upgrade.package)
            first = upgrades.get(key, finding.upgrade)
            upgrades[key] = together(first, finding.upgrade)
    return relocks, upgrades


def relocked(relock: Relock, made: Made, pending: Pending, means: Means) -> Mending:
    """Make a lock anew from its inputs.

    Args:
        relock: What is to change.
        made: How it is made.
        pending: The files; they take the lock and its inputs over.
        means: What is at hand.

    Raises:
        UnreadableError: Something cannot be read.
    """
    nothing = Mending(lock=made.lock, steps=_by_hand(relock, made))
    try:
        edited = _without(relock.without, made, pending)
    except NotEditedError as error:
        return replace(nothing, why=str(error))
    if means.resolver is None:
        return replace(nothing, why=WITHOUT_UV)
    answer = means.resolver.resolve(
        Resolution(
            root=str(pending.root),
            lock=made.lock,
            format=made.format,
            recipe=made.recipe,
            files={**pending.files, **edited},
        )
    )
    if isinstance(answer, Refused):
        return replace(nothing, why="\n  ".join([answer.reason, *answer.chain]))
    after = pending.with_files({**answer.files, **edited})
    why = _against(relock, made, pending, after, means)
    if why:
        return replace(nothing, why=why)
    old, new = (files.lock(made.lock, made.format) for files in (pending, after))
    others = differences(old, new)
    pending.take(after)
    return Mending(
        lock=made.lock, mended=True, others=others, steps=("run `weighbridge check --fix`",)
    )


def _against(relock: Relock, made: Made, pending: Pending, after: Pending, means: Means) -> str:
    """Say what speaks against a lock that was made; nothing if it does."""
    if all(pending.there(name) and pending.read(name) == after.read(name) for name in after.files):
        return "it is what comes of its inputs already"
    old, new = (files.lock(made.lock, made.format) for files in (pending, after))
    others = differences(old, new)
    if relock.keep and others:
        return f"other versions would come of it: {', '.join(others)}"
    flaws = Objections(made, pending, means).against(after)
    return f"the new lock would be worse: {'; '.join(flaws)}" if flaws else ""


def _by_hand(relock: Relock, made: Made) -> tuple[str, ...]:
    """Say what a person does to the same end."""
    command = command_of(made.recipe, made.lock, made.format)
    where = f" in {made.recipe.folder}" if made.recipe.folder else ""
    dropped = [f"take `{name}` out of {', '.join(made.inputs())}" for name in relock.without]
    return (*dropped, f"run `{command}`{where}")


def _without(packages: tuple[str, ...], made: Made, pending: Pending) -> dict[str, bytes]:
    """Take packages out of the inputs.

    Raises:
        NotEditedError: No input asks for one of them.
    """
    found = pending.with_files({})
    for package in packages:
        here = False
        for name in made.inputs():
            edited = drop_requirement(found.text(name), name, package)
            if edited is not None:
                here = True
                found.files[name] = edited.text.encode()
        if not here:
            raise NotEditedError(f"no input of {made.lock} asks for {package} by itself")
    return {name: data for name, data in found.files.items() if data != pending.files.get(name)}


def _made(lock: str, named: Named, pending: Pending) -> Made:
    spec = named.release.spec
    formats = {file.lock: file.format for _, file in spec.dependencies.locks()}
    return how_made(pending, lock, formats.get(lock, ""), spec.environment.runtime.version)


def _digests(pending: Pending, named: Named) -> Iterator[Edit]:
    """Say which digests of the manifest change with the locks."""
    file = named.document.file.rpartition("/")[2]
    for purpose, lock in named.release.spec.dependencies.locks():
        if lock.digest is not None and lock.lock in pending.files:
            value = digest(pending.files[lock.lock])
            if value != lock.digest:
                at = pointer("spec", "dependencies", purpose, "digest")
                yield Edit(file=file, pointer=at, value=value)
