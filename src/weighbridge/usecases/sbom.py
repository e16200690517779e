"""`sbom`: write the bill of materials of a release or a lock, or judge one of somebody else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from weighbridge import __version__
from weighbridge.codec.licences.declared import declared_licence
from weighbridge.codec.resolved import release_digest, resolved
from weighbridge.codec.sbom import against, cyclonedx, spdx
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.fact import ObservedDirectory, ObservedFile, Unavailable
from weighbridge.model.structure import TEMPLATE_DIGEST, Structure
from weighbridge.packing.sbom.cyclonedx import cyclonedx as write_cyclonedx
from weighbridge.packing.sbom.locked import lock_bill, locked
from weighbridge.packing.sbom.release import Observed, origins, release_bill
from weighbridge.packing.sbom.spdx import spdx as write_spdx
from weighbridge.probes.python import observe_python
from weighbridge.usecases.named_locks import lock_of
from weighbridge.usecases.observing import observe
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.bill import Bill, Component, Inconsistency
    from weighbridge.model.fact import Facts, ObservedLock
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.references import Named

BillFormat = Literal["cyclonedx-1.6", "spdx-3.0"]
SIZE: Final = 64 << 20
"""Bytes of a bill of materials that is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a bill is the bill of, as far as it can be held against it.

    Attributes:
        lock: The lock of what it needs to run; None if there is none that can be read.
        others: The locks of what it needs to be developed and tested.
        origins: What it was made from: its base model and its datasets.
        templates: Digests of its chat templates, by where each stands.
    """

    lock: Lock | None = None
    others: tuple[Lock, ...] = ()
    origins: tuple[str, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bill that was made.

    Attributes:
        bill: The bill.
        subject: What it was made of.
        said: What whoever asked for it should know, a line each.
    """

    bill: Bill
    subject: Subject
    said: tuple[str, ...] = ()


def of_release(
    named: Named,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    start: Path,
    reader: FileReader | None = None,
    with_dev: bool = False,
) -> Made:
    """Make the bill of a release; an authored one is described as it would be sealed now.

    Args:
        named: The release.
        registry: The registry.
        environ: Environment variables, to find the Python environment in use.
        start: The folder the command runs in, where a sealed release's packages may be installed.
        reader: Who reads the files.
        with_dev: Whether packages that are only needed for development are listed too.
    """
    facts = observe(named, blobs=registry.blobs, environ=environ, reader=reader)
    tree, digest, obstacles = _tree(named, facts)
    subject = _subject(named, facts, tree)
    python = facts.python
    if named.path is None:
        # A licence is a fact about a version of a package, whichever environment has it.
        python = observe_python(start, environ=environ)
    seen = Observed(
        digest=digest,
        runtime=subject.lock,
        others=subject.others if with_dev else (),
        licences={} if isinstance(python, Unavailable) else _licences(python.distributions),
        listings={
            path: found.entries
            for path, found in facts.directories.items()
            if isinstance(found, ObservedDirectory)
        },
        templates=dict(_templates(facts)),
    )
    bill = release_bill(tree, seen, version=__version__)
    bill = replace(bill, created=bill.created or _epoch(environ))
    said = (*obstacles, *_unread(named, facts), *_unlicensed(bill))
    return Made(bill=bill, subject=subject, said=said)


def of_lock(file: ObservedLock, folder: Path, *, environ: Mapping[str, str]) -> Made:
    """Make the bill of a lock.

    Args:
        file: The lock.
        folder: Where it lies.
        environ: Environment variables, to find the Python environment in use.

    Raises:
        UnreadableError: It cannot be read.
    """
    lock = lock_of(file.path, file)
    python = observe_python(folder, environ=environ)
    known = {} if isinstance(python, Unavailable) else _licences(python.distributions)
    found = locked(lock, known)
    name = file.path.replace("\\", "/").rpartition("/")[2]
    bill = lock_bill(name, file.digest, found, __version__)
    bill = replace(bill, created=_epoch(environ))
    return Made(bill=bill, subject=Subject(lock=lock), said=tuple(_unlicensed(bill)))


def subject_of(
    named: Named,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
) -> Subject:
    """Find what the bill of a release must agree with."""
    facts = observe(named, blobs=registry.blobs, environ=environ, reader=reader)
    return _subject(named, facts, _tree(named, facts)[0])


def subject_of_lock(file: ObservedLock) -> Subject:
    """Find what the bill of a lock must agree with.

    Raises:
        UnreadableError: The lock cannot be read.
    """
    return Subject(lock=lock_of(file.path, file))


def write(bill: Bill, form: BillFormat) -> dict[str, Any]:
    """Write a bill in one of the formats.

    Raises:
        UsageError: The format demands a time, and nobody said one.
    """
    if form == "cyclonedx-1.6":
        return write_cyclonedx(bill)
    if not bill.created:
        help_ = ["weighbridge set metadata.releasedAt 2026-11-28T00:00:00Z", "or SOURCE_DATE_EPOCH"]
        raise UsageError("SPDX 3 demands a time, and the release has none", help=help_)
    return write_spdx(bill)


