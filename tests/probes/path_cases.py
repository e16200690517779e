"""The special cases of a folder: how each is made, what becomes of it, and why."""

from __future__ import annotations

import os
import socket
import tempfile
import unicodedata
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.fact import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEEP = "/".join(["d"] * 1_000)
LONG = "n" * 255
NFD = unicodedata.normalize("NFD", "é")
TOO_LONG = "it cannot be read: file name too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One special case.

    Attributes:
        name: As the page for people calls it.
        why: Why the answer is this one.
        make: Makes it in the folder of a release.
        read: The paths that are read, with the bytes they are taken to have.
        links: Where those paths lead that have a link on their way.
        problems: The paths that are not followed, with the kind of problem (INT009).
        unread: The paths that cannot be read, with the reason; rules about them are inconclusive.
    """

    name: str
    why: str
    make: Callable[[Path], object]
    read: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def finding(self) -> str:
        """What is said of it."""
        if self.problems:
            return "INT009"
        return "inconclusive" if self.unread else "none"


def write(*names: str, data: bytes = b"data") -> Callable[[Path], object]:
    """Make files."""

    def make(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)

    return make


def link(name: str, target: str, *files: str) -> Callable[[Path], object]:
    """Make a link, and files beside it."""

    def make(folder: Path) -> None:
        write(*files)(folder)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)

    return make


def twins(folder: Path) -> None:
    (folder / "one").write_bytes(b"data")
    (folder / "two").hardlink_to(folder / "one")


def sparse(folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(1 << 20)
    assert (folder / "sparse").stat().st_blocks * 512 < 1 << 20


def bind(folder: Path) -> None:
    short = os.path.relpath(folder / "socket")  # a socket's name has at most 107 bytes
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(short)


def may_make_devices() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.mknod(f"{folder}/null", 0o20666, os.makedev(1, 3))
        except OSError:
            return False
    return True


DEVICES = may_make_devices()


def device(folder: Path) -> None:
    if DEVICES:
        os.mknod(folder / "device", 0o20666, os.makedev(1, 3))
    else:
        (folder / "device").symlink_to("/dev/null")


def in_bytes(name: bytes) -> Callable[[Path], object]:
    return lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"data")


def deep(folder: Path) -> None:
    for level in range(1, 1_001):
        (folder / DEEP[: 2 * level - 1]).mkdir()
    (folder / DEEP / "file").write_bytes(b"data")


def beyond_the_longest_path(folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(17):
        os.mkdir(LONG, dir_fd=here)
        inner = os.open(LONG, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


CASES = [
    Case(
        name="plain file",
        why="it is what a release is made of",
        make=write("a", "sub/b"),
        read={"a": b"data", "sub/b": b"data"},
    ),
    Case(
        name="hidden file or folder",
        why="a loader reads it like any other, so nobody may hide something there",
        make=write(".hidden", ".cache/.deep/x", ".git/config"),
        read={".hidden": b"data", ".cache/.deep/x": b"data", ".git/config": b"data"},
    ),
    Case(
        name="empty file",
        why="that it is empty is its content",
        make=write("empty", data=b""),
        read={"empty": b""},
    ),
    Case(
        name="empty folder",
        why="a release consists of files; git keeps no such folder either",
        make=lambda folder: (folder / "empty/below").mkdir(parents=True),
    ),
    Case(
        name="hard link",
        why="each name is a file of its own: on other systems they will be two",
        make=twins,
        read={"one": b"data", "two": b"data"},
    ),
    Case(
        name="sparse file",
        why="whoever reads it gets zeros for its holes, and a copy has them",
        make=sparse,
        read={"sparse": bytes(1 << 20)},
    ),
    Case(
        name="link to a file inside",
        why="its content is part of the release under both names",
        make=link("link", "sub/file", "sub/file"),
        read={"link": b"data", "sub/file": b"data"},
        links={"link": "sub/file"},
    ),
    Case(
        name="link to a folder inside",
        why="what lies in the folder is part of the release under both names",
        make=link("link", "sub", "sub/file"),
        read={"link/file": b"data", "sub/file": b"data"},
        links={"link/file": "sub/file"},
    ),
    Case(
        name="link to a file outside",
        why="what it leads to is not delivered with the release, and may be anybody's secret",
        make=link("link", "../secret"),
        problems={"link": "outside"},
    ),
    Case(
        name="link to a folder outside",
        why="the same holds of all that lies in it",
        make=link("link", ".."),
        problems={"link": "outside"},
    ),
    Case(
        name="link out to nothing",
        why="what will be there tomorrow is not known",
        make=link("link", "/nowhere/at/all"),
        problems={"link": "outside"},
    ),
    Case(
        name="link inside to nothing",
        why="a file that should be there is missing",
        make=link("link", "nothing"),
        unread={"link": MISSING},
    ),
    Case(
        name="link to a folder above it",
        why="the folder would never end",
        make=link("sub/link", "..", "file"),
        read={"file": b"data"},
        problems={"sub/link": "cycle"},
    ),
    Case(
        name="links in a circle",
        why="they lead nowhere",
        make=lambda folder: (link("one", "two")(folder), link("two", "one")(folder)),
        problems={"one": "cycle", "two": "cycle"},
    ),
    Case(
        name="pipe",
        why="reading it would wait for whoever writes, for ever",
        make=lambda folder: os.mkfifo(folder / "pipe"),
        problems={"pipe": "special"},
    ),
    Case(
        name="socket",
        why="it has no content",
        make=bind,
        problems={"socket": "special"},
    ),
    Case(
        name="device",
        why="reading some devices has effects, and some never end",
        make=device,
        problems={"device": "special" if DEVICES else "outside"},
    ),
    Case(
        name="names that differ in case alone",
        why="they are one file on macOS and Windows: which survives is chance",
        make=write("model", "Model"),
        read={"model": b"data", "Model": b"data"},
        problems={"model": "collision"},
    ),
    Case(
        name="names that differ in Unicode form alone",
        why="they look the same, and are one file on macOS",
        make=write("é", NFD),
        read={"é": b"data", NFD: b"data"},
        problems={NFD: "not-nfc", "é": "collision"},
    ),
    Case(
        name="name not in Unicode form C",
        why="the same letters typed elsewhere name another file",
        make=write(NFD),
        read={NFD: b"data"},
        problems={NFD: "not-nfc"},
    ),
    Case(
        name="name that is not UTF-8",
        why="no manifest can name it",
        make=in_bytes(b"caf\xe9"),
        problems={"caf\\xe9": "encoding"},
    ),
    Case(
        name="backslash in a name",
        why="Windows takes it for a folder",
        make=write("a\\b"),
        read={"a\\b": b"data"},
        problems={"a\\b": "foreign"},
    ),
    Case(
        name="line break or control character in a name",
        why="it is a name; reports make such characters visible",
        make=write("line\nbreak", "\x1b[2J", "\u202egnp.exe"),
        read={"line\nbreak": b"data", "\x1b[2J": b"data", "\u202egnp.exe": b"data"},
    ),
    Case(
        name="long name",
        why="the system allows 255 bytes, and so do we",
        make=write(LONG, "é" * 127),
        read={LONG: b"data", "é" * 127: b"data"},
    ),
    Case(
        name="deep folder",
        why="the walk keeps its own stack, so no depth breaks it",
        make=deep,
        read={f"{DEEP}/file": b"data"},
    ),
    Case(
        name="path longer than the system allows",
        why="nobody could open what is there by its path",
        make=beyond_the_longest_path,
        unread={"/".join([LONG] * 17): TOO_LONG},
    ),
]


def clear(folder: Path) -> None:
    """Remove what pytest could not: before Python 3.13, `rmtree` calls itself for each level."""
    (folder / DEEP / "file").unlink(missing_ok=True)
    for level in range(1_000, 0, -1):
        with suppress(FileNotFoundError):
            (folder / DEEP[: 2 * level - 1]).rmdir()
