"""`scan` and `digest`: loose files and folders, no manifest needed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.listing import listing_digest
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import Facts, ListingEntry, ObservedFile, PathProblem, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.model.listing import ListingError
from weighbridge.model.scan import Coverage, ScannedFile
from weighbridge.model.structure import Structure
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.tree import WorkTree
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.engine import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.finding import Finding
    from weighbridge.model.ports import FileReader

LEFT_OUT = frozenset({".git", ".hg", ".svn", ".weighbridge"})
"""Folders of version control and of our own registry: named in the result, not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What came of a scan.

    Attributes:
        files: Each file, in the order it was named or found.
        left_out: Folders that were not read.
    """

    files: tuple[ScannedFile, ...]
    left_out: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """`fail` if something was found, `inconclusive` if something was not read, or `pass`.

        What is found in a file that is clean all the same (a note) fails nothing.
        """
        suspect = [file for file in self.files if file.verdict != "clean"]
        findings = [finding for file in suspect for finding in file.findings]
        if any(finding.verdict is Verdict.FAIL for finding in findings):
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if suspect else Verdict.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loose:
    """One named path, taken apart: where to stand, and what to read from there."""

    shown: str
    tree: WorkTree
    paths: tuple[str, ...]
    problems: tuple[PathProblem, ...] = ()
    left_out: tuple[str, ...] = ()
    is_folder: bool = False

    def name(self, path: str) -> str:
        """Write a path below it as the user would."""
        return os.path.join(self.shown, path) if self.is_folder else self.shown  # noqa: PTH118


def scan(paths: Sequence[str], *, start: Path, reader: FileReader | None = None) -> Scan:
    """Scan files and folders for damage and threats.

    Raises:
        UnreadableError: A path is not there, or a folder holds no file.
    """
    files: list[ScannedFile] = []
    left_out: list[str] = []
    for path in paths:
        loose = _loose(path, start)
        files.extend(_scan(loose, reader))
        left_out.extend(loose.name(folder) for folder in loose.left_out)
    return Scan(files=tuple(files), left_out=tuple(left_out))


def digests(
    paths: Sequence[str], *, start: Path, reader: FileReader | None = None
) -> list[tuple[str, str, int]]:
    """Digest files and folders: (path, digest, size in bytes), as a manifest would hold them.

    Raises:
        UnreadableError: Something cannot be read whole; no digest of a part is given.
    """
    found = []
    for path in paths:
        loose = _loose(path, start, every=True)
        seen = ArtifactProbe(loose.tree, reader=reader).files(loose.paths).files
        entries = [_entry(loose, name, fact) for name, fact in seen.items()]
        for problem in loose.problems:
            raise UnreadableError(f"{problem.path} is not followed ({problem.kind})")
        size = sum(entry.size for entry in entries)
        digest = _folder_digest(path, entries) if loose.is_folder else entries[0].digest
        found.append((path, digest, size))
    return found


def _folder_digest(path: str, entries: list[ListingEntry]) -> str:
    try:
        return listing_digest(entries)
    except ListingError as error:
        raise UnreadableError(f"{path}: {error}", help=["name parts of it"]) from error


def _entry(loose: _Loose, name: str, fact: ObservedFile | Unavailable) -> ListingEntry:
    if isinstance(fact, Unavailable):
        help_ = [fact.hint] if fact.hint else []
        raise UnreadableError(f"{loose.name(name)}: {fact.reason}", help=help_)
    return ListingEntry(path=name, size=fact.size, digest=fact.digest)


def _loose(path: str, start: Path, *, every: bool = False) -> _Loose:
    full = start / path
    try:
        is_folder = stat.S_ISDIR(full.stat().st_mode)
    except FileNotFoundError:
        gone = "is a link that leads nowhere" if full.is_symlink() else "is not there"
        raise UnreadableError(f"{path} {gone}", help=["check the spelling"]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if not is_folder:
        # A file that was named is read through links: whoever names it means what it leads to.
        real = Path(os.path.realpath(full))
        return _Loose(shown=path, tree=WorkTree(real.parent), paths=(real.name,))
    tree = WorkTree(full)
    found = list(tree.files(""))
    names = [name for name in found if isinstance(name, str)]
    if "" in names:
        help_ = ["give yourself permission to read it"]
        raise UnreadableError(f"{path} may not be read", help=help_)
    read = tuple(name for name in names if every or not _folder_left_out(name))
    problems = tuple(name for name in found if isinstance(name, PathProblem))
    if not read and not problems:
        raise UnreadableError(f"{path} holds no file", help=["name a folder with model files"])
    left_out = set() if every else {_folder_left_out(name) for name in names} - {""}
    return _Loose(
        shown=path,
        tree=tree,
        paths=read,
        problems=problems,
        left_out=tuple(sorted(left_out)),
        is_folder=True,
    )


def _folder_left_out(path: str) -> str:
    """Name the folder on a path's way that is not read, or nothing."""
    parts = path.split("/")[:-1]
    for index, part in enumerate(parts):
        if part in LEFT_OUT:
            return "/".join(parts[: index + 1])
    return ""


def _scan(loose: _Loose, reader: FileReader | None) -> list[ScannedFile]:
    probe = ArtifactProbe(loose.tree, reader=reader)
    seen = probe.files(loose.paths)
    problems = dict.fromkeys((*loose.problems, *seen.problems))
    facts = Facts(files=seen.files, path_problems=tuple(problems))
    rules = [rule for rule in RULES if rule.loose]
    by_path: dict[str, list[Finding]] = {}
    for finding in judge(rules, facts).findings:
        by_path.setdefault(finding.location.file, []).append(finding)
    found = [_file(loose, path, fact, by_path.pop(path, [])) for path, fact in seen.files.items()]
    for path, findings in by_path.items():
        found.append(_file(loose, path, Unavailable("the path is not followed"), findings))
    return found


def _file(
    loose: _Loose, path: str, fact: ObservedFile | Unavailable, findings: list[Finding]
) -> ScannedFile:
    name = loose.name(path)
    if isinstance(fact, Unavailable):
        findings = _said_once(findings)
    named = tuple(_renamed(finding, name) for finding in findings)
    structure = fact if isinstance(fact, Unavailable) else fact.structure
    size, digest = (0, "") if isinstance(fact, Unavailable) else (fact.size, fact.digest)
    if isinstance(structure, Unavailable):
        structure = Structure(format="unknown", status="error", reason=structure.reason)
    return ScannedFile(
        path=name,
        format=structure.format,
        size=size,
        digest=digest,
        status=structure.status,
        coverage=Coverage(bytes=structure.coverage, total=size),
        findings=named,
    )


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Keep one of the rules that say of an unread file that they could not judge it."""
    undecided = [finding for finding in findings if finding.verdict is Verdict.INCONCLUSIVE]
    return [finding for finding in findings if finding not in undecided[1:]]


def _renamed(finding: Finding, name: str) -> Finding:
    return replace(finding, location=replace(finding.location, file=name))
