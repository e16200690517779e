"""Everything a folder may hold that is not a plain file, and what becomes of it.

The same table stands for people in `docs/explanation/what-is-read.md`.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
import unicodedata
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.shown_commands import ROOT
from tests.children import public_folder, tell_as_nobody
from tests.probes.observing import observe, trouble
from weighbridge.codec.canonical import digest
from weighbridge.model.fact import MISSING, ObservedFile, PathProblem, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.probes.neighbours import SMALL
from weighbridge.probes.open_file import CHANGED
from weighbridge.probes.reading.fanned import FannedReading
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.probes.reading.files import Found

PAGE = ROOT / "docs/explanation/what-is-read.md"
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder of a release, with a neighbour nothing may lead to."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "release"
    folder.mkdir()
    return folder


def clear(folder: Path) -> None:
    """Remove what pytest could not: before Python 3.13, `rmtree` calls itself for each level."""
    (folder / DEEP / "file").unlink(missing_ok=True)
    for level in range(1_000, 0, -1):
        with suppress(FileNotFoundError):
            (folder / DEEP[: 2 * level - 1]).rmdir()


def described(found: Mapping[str, Found]) -> tuple[dict[str, object], ...]:
    """Say what was read, where links lead, and what was not read."""
    read = {path: one for path, one in found.items() if isinstance(one, ObservedFile)}
    return (
        {path: (one.size, one.digest) for path, one in read.items()},
        {path: one.link for path, one in read.items() if one.link is not None},
        {path: one.kind for path, one in found.items() if isinstance(one, PathProblem)},
        {path: one.reason for path, one in found.items() if isinstance(one, Unavailable)},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_has_its_answer(case: Case, folder: Path) -> None:
    """And it is told as the page for people says."""
    write("beside")(folder)
    try:
        case.make(folder)
        tree = WorkTree(folder)
        listed = list(tree.files(""))
        paths = [path for path in listed if isinstance(path, str)]
        read, links, problems, unread = described(dict(Reading().read(tree, paths)))
        wanted = {"beside": b"data", **case.read}
        assert read == {path: (len(data), digest(data)) for path, data in wanted.items()}
        assert links == case.links
        assert unread == case.unread
        met = {one.path: one.kind for one in listed if isinstance(one, PathProblem)}
        assert {**met, **problems} == case.problems
        told = {file.path: file.findings for file in scan(["."], start=folder).files}
    finally:
        clear(folder)
    for path in case.problems:
        assert "INT009" in {one.code for one in told[f"./{path}"] if one.verdict is Verdict.FAIL}
    for path in case.unread:
        assert {one.verdict for one in told[f"./{path}"]} == {Verdict.INCONCLUSIVE}
    for path in wanted.keys() - case.problems.keys():
        # `scan` leaves out what belongs to version control, and says so.
        assert path.startswith(".git/") or told[f"./{path}"] == ()
    assert case.finding in rows()[case.name]


def rows() -> dict[str, str]:
    """Read the page: what is found, by case."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^\| ([^|]+?) \|[^|]*\| ([^|]+?) \|$", text))


def test_the_page_has_no_other_cases() -> None:
    others = {case.name for case in CASES} | set(CHANGES) | {UNREADABLE, GONE, SWAPPED}
    assert rows().keys() - {"What is there", "---"} == others
    assert {rows()[name] for name in CHANGES} == {"inconclusive"}
    assert all(case.why for case in CASES)


@pytest.mark.parametrize("reader", [Reading(), FannedReading()], ids=["here", "a process"])
def test_every_engine_gives_the_same_answers(folder: Path, reader: Reading | FannedReading) -> None:
    """All cases that fit into one folder, each below a folder of its own."""
    wanted: dict[str, tuple[int, str]] = {}
    for place, case in enumerate(CASES):
        below = folder / str(place)
        below.mkdir()
        if case.name not in {"deep folder", "path longer than the system allows"}:
            case.make(below)
            wanted |= {
                f"{place}/{path}": (len(one), digest(one)) for path, one in case.read.items()
            }
    tree = WorkTree(folder)
    paths = [path for path in tree.files("") if isinstance(path, str)]
    found = dict(reader.read(tree, paths))
    assert list(described(found)[0].items()) == [
        (path, wanted[path]) for path in described(found)[0]
    ]
    assert wanted.items() <= described(found)[0].items()
    assert described(found) == described(dict(Reading().read(tree, paths)))


