"""`check --fix`: apply the safe remedies of findings, and weigh again until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.manifest import read_release
from weighbridge.usecases.editing import FileChange, changes
from weighbridge.usecases.references import Named, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.codec.validating import Prepare
    from weighbridge.model.finding import Edit
    from weighbridge.model.report import Report

ROUNDS = 5
"""One remedy can call for another (a mended lock has a new digest), but not for ever."""


def remedies(report: Report, root: Path, prepare: Prepare) -> list[FileChange]:
    """Say what `--fix` would change, writing nothing."""
    return changes(_edits(report), root, prepare=prepare)


def fix(
    named: Named, path: Path, weigh: Callable[[Named], Report], prepare: Prepare
) -> tuple[list[FileChange], Report]:
    """Apply remedies until the report offers none.

    Args:
        named: The authored manifest.
        path: Its file.
        weigh: Checks a manifest.
        prepare: What is done to the manifest before it is validated.

    Returns:
        Every change that was written, and the last report.
    """
    done: list[FileChange] = []
    report = weigh(named)
    for _ in range(ROUNDS):
        proposed = remedies(report, path.parent, prepare)
        step = [change for change in proposed if change.before != change.after]
        if not step:
            break
        for change in step:
            change.write()
            done.append(change)
        release, document = read_release(
            read_manifest(path, path.parent), named.document.file, prepare=prepare
        )
        report = weigh(Named(release=release, document=document, path=path))
    return done, report


def _edits(report: Report) -> list[Edit]:
    return [edit for finding in report.findings for edit in finding.edits]
