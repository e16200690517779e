"""Reading files through an engine, each share in a process of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from weighbridge.codec.observation import ObservationError, read_observation
from weighbridge.model.fact import ObservedFile
from weighbridge.model.limits import DEFAULT_LIMITS, DEFAULT_PROCESS_LIMITS, Limits, ProcessLimits
from weighbridge.model.ports import NoProgress
from weighbridge.model.structure import Structure
from weighbridge.probes.reading.engines import Threads
from weighbridge.probes.reading.files import Reading, promising
from weighbridge.probes.reading.job import Job, share_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.ports import Located, Progress, Tree
    from weighbridge.model.reading import Engine, Outcome
    from weighbridge.probes.reading.digesting import Algorithm
    from weighbridge.probes.reading.files import Found
    from weighbridge.probes.reading.isolated import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class FannedReading:
    """How files are to be read by others.

    Attributes:
        engine: Who runs it.
        examine: Whether their formats are read, too, or their digests only taken.
        algorithm: The digest.
        limits: Budgets of the format readers.
        process: Budgets of each process.
        progress: Who watches.
    """

    engine: Engine = field(default_factory=lambda: Threads(1))
    examine: bool = True
    algorithm: Algorithm = "sha256"
    limits: Limits = DEFAULT_LIMITS
    process: ProcessLimits = DEFAULT_PROCESS_LIMITS
    progress: Progress = field(default_factory=NoProgress)

    def read(self, tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Found]]:
        """Read files; they come in any order, each with its path."""
        if not self.examine and not self.engine.remote:
            # A small file costs less to digest than to tell anybody of it.
            large: list[str] = []
            yield from replace(self._reading(), aside=large.append).read(tree, paths)
            paths = large
        here: list[str] = []
        called: dict[tuple[str, str], list[str]] = {}
        files: list[Located] = []
        for path in paths:
            located = tree.locate(path)
            if located is None:
                here.append(path)
                continue
            names = called.setdefault((located.root, located.path), [])
            if not names:
                files.append(located)
            names.append(path)
        yield from self._reading().read(tree, here)
        size = sum(file.size for file in files)
        if not self.examine and size <= self.process.job and not self.engine.remote:
            # Nothing of the content is looked at: no process is needed, and none is started.
            wanted = [name for names in called.values() for name in names]
            yield from self._reading().read(tree, wanted)
            return
        jobs = [self._job(*share) for share in share_out(files, most=self.process.job)]
        for job, answers in self._answers(jobs):
            for inner, found in answers:
                for path in called[job.root, inner]:
                    yield path, self._named(path, inner, found)

    def _reading(self) -> Reading:
        return Reading(
            limits=self.limits,
            examine=self.examine,
            algorithm=self.algorithm,
            progress=self.progress,
        )

    def _job(self, root: str, paths: tuple[str, ...], size: int) -> Job:
        return Job(
            root=root,
            paths=paths,
            size=size,
            examine=self.examine,
            algorithm=self.algorithm,
            limits=self.limits,
            process=self.process,
        )

    def _answers(self, jobs: list[Job]) -> Iterator[tuple[Job, list[tuple[str, Found]]]]:
        """Have jobs done; whatever is missing of one is read here, for the digest alone."""
        if not jobs:
            return
        from weighbridge.probes.reading.isolated import (  # noqa: PLC0415 - who has jobs pays
            Isolation,
            read_isolated,
        )

        self.progress.start("reading", sum(job.size for job in jobs))
        isolation = Isolation(_one_at_a_time(self.progress))
        fn = read_isolated if self.engine.remote else isolation.read
        try:
            for outcome in self.engine.map_unordered(fn, jobs, window=2 * self.engine.workers):
                if self.engine.remote:
                    self.progress.advance(outcome.item.size)
                yield outcome.item, list(_taken(outcome))
        finally:
            isolation.stop()
            self.progress.finish()

    def _named(self, path: str, inner: str, found: Found) -> Found:
        """Give what was observed the path it is known by here."""
        if path == inner or not isinstance(found, ObservedFile):
            return found
        structure = found.structure
        if isinstance(structure, Structure):
            structure = promising(path, structure)
        return ObservedFile(path, found.size, found.digest, structure, found.link)


def _taken(outcome: Outcome[Job, list[Answer]]) -> Iterator[tuple[str, Found]]:
    job = outcome.item
    left = dict.fromkeys(job.paths)
    for path, data in outcome.value or ():
        try:
            found = read_observation(data, path)
        except ObservationError:
            continue
        if path in left:
            del left[path]
            yield path, found
    if left:
        from weighbridge.probes.reading.isolated import read_for_digests  # noqa: PLC0415

        reason = outcome.error or "the process that read it said what it should not"
        for path, data in read_for_digests(job.of(left), reason):
            yield path, read_observation(data, path)


def _one_at_a_time(progress: Progress) -> Callable[[int], None]:
    lock = threading.Lock()

    def tell(amount: int) -> None:
        with lock:
            progress.advance(amount)

    return tell
