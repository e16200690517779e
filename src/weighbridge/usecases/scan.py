"""`scan`: loose files and folders, no manifest needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Facts, ObservedFile, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.model.scan import Coverage, ScannedFile
from weighbridge.model.structure import Structure
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.tree import WorkTree
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.engine import judge
from weighbridge.rules.integrity import corrupt_artifact
from weighbridge.usecases.loose import Loose, take_apart, together
from weighbridge.usecases.scan_images import observe_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.behaviour import Behaviour
    from weighbridge.model.finding import Finding
    from weighbridge.model.global_lists import Lists
    from weighbridge.model.image import ImageFacts, ImageSource
    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.dynamic import Watch

    OpenImages = Callable[[str], tuple[ImageSource, str] | None]


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


def scan(
    paths: Sequence[str],
    *,
    start: Path,
    reader: FileReader | None = None,
    images: OpenImages | None = None,
    watch: Watch | None = None,
    lists: Lists | None = None,
) -> Scan:
    """Scan files, folders and container images for damage and threats.

    Args:
        paths: What to scan.
        start: The folder paths are relative to.
        reader: Who reads files.
        images: Opens what is an image; None says of every path that it is none.
        watch: Loads files in the sandbox; None loads none.
        lists: What is known of the globals of pickles; None for what ships with this version.

    Raises:
        UnreadableError: A path is not there, or a folder holds no file.
        UnavailableError: Files are to be loaded, and there is no sandbox.
    """
    files: list[ScannedFile] = []
    left_out: list[str] = []
    others: list[str] = []
    for path in paths:
        opened = images(path) if images is not None else None
        if opened is None:
            others.append(path)
        else:
            files.extend(_scan_images(replace(observe_place(path, *opened), lists=lists)))
    for loose in together([take_apart(path, start) for path in others]):
        files.extend(_scan(loose, reader, watch, lists))
        left_out.extend(name for folder in loose.left_out for name in loose.names(folder))
    return Scan(files=tuple(files), left_out=tuple(left_out))


def _scan_images(facts: Facts) -> list[ScannedFile]:
    by_path = _judged(facts)
    return [
        _with_inside(_file(name, fact, by_path.get(name, [])), facts.images.get(name))
        for name, fact in facts.files.items()
    ]


def _with_inside(file: ScannedFile, facts: ImageFacts | None) -> ScannedFile:
    """Say of an image how many of its files were looked into."""
    image = None if facts is None else facts.image
    if image is None or isinstance(image, Unavailable) or isinstance(image.inventory, Unavailable):
        return file
    return replace(file, inside=(image.inventory.examined, image.inventory.files))


def _judged(facts: Facts) -> dict[str, list[Finding]]:
    """List what the rules for loose files find, by file."""
    by_path: dict[str, list[Finding]] = {}
    for finding in judge([rule for rule in RULES if rule.loose], facts).findings:
        by_path.setdefault(finding.location.file, []).append(finding)
    return by_path


def _scan(
    loose: Loose, reader: FileReader | None, watch: Watch | None, lists: Lists | None
) -> list[ScannedFile]:
    probe = ArtifactProbe(loose.tree, reader=reader)
    seen = probe.files(loose.paths)
    problems = dict.fromkeys((*loose.problems, *seen.problems))
    facts = Facts(
        files=seen.files,
        path_problems=tuple(problems),
        everything=loose.is_folder,
        behaviours={} if watch is None else _behaviours(loose, seen.files, watch),
        lists=lists,
    )
    by_path = _judged(facts)
    not_followed = Unavailable("the path is not followed")
    observed = seen.files | dict.fromkeys(by_path.keys() - seen.files.keys(), not_followed)
    return [
        _file(name, fact, by_path.get(path, []))
        for path, fact in observed.items()
        for name in loose.names(path)
    ]


def _behaviours(
    loose: Loose, files: Mapping[str, ObservedFile | Unavailable], watch: Watch
) -> dict[str, Behaviour | Unavailable]:
    """Load every file there is a loader for."""
    root = loose.tree.root if isinstance(loose.tree, WorkTree) else None
    found = {}
    for path, file in files.items():
        if isinstance(file, ObservedFile):
            behaviour = watch.observe(None if root is None else root / path, file)
            if behaviour is not None:
                found[path] = behaviour
    return found


def _file(name: str, fact: ObservedFile | Unavailable, findings: list[Finding]) -> ScannedFile:
    if isinstance(fact, Unavailable):
        findings = _said_once(findings)
    named = tuple(_renamed(finding, name) for finding in findings)
    structure = fact if isinstance(fact, Unavailable) else fact.structure
    size, digest = (0, "") if isinstance(fact, Unavailable) else (fact.size, fact.digest)
    if isinstance(structure, Unavailable):
        unread = fact is structure
        structure = Structure(
            format="unknown",
            status="error" if unread else "incomplete",
            reason=structure.reason,
        )
    return ScannedFile(
        path=name,
        format=structure.format,
        size=size,
        digest=digest,
        status=structure.status,
        coverage=Coverage(bytes=structure.coverage, total=size),
        reason=structure.reason,
        findings=named,
    )


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Keep one of the rules that say of an unread file that they could not judge it.

    The one about the file's bytes, if it is among them: the others follow from it.
    """
    undecided = [finding for finding in findings if finding.verdict is Verdict.INCONCLUSIVE]
    undecided.sort(key=lambda finding: finding.code != corrupt_artifact.CODE)
    return [finding for finding in findings if finding not in undecided[1:]]


def _renamed(finding: Finding, name: str) -> Finding:
    return replace(finding, location=replace(finding.location, file=name))
