"""What strace writes, read: which files, processes and addresses a program asked for.

A line is a process number, a call with its arguments, and its result; of a call that another
process interrupts, the arguments come first and the result in a line of its own. Everything
needed here stands in the arguments, so that failed attempts count as well.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.sandbox import Act, Deed

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS: Final = [
    "open",
    "openat",
    "openat2",
    "creat",
    "truncate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchownat",
    "mknod",
    "mknodat",
    "setxattr",
    "lsetxattr",
    "removexattr",
    "lremovexattr",
    "utimensat",
    "execve",
    "execveat",
    "clone",
    "clone3",
    "fork",
    "vfork",
    "connect",
    "bind",
    "listen",
    "sendto",
    "sendmsg",
    "sendmmsg",
]
"""The system calls that are traced; not all exist on every machine."""

_CALL: Final = re.compile(r"^\d+ +([a-z0-9_]+)\((.*)$")
_ENDED: Final = re.compile(r"^\d+ +\+\+\+ ")
_RESUMED: Final = re.compile(r"^\d+ +<\.\.\. ([a-z0-9_]+) resumed>")
_FAILED: Final = re.compile(r"\) += -1 ")
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER: Final = re.compile(r"^(?:AT_FDCWD|\d+)<([^>]*)>, ")
_LIST: Final = re.compile(r"\[(.*?)\]")
_ESCAPE: Final = re.compile(r"\\([0-7]{1,3}|.)")
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_ADDRESS: Final = re.compile(r"\{sa_family=AF_(\w+)(?:, (.*?))?\}")
_PORT: Final = re.compile(r"htons\((\d+)\)")
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")

_OPENING: Final = frozenset({"open", "openat", "openat2"})
_STARTING: Final = frozenset({"execve", "execveat"})
_FORKING: Final = frozenset({"clone", "clone3", "fork", "vfork"})
_SPEAKING: Final = frozenset({"connect", "bind", "listen", "sendto", "sendmsg", "sendmmsg"})


class Trace:
    """The acts of one program, as the lines of its trace come in.

    What the sandbox itself does before it becomes the program is not counted.

    Attributes:
        acts: Each act once, in order.
        processes: How many processes the program started.
        tasks: How many processes and threads it has now. They are counted before they run, and
            whoever traces waits for whoever reads: nothing outruns this number by more than the
            lines a pipe holds.
    """

    def __init__(self, program: str) -> None:
        """Wait for the program to be started."""
        self.acts: dict[Act, None] = {}
        self.processes = 0
        self.tasks = 1
        self._program = program
        self._begun = False

    @property
    def begun(self) -> bool:
        """Whether the program was started."""
        return self._begun

    def line(self, line: str) -> None:
        """Take in a line."""
        found = _CALL.match(line)
        if found is None:
            if self._begun:
                self._ended(line)
            return
        call, arguments = found[1], found[2]
        if not self._begun:
            self._begun = call == "execve" and _texts(arguments)[:1] == [self._program]
            return
        if call in _FORKING and not _FAILED.search(arguments):
            self.tasks += 1
            self.processes += "CLONE_THREAD" not in arguments
        for act in acts_of(call, arguments):
            self.acts.setdefault(Act(act.deed, _printable(act.what)))

    def _ended(self, line: str) -> None:
        """Take in that a process or thread ended, or that one was not made after all."""
        resumed = _RESUMED.match(line)
        failed = resumed and resumed[1] in _FORKING and _FAILED.search(line)
        if failed or _ENDED.match(line):
            self.tasks -= 1


def acts_of(call: str, arguments: str) -> Iterator[Act]:
    """Say what a call with these arguments does, if it succeeds."""
    if call in _STARTING:
        listed = _LIST.search(arguments)
        path = paths_in(arguments.partition("[")[0])[:1]
        words = _texts(listed[1]) if listed else []
        yield Act(Deed.STARTED, " ".join([*path, *words[1:]]))
    elif call in _FORKING:
        # With shared memory it is a thread, or on its way to another program, which is seen then.
        if call != "vfork" and "CLONE_VM" not in arguments:
            yield Act(Deed.STARTED, "a copy of itself")
    elif call in _OPENING:
        deed = Deed.WRITTEN if _WRITING.search(arguments) else Deed.OPENED
        yield from (Act(deed, path) for path in paths_in(arguments)[:1])
    elif call in _SPEAKING:
        yield from (Act(Deed.CONNECTED, address) for address in addresses_in(call, arguments))
    else:
        yield from (Act(Deed.WRITTEN, path) for path in paths_in(arguments))


def paths_in(arguments: str) -> list[str]:
    """List the paths among the arguments, each beneath the folder it is relative to."""
    found = []
    while arguments:
        folder = _FOLDER.match(arguments)
        rest = arguments[folder.end() :] if folder else arguments
        text = _TEXT.match(rest)
        if text is not None:
            base = folder[1] if folder else ""
            found.append(posixpath.normpath(posixpath.join(base, unescaped(text[1]))))
        arguments = arguments.partition(", ")[2] if text is None else rest[text.end() + 2 :]
    return found


def _texts(arguments: str) -> list[str]:
    return [unescaped(text) for text in _TEXT.findall(arguments)]


def unescaped(text: str) -> str:
    """Read a text as strace writes it: bytes that are no ASCII, and some that are, as numbers."""
    if "\\" not in text:
        return text
    written = _ESCAPE.sub(
        lambda found: (
            chr(int(found[1], 8)) if found[1][0] in "01234567" else _SIMPLE.get(found[1], found[1])
        ),
        text,
    )
    return written.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _printable(text: str) -> str:
    """Show bytes that are no UTF-8 by their numbers."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def addresses_in(call: str, arguments: str) -> Iterator[str]:
    """Write the addresses of a call as people do; a call without one speaks on an old line."""
    for family, rest in _ADDRESS.findall(arguments):
        port = _PORT.search(rest)
        hosts = _texts(rest)
        if family in {"INET", "INET6"} and hosts and port:
            host = f"[{hosts[0]}]" if family == "INET6" else hosts[0]
            yield f"{host}:{port[1]}"
        elif family == "UNIX":
            yield f"unix:{hosts[0] if hosts else '?'}"
        elif family != "NETLINK":  # the kernel's own, asked for the addresses of this machine
            yield f"{call} of family {family}"
    if call == "listen":
        yield "a socket that listens"
