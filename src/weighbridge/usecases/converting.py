"""Artifacts in a format that holds no program: converted, proved equal, and listed instead.

The old file stays where it is. Nothing is listed that was not read back by the safetensors reader
and found equal, tensor by tensor, to what was gathered from the old file another way.
"""

from __future__ import annotations

import os
import posixpath
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.files import lasting, storing
from weighbridge.model.conversion import NotConvertedError
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.finding import Edit
from weighbridge.model.wording import human_size, plural
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.tree import WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.conversion import Converter, Rewritten
    from weighbridge.model.finding import Conversion
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import Report
    from weighbridge.model.structure import Structure
    from weighbridge.usecases.references import Named

SUFFIX = ".safetensors"
_FORMAT = "safetensors"
_MEDIA_TYPE = "application/octet-stream"
_OWN = "application/vnd."
"""Media types that say what a file is for, and not how it is written."""

_TODO = "TODO"


class Conversions:
    """The conversions of one run: each file is tried once."""

    def __init__(self, root: Path, converter: Converter, reader: FileReader | None = None) -> None:
        """Begin with none.

        Args:
            root: The manifest's folder.
            converter: Who converts.
            reader: Who reads the new files.
        """
        self._root = Path(os.path.realpath(root))
        self._converter = converter
        self._reader = reader
        self._tried: set[str] = set()
        self.said: list[str] = []

    def edits(self, report: Report, named: Named, *, write: bool) -> list[Edit]:
        """Convert what findings ask for, and say what is to be changed in the manifest.

        Args:
            report: The findings.
            named: The manifest they are about.
            write: Whether to convert, or to say what would come of it.
        """
        found: list[Edit] = []
        for finding in report.findings:
            conversion = finding.conversion
            if conversion is None or conversion.path in self._tried:
                continue
            self._tried.add(conversion.path)
            try:
                new, rewritten = self._convert(conversion, named, write=write)
            except NotConvertedError as error:
                self.said.append(f"{conversion.path} is not converted: {error}")
                continue
            found.extend(_edits(conversion, new, rewritten, named))
            self.said.append(self._told(conversion, new, rewritten, done=write))
        return found

    def _convert(
        self, conversion: Conversion, named: Named, *, write: bool
    ) -> tuple[str, Rewritten]:
        source = self._root / conversion.path
        new = posixpath.splitext(conversion.path)[0] + SUFFIX
        listed = [artifact.path for artifact in named.release.spec.artifacts]
        if new in listed:
            raise NotConvertedError(f"{new} is another artifact of this release")
        target = self._root / new
        planned = self._converter.plan(str(source))
        there = self._digest_of(new) if os.path.lexists(target) else ""
        if there not in {"", planned.digest}:
            raise NotConvertedError(f"{new} is there already, and holds something else")
        if not write:
            return new, planned
        if there:
            self._prove(conversion, new, planned)
        else:
            self._write(conversion, source, target, planned)
        return new, planned

    def _digest_of(self, path: str) -> str:
        observed = self._observe(path)
        return observed.digest if isinstance(observed, ObservedFile) else "unreadable"

    def _observe(self, path: str) -> ObservedFile | Unavailable:
        probe = ArtifactProbe(WorkTree(self._root), reader=self._reader)
        return probe.files([path]).files.get(path, Unavailable("it is not followed"))

    def _write(
        self, conversion: Conversion, source: Path, target: Path, planned: Rewritten
    ) -> None:
        """Write under another name, prove it, and only then give it its own."""
        temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
        with storing(target), lasting(target.parent):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(temporary, flags, 0o666))
            try:
                self._converter.write(str(source), str(temporary), planned)
                self._prove(conversion, str(temporary.relative_to(self._root)), planned)
                # Unlike a rename, a link never takes the place of what came there meanwhile.
                target.hardlink_to(temporary)
            finally:
                temporary.unlink(missing_ok=True)

    def _prove(self, conversion: Conversion, path: str, planned: Rewritten) -> None:
        """Hold the new file, as our reader reads it, against the old one, gathered anew.

        Raises:
            NotConvertedError: They are not equal, or one of them changed meanwhile.
        """
        proof = self._converter.prove(str(self._root / conversion.path))
        if proof.source != conversion.digest:
            raise NotConvertedError("it changed while it was converted")
        observed = self._observe(path)
        if (
            not isinstance(observed, ObservedFile)
            or isinstance(observed.structure, Unavailable)
            or (observed.digest, observed.size) != (planned.digest, planned.size)
        ):
            raise NotConvertedError("the copy is not what was to be written")
        unequal = _unequal(observed.structure, proof.tensors)
        if unequal:
            raise NotConvertedError(f"the copy of {unequal[0]} is not equal to the original")

    def _told(self, conversion: Conversion, new: str, made: Rewritten, *, done: bool) -> str:
        old, count = conversion.path, plural(made.tensors, "tensor")
        if not done:
            return f"{old} would become {new}: {count}, {human_size(made.size)}, {made.digest}"
        parts = [f"{old} became {new}: {count} proved equal, {made.digest}"]
        if made.sharing:
            parts.append(f"{plural(made.sharing, 'tensor')} shared numbers with another: copied")
        if made.trained:
            parts.append(f"`requires_grad` of {plural(made.trained, 'tensor')} is not noted in it")
        parts.append(f"converted in {self._converter.where}")
        parts.append(f"{old} is still there, and no longer listed")
        return "\n  ".join(parts)


def _unequal(
    structure: Structure, wanted: dict[str, tuple[str, tuple[int, ...], str]]
) -> list[str]:
    """Name the tensors that are not the same in both; all of them if the file is not sound."""
    sound = structure.format == _FORMAT and structure.status == "complete"
    if not sound or structure.problems:
        return sorted(wanted) or [_FORMAT]
    seen = {one.name: (one.dtype, one.shape, one.digest) for one in structure.tensors}
    names = seen.keys() | wanted.keys()
    return sorted(name for name in names if seen.get(name) != wanted.get(name))


def _edits(conversion: Conversion, new: str, made: Rewritten, named: Named) -> Iterator[Edit]:
    """Change what the manifest says of the artifact; what it does not say is not added."""
    index = int(conversion.pointer.rpartition("/")[2])
    artifact = named.release.spec.artifacts[index]
    values: dict[str, tuple[object, str | int]] = {
        "path": (artifact.path, new),
        "format": (artifact.format, _FORMAT),
        "mediaType": (artifact.media_type, _MEDIA_TYPE),
        "size": (artifact.size, made.size),
        "digest": (artifact.digest, made.digest),
    }
    file = named.document.file.rpartition("/")[2]
    for field, (said, value) in values.items():
        kept = field == "mediaType" and str(said).startswith(_OWN)
        if said is not None and said not in {_TODO, value} and not kept:
            yield Edit(file=file, pointer=f"{conversion.pointer}/{field}", value=value)
