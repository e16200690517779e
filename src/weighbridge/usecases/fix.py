"""`check --fix`: apply the safe remedies of findings, and weigh again until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.files import write_files
from weighbridge.codec.manifest import read_release
from weighbridge.usecases.editing import FileChange, changes
from weighbridge.usecases.references import Named, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.codec.validating import Prepare
    from weighbridge.model.finding import Edit
    from weighbridge.model.report import Report
    from weighbridge.usecases.converting import Conversions
    from weighbridge.usecases.remedying.relocking import Relocks

ROUNDS = 5
"""One remedy can call for another (a mended lock has a new digest), but not for ever."""


def remedies(
    report: Report,
    named: Named,
    path: Path,
    *,
    prepare: Prepare,
    conversions: Conversions,
    relocks: Relocks,
) -> list[FileChange]:
    """Say what `--fix` would change, writing nothing.

    Args:
        report: What was found.
        named: The authored manifest.
        path: Its file.
        prepare: What is done to the manifest before it is validated.
        conversions: Says what would become of files in other formats.
        relocks: Says what would become of locks.
    """
    mended = relocks.mend(report, named)
    # What is written anew as a whole has no lines to mend, and no digest but its new one.
    whole = {change.name for change in mended.files}
    values = {(edit.file, edit.pointer) for edit in mended.edits}
    edits = [
        edit
        for edit in [*_edits(report), *conversions.edits(report, named, write=False)]
        if edit.file not in whole and (edit.file, edit.pointer) not in values
    ]
    return [*mended.files, *changes([*edits, *mended.edits], path.parent, prepare=prepare)]


def fix(
    named: Named,
    path: Path,
    weigh: Callable[[Named], Report],
    *,
    prepare: Prepare,
    conversions: Conversions,
    relocks: Relocks,
) -> tuple[list[FileChange], Report]:
    """Apply remedies until the report offers none.

    Args:
        named: The authored manifest.
        path: Its file.
        weigh: Checks a manifest.
        prepare: What is done to the manifest before it is validated.
        conversions: Writes files in other formats.
        relocks: Makes locks anew.

    Returns:
        Every change that was written, and the last report.
    """
    done: list[FileChange] = []
    report = weigh(named)
    for _ in range(ROUNDS):
        edits = [*_edits(report), *conversions.edits(report, named, write=True)]
        step = _some(changes(edits, path.parent, prepare=prepare))
        if not step:
            # Locks come last, when all else about them is mended.
            mended = relocks.mend(report, named)
            digests = changes(mended.edits, path.parent, prepare=prepare)
            step = _some([*mended.files, *digests])
        if not step:
            break
        write_files([(change.path, change.after.encode()) for change in step])
        done += step
        release, document = read_release(
            read_manifest(path, path.parent), named.document.file, prepare=prepare
        )
        named = Named(release=release, document=document, path=path)
        report = weigh(named)
    return done, report


def _some(proposed: list[FileChange]) -> list[FileChange]:
    return [change for change in proposed if change.before != change.after]


def _edits(report: Report) -> list[Edit]:
    return [edit for finding in report.findings for edit in finding.edits]
