"""What strace writes of a build, read: files by where they were really found, and by result.

Unlike in the sandbox, an attempt that failed counts only where it was to reach another machine:
a file that is not there was not read. A call that another process interrupts is told in two
lines, which are put together again.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Final

from weighbridge.adapters.sandbox.trace import addresses_in, paths_in, unescaped

OPENING: Final = frozenset({"open", "openat", "openat2", "creat"})
FORKING: Final = frozenset({"clone", "clone3", "fork", "vfork"})
SPEAKING: Final = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
MOVING: Final = frozenset({"rename", "renameat", "renameat2", "link", "linkat"})
MAKING: Final = frozenset({"truncate", "unlink", "unlinkat", "symlink", "symlinkat"})
STARTING: Final = frozenset({"execve", "execveat"})
PAST: Final = "io_uring_setup"
CALLS: Final = sorted({*OPENING, *FORKING, *SPEAKING, *MOVING, *MAKING, *STARTING, PAST})
"""The system calls that are traced; not all exist on every machine."""

BLIND: Final = "it may have opened files past the tracer, by io_uring"

_BEGUN: Final = re.compile(r"^(\d+) +([a-z0-9_]+)\((.*)$")
_RESUMED: Final = re.compile(r"^(\d+) +<\.\.\. [a-z0-9_]+ resumed>(.*)$")
_ENDED: Final = re.compile(r"^(\d+) +\+\+\+ ")
_UNFINISHED: Final = " <unfinished ...>"
_OPENED: Final = re.compile(
    r'^(?:(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)", ([^)]*)\) += \d+<(.*)>'
)
_HERE: Final = re.compile(r"AT_FDCWD<((?:[^>\\]|\\.)*)>")
_DONE: Final = re.compile(r"\) += ([1-9]\d*|0)$")
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|TRUNC|TMPFILE|EXCL)\b")


@dataclass(slots=True)
class BuildTrace:
    """What a build did, as the lines of its trace come in.

    Attributes:
        read: Files by where they really are, to what they were asked for by.
        made: Whole paths that were made, written, renamed or removed.
        unsure: Files that were there, or were made by being opened.
        programs: Programs, and how often they were started.
        addresses: Addresses that were spoken to or tried.
        processes: How many processes there were, the first one included.
        threads: How many threads were started.
        blind: Why some of it may not have been seen; empty if all was.
        left: Numbers of the processes that run.
    """

    read: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    programs: dict[str, int] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    processes: int = 0
    threads: int = 0
    blind: str = ""
    left: set[int] = field(default_factory=set)
    _halves: dict[str, str] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)
    _waiting: dict[str, list[str]] = field(default_factory=dict)

    def line(self, line: str) -> None:
        """Take in a line."""
        if line.endswith(_UNFINISHED):
            self._halves[line.partition(" ")[0]] = line[: -len(_UNFINISHED)]
            return
        resumed = _RESUMED.match(line)
        if resumed is not None:
            line = self._halves.pop(resumed[1], "") + resumed[2]
        begun = _BEGUN.match(line)
        if begun is not None:
            self._call(begun[1], begun[2], begun[3])
        elif (ended := _ENDED.match(line)) is not None:
            self.left.discard(int(ended[1]))

    def _call(self, process: str, call: str, rest: str) -> None:
        if call in OPENING:
            self._open(process, call, rest)
        elif call in SPEAKING:
            self.addresses.update(addresses_in(call, rest))
        elif call == PAST:
            self.blind = BLIND
        elif (done := _DONE.search(rest)) is not None:
            self._succeed(process, call, rest, done[1])

    def _succeed(self, process: str, call: str, rest: str, result: str) -> None:
        if call in STARTING:
            self.processes = self.processes or 1
            self._start(process, paths_in(rest.partition("[")[0])[:1])
        elif call in FORKING:
            # A child is told that its number is 0: it was counted where it was begun.
            self.processes += result != "0" and "CLONE_THREAD" not in rest
            self.threads += result != "0" and "CLONE_THREAD" in rest
            if "CLONE_THREAD" not in rest:
                self._fork(process, result)
        elif call in MOVING:
            source, *targets = paths_in(rest)[:2] or [""]
            self._take(source, source)
            self.made.update(targets)
            if call.startswith("rename"):
                self.made.add(source)
        else:
            self.made.update(paths_in(rest)[-1:])

    def _fork(self, process: str, child: str) -> None:
        """Learn of a process: it runs where the one runs that made it, unless it says otherwise."""
        self.left.add(int(child))
        if process in self._folders:
            self._folders.setdefault(child, self._folders[process])

    def _open(self, process: str, call: str, rest: str) -> None:
        here = _HERE.match(rest)
        if here is not None:
            self._at(process, unescaped(here[1]))
        found = _OPENED.match(rest)
        if found is None:
            return
        folder, asked, how, real = found.groups()
        place = unescaped(real)
        if not place.startswith("/") or "O_DIRECTORY" in how or "O_PATH" in how:
            return
        name = posixpath.normpath(posixpath.join(unescaped(folder or ""), unescaped(asked)))
        if call == "creat" or _WRITING.search(how):
            self.made.add(place)
        elif "O_RDWR" in how and "O_CREAT" in how:
            self._take(place, name)
            self.unsure.add(place)
            self.made.add(place)
        else:
            self._take(place, name)
            if "O_RDWR" in how or "O_CREAT" in how:
                self.made.add(place)

    def _take(self, place: str, name: str) -> None:
        """Note a file that is read, unless it is of the build's own making."""
        if place and place not in self.made:
            self.read.setdefault(place, name if name.startswith("/") else place)

    def _at(self, process: str, folder: str) -> None:
        """Learn where a process is, and so where what it was started from is."""
        self._folders[process] = folder
        for path in self._waiting.pop(process, ()):
            self._count(posixpath.normpath(posixpath.join(folder, path)))

    def _start(self, process: str, paths: list[str]) -> None:
        for path in paths:
            if path.startswith("/"):
                self._count(path)
            elif process in self._folders:
                self._count(posixpath.normpath(posixpath.join(self._folders[process], path)))
            else:
                self._waiting.setdefault(process, []).append(path)

    def _count(self, path: str) -> None:
        self.programs[path] = self.programs.get(path, 0) + 1