def grow(path: Path) -> None:
    with path.open("ab") as opened:
        opened.write(b"more")


def shrink(path: Path) -> None:
    os.truncate(path, 1)


def rewrite(path: Path) -> None:
    """Write other bytes of the same number, and set the times back."""
    before = path.stat()
    path.write_bytes(bytes(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    """Put another file of the same size and time in its place, as a careful program does."""
    before = path.stat()
    other = path.parent.parent / "other"
    other.write_bytes(bytes(before.st_size))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def remove(path: Path) -> None:
    path.unlink()


CHANGES = {
    "file that grows while it is read": grow,
    "file that shrinks while it is read": shrink,
    "file rewritten while it is read, times set back": rewrite,
    "file replaced while it is read": replace,
    "file removed while it is read": remove,
}
UNREADABLE = "file or folder that may not be read"
GONE = "file gone before it is read"
SWAPPED = "file swapped for a link or a pipe before it is read"


@pytest.mark.parametrize("size", [5, SMALL, SMALL + 1, 1 << 22])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_read_has_no_digest(
    folder: Path, change: Callable[[Path], None], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_bytes(b"x" * size)
    (folder / "beside").write_bytes(b"data")
    real, left = os.read, [change]

    def read(descriptor: int, length: int) -> bytes:
        data = real(descriptor, length)
        if data.startswith(b"x") and left:
            left.pop()(folder / "file")
        return data

    monkeypatch.setattr(os, "read", read)
    found = dict(Reading().read(WorkTree(folder), ["beside", "file"]))
    assert left == []
    assert found["file"] == CHANGED
    assert isinstance(found["beside"], ObservedFile)


@pytest.mark.parametrize("size", [5, SMALL + 1])
def test_a_change_is_said_to_be_one(
    folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_bytes(b"x" * size)
    real = os.read

    def read(descriptor: int, length: int) -> bytes:
        data = real(descriptor, length)
        if data.startswith(b"x"):
            grow(folder / "file")
        return data

    monkeypatch.setattr(os, "read", read)
    (file,) = scan(["file"], start=folder).files
    assert (file.status, file.digest) == ("error", "")
    assert {one.verdict for one in file.findings} == {Verdict.INCONCLUSIVE}
    assert CHANGED.reason in file.findings[0].message


def test_a_file_that_was_listed_and_is_gone_is_missing(folder: Path) -> None:
    write("a", "b")(folder)
    tree = WorkTree(folder)
    paths = [path for path in tree.files("") if isinstance(path, str)]
    (folder / "a").unlink()
    found = dict(Reading().read(tree, paths))
    assert found["a"] == Unavailable(MISSING)
    assert isinstance(found["b"], ObservedFile)


@pytest.mark.parametrize(
    ("swap", "kind"),
    [(lambda path: path.symlink_to("../secret"), "outside"), (os.mkfifo, "special")],
)
def test_what_takes_the_place_of_a_file_is_judged_by_what_it_is(
    folder: Path, swap: Callable[[Path], object], kind: str
) -> None:
    write("a")(folder)
    tree = WorkTree(folder)
    assert list(tree.files("")) == ["a"]
    (folder / "a").unlink()
    swap(folder / "a")
    (found,) = dict(Reading().read(tree, ["a"])).values()
    assert isinstance(found, PathProblem)
    assert found.kind == kind


def test_what_may_not_be_read_is_inconclusive() -> None:
    with public_folder() as folder:
        write("closed/x", "file")(folder)
        (folder / "closed").chmod(0)
        (folder / "file").chmod(0)

        def look() -> str:
            tree = WorkTree(folder)
            paths = [path for path in tree.files("") if isinstance(path, str)]
            files = scan(["."], start=folder).files
            assert {one.verdict for file in files for one in file.findings} == {
                Verdict.INCONCLUSIVE
            }
            return str(described(dict(Reading().read(tree, paths))))

        reason = "it may not be read"
        assert tell_as_nobody(look) == str(({}, {}, {}, {"closed": reason, "file": reason}))
        (folder / "closed").chmod(0o700)


def test_an_empty_folder_is_no_artifact(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert trouble(observe(folder, "empty"), "empty") == "the directory is empty"
