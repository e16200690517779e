"""Weigh a folder that has no manifest: against what `init` would write, which is written nowhere.

What such a manifest says was read from the files themselves, so it cannot speak against them; and
what only a person knows, nobody said. Rules about either are left out by name. All others judge
what is there: threats, damage, the lock, versions that do not go together.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UnreadableError
from weighbridge.model.release import ModelRelease
from weighbridge.model.report import Skip
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.references import MANIFEST, Named, shown_path
from weighbridge.usecases.templates import extending

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.finding import Finding
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import Report
    from weighbridge.rules.selection import Selection
    from weighbridge.usecases.templates import Catalogues

_BY = "no manifest"
_PERSON = "only a person can say it: `weighbridge init` writes a manifest to say it in"
_WORD = "no manifest says what it was: `weighbridge init` writes one"
_LEFT_OUT: Final[Mapping[str, str]] = {
    "CFG009": _PERSON,  # what is still TODO
    "DEP003": _WORD,  # whether the lock is the one that was named
    "GOV001": _PERSON,  # who answers for it
    "GOV007": _PERSON,  # which card is its card
    "INT001": _WORD,  # whether files are those that were named
    "INT002": _WORD,  # whether all that were named are there
    "REP004": _WORD,  # whether it was made from the commit that was named
}


def folder_without_manifest(path: str, start: Path) -> Path | None:
    """Find the folder that may be weighed without a manifest; None if it has one, or is none.

    It has to be named: who says nothing means a manifest, and is told where one is missing, so that
    no pipeline passes because somebody took the manifest away.

    Args:
        path: What the user named.
        start: The folder he is in.
    """
    folder = start / path
    found = os.path.isdir(folder) and not os.path.lexists(folder / MANIFEST)  # noqa: PTH112 - never raises
    return folder if found else None


def propose_release(
    folder: Path,
    *,
    start: Path,
    environ: Mapping[str, str],
    catalogues: Catalogues,
    reader: FileReader | None = None,
) -> Named | None:
    """Make the manifest `init` would write, in memory; None if there is no model in the folder.

    Args:
        folder: The folder.
        start: The user's folder.
        environ: Environment variables.
        catalogues: Opens the catalogues of templates that count in the folder.
        reader: Who reads the files.
    """
    from weighbridge.usecases.init import propose  # noqa: PLC0415 - few weigh without a manifest

    try:
        proposal = propose(
            str(folder), start=start, environ=environ, catalogues=catalogues, reader=reader
        )
    except UnreadableError:
        return None
    release, document = read_guarded(
        proposal.text.encode(),
        shown_path(proposal.path, start),
        ModelRelease,
        judged=True,
        prepare=extending(folder, catalogues),
    )
    return Named(release=release, document=document, path=proposal.path, proposed=True)


def left_to_people(chosen: Selection, named: Named) -> Selection:
    """Leave out, by name, the rules a manifest that nobody wrote has no answer for."""
    if not named.proposed:
        return chosen
    skips = (
        Skip(code=rule.code, reason=_LEFT_OUT[rule.code], by=_BY)
        for rule in chosen.run
        if rule.code in _LEFT_OUT
    )
    run = tuple(rule for rule in chosen.run if rule.code not in _LEFT_OUT)
    return replace(chosen, run=run, skips=(*chosen.skips, *skips))


def without_papers(report: Report, named: Named) -> Report:
    """Take places in a manifest that nobody wrote out of a report: there is no such file."""
    if not named.proposed:
        return report
    file = named.document.file
    return replace(
        report,
        findings=tuple(_without_place(one, file) for one in report.findings),
        inputs=tuple(one for one in report.inputs if one.name != file),
        proposed=True,
    )


def _without_place(finding: Finding, file: str) -> Finding:
    edits = tuple(edit for edit in finding.edits if edit.line)
    if finding.location.file != file:
        return replace(finding, edits=edits)
    at = replace(finding.location, file="", line=1, column=1)
    return replace(finding, location=at, edits=edits)