def looks_like_bill(head: bytes) -> bool:
    """Tell by its first bytes whether a file may be a bill: a JSON object that is no manifest."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    return begins and b'"apiVersion"' not in head


def read_bill(data: bytes, shown: str) -> dict[str, Any]:
    """Read a bill of materials of somebody else.

    Args:
        data: Its bytes.
        shown: How messages name it.

    Raises:
        UnreadableError: It is no JSON, or neither CycloneDX nor SPDX 3.
    """
    try:
        document = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise UnreadableError(f"{shown} cannot be read: {error}") from error
    if not (cyclonedx.is_cyclonedx(document) or spdx.is_spdx(document)):
        wanted = "CycloneDX in JSON, or SPDX 3 in JSON-LD"
        raise UnreadableError(f"{shown} is no bill of materials we know", wanted=wanted)
    found: dict[str, Any] = document
    return found


def judge_bill(document: Mapping[str, Any], subject: Subject | None) -> list[Inconsistency]:
    """Say what in a bill cannot be so, and where it differs from what it is the bill of.

    Args:
        document: The bill, read.
        subject: What it is the bill of, where that is known.
    """
    reading = cyclonedx if cyclonedx.is_cyclonedx(document) else spdx
    found = list(reading.inconsistencies(document))
    if subject is not None:
        found.extend(_against(list(reading.components(document)), subject))
    return found


def _against(listed: Sequence[Component], subject: Subject) -> Iterator[Inconsistency]:
    if subject.lock is not None:
        yield from against.against_lock(listed, subject.lock, others=subject.others)
    yield from against.without_licence(listed, subject.origins)
    yield from against.without_templates(listed, subject.templates)


def _tree(named: Named, facts: Facts) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """Return the resolved manifest, its digest if it has one, and what stands in the way."""
    if named.digest is not None:
        return named.tree, named.digest, ()
    resolver = Resolver(facts)
    release = resolver.resolve(named.release)
    if resolver.obstacles:
        why = tuple(f"not to be sealed as it stands: {one.message}" for one in resolver.obstacles)
        return resolved(release), "", why
    return resolved(release), release_digest(release), ()


def _subject(named: Named, facts: Facts, tree: Mapping[str, Any]) -> Subject:
    locks: dict[str, Lock] = {}
    for purpose, file in named.release.spec.dependencies.locks():
        seen = facts.locks.get(file.lock)
        lock = None if seen is None or isinstance(seen, Unavailable) else seen.lock
        if lock is not None and not isinstance(lock, Unavailable):
            locks[purpose] = lock
    return Subject(
        lock=locks.pop("runtime", None),
        others=tuple(locks.values()),
        origins=tuple(origins(tree["spec"])),
        templates={
            f"{path}: {place}": digest
            for path, found in _templates(facts)
            for place, digest in found
        },
    )


def _templates(facts: Facts) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the chat templates of each file: where each stands, and its digest."""
    for path, file in sorted(facts.files.items()):
        if isinstance(file, ObservedFile) and isinstance(file.structure, Structure):
            found = [
                (f"{part.container}!/{place}" if part.container else place, digest)
                for part in file.structure.walk()
                for name, value in part.metadata
                if name == TEMPLATE_DIGEST
                for digest, _, place in [value.partition(" ")]
            ]
            if found:
                yield path, list(dict.fromkeys(found))


def _licences(distributions: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {}
    for name, distribution in distributions.items():
        licence = declared_licence(distribution)
        if licence:
            found[name, distribution.version] = licence
    return found


def _unread(named: Named, facts: Facts) -> Iterator[str]:
    for _, file in named.release.spec.dependencies.locks():
        seen = facts.locks.get(file.lock)
        lock = seen.lock if seen is not None and not isinstance(seen, Unavailable) else seen
        if lock is None or isinstance(lock, Unavailable):
            reason = lock.reason if lock is not None else "it was not looked at"
            yield f"{file.lock} is not part of it: {reason}"


def _unlicensed(bill: Bill) -> Iterator[str]:
    """Say of how many packages no licence is known: those not installed here have none."""
    packages = [part for part in bill.parts if part.kind == "library"]
    without = sum(1 for part in packages if not part.licence)
    if without:
        yield (
            f"the licences of {without} of {len(packages)} packages are not known: "
            "they are read from the Python environment, where it has the same version"
        )


def _epoch(environ: Mapping[str, str]) -> str:
    """Return the time reproducible builds are given (SOURCE_DATE_EPOCH), if there is one."""
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not re.fullmatch(r"[0-9]{1,11}", text):
        return ""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - few set it

    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
