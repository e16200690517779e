"""Baselines of findings: what was there before does not fail a check, and the gate reads none."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.adapters.files import write_file
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.finding_baseline import LARGEST, read_baseline, write_baseline
from weighbridge.model.errors import BaselineError, UnreadableError
from weighbridge.model.finding import Verdict
from weighbridge.model.finding_baseline import (
    BaselineUse,
    FindingBaseline,
    RecordedFinding,
    recorded,
)
from weighbridge.rules.configuration.inline_secret import NOT_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from weighbridge.model.finding import Finding
    from weighbridge.model.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBaseline:
    """A baseline in its file.

    Attributes:
        path: The file.
        shown: What it is called in messages and reports.
        data: Its bytes.
        baseline: What they say.
    """

    path: Path
    shown: str
    data: bytes
    baseline: FindingBaseline

    def use(self, gone: Iterable[RecordedFinding] = ()) -> BaselineUse:
        """Say in a report that it was used."""
        return BaselineUse(file=self.shown, digest=digest_of(self.data), gone=tuple(gone))


def load(path: Path, *, shown: str) -> KeptBaseline:
    """Read a baseline from its file.

    Args:
        path: The file.
        shown: What it is called in messages.

    Raises:
        UnreadableError: There is none, or it cannot be read.
        BaselineError: It is no baseline.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        help_ = [f"record what is found today: `weighbridge check --write-baseline {shown}`"]
        raise UnreadableError(f"there is no baseline {shown}", help=help_) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnreadableError(f"{shown} cannot be read: {reason}") from error
    baseline = read_baseline(data, shown)
    return KeptBaseline(path=path, shown=shown, data=data, baseline=baseline)


def held_against(report: Report, kept: KeptBaseline, *, whole: bool = True) -> Report:
    """Mark the findings that were recorded before: they do not count any more.

    Each entry stands for one finding that weighs no more than it did. Nothing that was withheld is
    known again, as one credential looks like every other.

    Args:
        report: What was found.
        kept: What was recorded.
        whole: Whether all was judged that could be; otherwise nothing is known to be gone.

    Raises:
        BaselineError: It is of another release.
    """
    if kept.baseline.release != report.release.name:
        raise BaselineError(
            f"{kept.shown} is a baseline of another release",
            wanted=report.release.name,
            seen=kept.baseline.release,
            help=["each release has its own: `weighbridge check --write-baseline FILE`"],
        )
    waiting = defaultdict[tuple[object, ...], list[RecordedFinding]](list)
    for one in sorted(kept.baseline.findings, key=lambda one: one.severity.rank):
        waiting[one.identity].append(one)
    old: set[int] = set()
    for at, finding in sorted(
        enumerate(report.findings), key=lambda pair: pair[1].severity.rank, reverse=True
    ):
        if not _recordable(finding):
            continue
        entries = waiting[recorded(finding).identity]
        for entry in entries:
            if entry.severity.rank >= finding.severity.rank:
                entries.remove(entry)
                old.add(at)
                break
    marked = tuple(replace(one, baselined=at in old) for at, one in enumerate(report.findings))
    left = [one for entries in waiting.values() for one in entries]
    return replace(report, findings=marked, baseline=kept.use(_gone(left, report) if whole else ()))


def record(report: Report, path: Path, *, shown: str) -> tuple[KeptBaseline, int]:
    """Write all that was found as the baseline there is from now on.

    Args:
        report: What was found.
        path: The file; one that is there must be a baseline.
        shown: What it is called in messages.

    Returns:
        What was written, and how many findings could not be, since what was seen is withheld.

    Raises:
        BaselineError: There is a file that is no baseline; it is left as it is.
        StorageError: It cannot be written.
    """
    if os.path.lexists(path):
        load(path, shown=shown)
    found = [one for one in report.findings if one.waived_by is None]
    taken = tuple(recorded(one) for one in found if _recordable(one))
    baseline = FindingBaseline(release=report.release.name, findings=taken)
    return _write(baseline, path, shown), len(found) - len(taken)


def prune(report: Report, kept: KeptBaseline) -> KeptBaseline:
    """Take out of a baseline what is gone, and put nothing in.

    Raises:
        StorageError: It cannot be written.
    """
    gone = Counter(report.baseline.gone if report.baseline is not None else ())
    left = []
    for one in kept.baseline.findings:
        if gone[one]:
            gone[one] -= 1
        else:
            left.append(one)
    return _write(replace(kept.baseline, findings=tuple(left)), kept.path, kept.shown)


def _write(baseline: FindingBaseline, path: Path, shown: str) -> KeptBaseline:
    data = write_baseline(baseline)
    write_file(path, data)
    return KeptBaseline(path=path, shown=shown, data=data, baseline=baseline)


def _recordable(finding: Finding) -> bool:
    return finding.waived_by is None and finding.seen != NOT_SHOWN


def _gone(left: Iterable[RecordedFinding], report: Report) -> list[RecordedFinding]:
    """Leave out what a rule could not tell of this time: it was not asked, or lacked a fact."""
    unknown = {one.code for one in report.findings if one.verdict is Verdict.INCONCLUSIVE}
    judged = {*report.passed, *(one.code for one in report.findings)}
    told = [
        one
        for one in left
        if one.code in judged and (one.verdict is Verdict.INCONCLUSIVE or one.code not in unknown)
    ]
    return sorted(told, key=lambda one: one.order)
