"""Reading a job in a process of its own, which hostile data may kill.

What it said before it died stands. The files whose readers had begun are tried again, each in a
process alone; where that dies too, the file is read here, for its digest and nothing more, and
what it holds stays unjudged.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

import orjson

from weighbridge.codec.observation import observation_bytes
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.probes.reading.child import job_bytes
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.job import open_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.probes.reading.job import Job

_PIECE = 1 << 16
_LARGE = 1 << 20
"""Bytes of a file from which on its digest takes longer than to find and open it."""
_GRACE = 1.0
"""Seconds a process has to end that has nothing more to say."""
_PROGRAM = (sys.executable, "-P", "-m", "weighbridge.probes.reading.child")
_HINT = "inspect the file by hand, in a place where nothing can be lost"

Answer = tuple[str, bytes]
"""A path beneath the job's root, and what was observed there (`codec.observation`)."""


class StoppedError(Exception):
    """The reading was ended from outside."""


@dataclass(slots=True)
class _Said:
    """What a process said, and why it says no more.

    Attributes:
        found: Observations, by the place of the path in the job.
        begun: Places whose readers began.
        end: Why it ended; empty if it had nothing more to say.
    """

    found: dict[int, bytes] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    end: str = ""


def read_isolated(job: Job) -> list[Answer]:
    """Read a job's files in processes of their own."""
    return Isolation().read(job)


def read_for_digests(job: Job, reason: str) -> list[Answer]:
    """Read a job's files here, for their digests alone.

    Args:
        job: The job.
        reason: Why nothing else is to be had, in words.
    """
    reading = Reading(examine=False, algorithm=job.algorithm)
    answers = []
    for path, found in reading.read(open_tree(job.root), job.paths):
        known = found
        if job.examine and isinstance(found, ObservedFile):
            known = replace(found, structure=Unavailable(reason, _HINT))
        answers.append((path, observation_bytes(known)))
    return answers


class _Heard:
    """Progress of a job that is done in this process."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self.advance = advance

    def start(self, what: str, total: int) -> None:
        """Begin a piece of work: the job was begun before."""

    def finish(self) -> None:
        """End a piece of work."""


class Isolation:
    """The processes that read for this one, and the means to end them."""

    def __init__(self, tell: Callable[[int], object] = lambda _: None) -> None:
        """Begin with none.

        Args:
            tell: Is told how many more bytes were read; from several threads, if there are.
        """
        self._tell = tell
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def stop(self) -> None:
        """End all of them; whoever waits for one is told."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def read(self, job: Job) -> list[Answer]:
        """Read a job's files.

        Raises:
            StoppedError: `stop` was called.
        """
        if not job.examine and job.size >= _LARGE * len(job.paths):
            return self._digest(job)
        answers: dict[int, bytes] = {}
        shares = deque([tuple(range(len(job.paths)))])
        while shares:
            share = shares.popleft()
            said = self._run(job.of(job.paths[at] for at in share))
            answers.update({share[place]: data for place, data in said.found.items()})
            left = [at for place, at in enumerate(share) if place not in said.found]
            begun = {share[place] for place in said.begun}
            suspects = [at for at in left if at in begun]
            if not left:
                continue
            if len(share) == 1 or not suspects:
                alone = read_for_digests(job.of(job.paths[at] for at in left), said.end)
                places = {job.paths[at]: at for at in left}
                answers.update({places[path]: data for path, data in alone})
                continue
            shares.extend((at,) for at in suspects)
            if innocent := tuple(at for at in left if at not in begun):
                shares.append(innocent)
        return [(job.paths[at], data) for at, data in sorted(answers.items())]

    def _digest(self, job: Job) -> list[Answer]:
        """Digest large files in this thread: nothing can harm it, and it holds up no other."""
        reading = Reading(examine=False, algorithm=job.algorithm, progress=_Heard(self.heard))
        found = reading.read(open_tree(job.root), job.paths)
        return [(path, observation_bytes(one)) for path, one in found]

    def heard(self, amount: int) -> None:
        """Pass on how many more bytes were read.

        Raises:
            StoppedError: `stop` was called.
        """
        if self._stopped:
            raise StoppedError
        self._tell(amount)

    def _run(self, job: Job) -> _Said:
        """Have a process read files, until it ends one way or another."""
        said = _Said()
        with self._lock:
            if self._stopped:
                raise StoppedError
            try:
                process = _start()
            except OSError as error:
                said.end = f"no process could be started to read it: {error.strerror or error}"
                return said
            self._running.add(process)
        try:
            said.end = self._listen(process, job, said)
        finally:
            with process:  # which closes the pipes, and waits
                process.kill()
            with self._lock:
                self._running.discard(process)
        if self._stopped:
            raise StoppedError
        return said

    def _listen(self, process: subprocess.Popen[bytes], job: Job, said: _Said) -> str:
        """Give a process its job and take in what it says; return why it ended."""
        if process.stdin is None or process.stdout is None:
            raise AssertionError("it was started with pipes")
        try:
            with process.stdin as stdin:
                stdin.write(job_bytes(job))
        except BrokenPipeError:
            return ending(process)
        count = len(job.paths)
        try:
            for line in _lines(process.stdout, job):
                if not self._take(line, count, said):
                    return ""
        except TimeoutError:
            return f"the process that read it said nothing for {job.process.silence} seconds"
        except (ValueError, TypeError, IndexError):
            return "the process that read it said what it should not"
        return ending(process)

    def _take(self, line: bytes, count: int, said: _Said) -> bool:
        """Take in a line; false if it is the last.

        Raises:
            ValueError: It is none of those that `child` writes.
        """
        if line == b'["end"]':
            return False
        if line.startswith(b'["found",'):
            place, _, rest = line[9:].partition(b",")
            said.found[_place(int(place), count)] = rest[:-1]
            return True
        word, value = orjson.loads(line)
        if word == "begin":
            said.begun.add(_place(int(value), count))
        elif word == "at":
            self._tell(max(0, int(value)))
        else:
            raise ValueError(word)
        return True


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _PROGRAM,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to handle
    )


def _lines(stdout: IO[bytes], job: Job) -> Iterator[bytes]:
    """Yield what a process says, line by line.

    Raises:
        TimeoutError: It was silent for too long.
        ValueError: A line is longer than any should be.
    """
    kept: list[bytes] = []
    length = 0
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(job.process.silence):
                raise TimeoutError
            piece = os.read(stdout.fileno(), _PIECE)
            if not piece:
                return
            *lines, rest = piece.split(b"\n")
            for line in lines:
                yield b"".join([*kept, line])
                kept.clear()
                length = 0
            kept.append(rest)
            length += len(rest)
            if length > job.process.message:
                raise ValueError(length)


def _place(place: int, count: int) -> int:
    if not 0 <= place < count:
        raise ValueError(place)
    return place


def ending(process: subprocess.Popen[bytes]) -> str:
    """Say in words how a process ended that should not have."""
    try:
        code = process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return "the process that read it said no more, and did not end"
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "the process that read it was killed: it had used up its time or memory"
    if code < 0:
        return f"the process that read it died of signal {signal.Signals(-code).name}"
    if code == 0:
        return "the process that read it ended before it had said all"
    return f"the process that read it failed with exit code {code}"
