"""The process hostile files are read in: it may be killed, and nothing is lost but itself.

It is given a job on standard input, and says line by line on standard output what becomes of it:

    ["begin", I]     the reader of file I, counted from 0, begins, or will soon
    ["at", N]        N more bytes have been read
    ["found", I, …]  what was observed of file I (`codec.observation`)
    ["end"]          there is nothing more to say

Limits on memory and CPU time are its own from before the first byte is read; the clock on the
wall is watched by who started it.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Any

import orjson

from weighbridge.codec.observation import observation_bytes
from weighbridge.model.limits import Limits, ProcessLimits
from weighbridge.probes.reading.digesting import LANES
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.job import Job, open_tree

_OUT = 1
_MANY = 32
"""Lines that may wait for the next one."""
_TELL = 4 << 20
"""Bytes after which the process says how far it is."""


def job_bytes(job: Job) -> bytes:
    """Write a job for the process that is to do it."""
    return orjson.dumps(dataclasses.asdict(job))


def read_job(data: bytes) -> Job:
    """Read a job."""
    value: dict[str, Any] = orjson.loads(data)
    value["limits"] = Limits(**value["limits"])
    value["process"] = ProcessLimits(**value["process"])
    value["paths"] = tuple(value["paths"])
    return Job(**value)


class _Said:
    """What is told to the parent: progress at once, what was found when the next work begins."""

    def __init__(self) -> None:
        self._kept = 0
        self._later: list[bytes] = []
        self._begun: set[int] = set()

    def start(self, what: str, total: int) -> None:  # noqa: ARG002 - the port's
        """Begin a piece of work, which may be the last: say what was found before."""
        if self._later:
            self.say()

    def advance(self, amount: int) -> None:
        """Say it once there is enough to say."""
        self._kept += amount
        if self._kept >= _TELL:
            self.flush()

    def finish(self) -> None:
        """End a piece of work."""

    def flush(self) -> None:
        """Say what was not said yet."""
        self.say(b'["at",%d]' % self._kept)
        self._kept = 0

    def begin(self, place: int, count: int) -> None:
        """Say that a file's reader begins, and in the same breath those of the next few files."""
        if place not in self._begun:
            places = range(place, min(place + LANES, count))
            self._begun.update(places)
            self.say(*(b'["begin",%d]' % place for place in places))

    def later(self, line: bytes) -> None:
        """Say a line with the next one: most files are small, and saying it costs as much."""
        self._later.append(line)
        if len(self._later) > _MANY:
            self.say()

    def say(self, *lines: bytes) -> None:
        """Say lines, and before them what was left for later."""
        view = memoryview(b"\n".join((*self._later, *lines, b"")))
        self._later.clear()
        while view:
            view = view[os.write(_OUT, view) :]


def _limit(job: Job) -> None:
    """Take the limits upon oneself; a system without them has that of the wall clock alone."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    seconds = job.process.seconds + job.size // job.process.pace
    for which, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, job.process.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (allowed, allowed))


def _observe(job: Job) -> None:
    """Read the files of a job, and say what becomes of them."""
    places = {path: place for place, path in enumerate(job.paths)}
    said = _Said()
    reading = Reading(
        limits=job.limits,
        examine=job.examine,
        algorithm=job.algorithm,
        progress=said,
        begins=lambda path: said.begin(places[path], len(places)),
    )
    for path, found in reading.read(open_tree(job.root), job.paths):
        said.later(b'["found",%d,%b]' % (places[path], observation_bytes(found)))
    said.flush()
    said.say(b'["end"]')


def main() -> None:
    """Do the job on standard input."""
    job = read_job(sys.stdin.buffer.read())
    _limit(job)
    _observe(job)


if __name__ == "__main__":
    main()
