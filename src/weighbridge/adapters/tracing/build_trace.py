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
LINKING: Final = frozenset({"link", "linkat"})
MAKING: Final = frozenset(
    {"truncate", "unlink", "unlinkat", "symlink", "symlinkat", "rename", "renameat", "renameat2"}
)
GOING: Final = frozenset({"chdir", "fchdir"})
STARTING: Final = frozenset({"execve", "execveat"})
PAST: Final = "io_uring_setup"
CALLS: Final = sorted({*OPENING, *FORKING, *SPEAKING, *LINKING, *MAKING, *GOING, *STARTING, PAST})
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
_WITHIN: Final = re.compile(r"^\d+<((?:[^>\\]|\\.)*)>")
_MAKER: Final = re.compile(r"^\d+ +(?:clone3?|v?fork)\(")
_DONE: Final = re.compile(r"\) += ([1-9]\d*|0)$")
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|TRUNC|TMPFILE|EXCL)\b")


@dataclass(slots=True)
class BuildTrace:
    """What a build did, as the lines of its trace come in.

    Attributes:
        folder: Where the command runs.
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

    folder: str = "/"
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
        if call in FORKING:
            self._fork(process, rest, result)
            return
        paths = [self._whole(process, path) for path in paths_in(rest.partition("[")[0])]
        if call in STARTING:
            self.processes = self.processes or 1
            for path in paths[:1]:
                self.programs[path] = self.programs.get(path, 0) + 1
        elif call == "chdir":
            self._folders[process] = paths[0]
        elif call == "fchdir":
            within = _WITHIN.match(rest)
            self._folders[process] = unescaped(within[1]) if within else self.folder
        elif call in LINKING:
            self._take(paths[0], paths[0])
            self.made.update(paths[1:])
        else:
            # What a symbolic link leads to is written first, and nothing is done to it.
            self.made.update(paths[-1:] if call.startswith("symlink") else paths)

    def _fork(self, process: str, rest: str, child: str) -> None:
        """Learn of a process or thread: it runs where the one runs that made it, at first."""
        if child == "0":
            return  # that is what the child is told: it was counted where it was begun
        if "CLONE_THREAD" in rest:
            self.threads += 1
        else:
            self.processes += 1
            self.left.add(int(child))
        self._folders.setdefault(child, self._where(process))

    def _where(self, process: str) -> str:
        """Say in which folder a process runs."""
        if process not in self._folders:
            # It is heard of before the call that made it has returned: where one makes another
            # program, that one waits.
            makers = [
                one
                for one, half in self._halves.items()
                if one in self._folders and _MAKER.match(half)
            ]
            self._folders[process] = self._folders[makers[-1]] if makers else self.folder
        return self._folders[process]

    def _whole(self, process: str, path: str) -> str:
        if path.startswith("/"):
            return path
        return posixpath.normpath(posixpath.join(self._where(process), path))

    def _open(self, process: str, call: str, rest: str) -> None:
        here = _HERE.match(rest)
        if here is not None:
            self._folders[process] = unescaped(here[1])
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
