"""Everything a folder may hold that is not a plain file, and what becomes of it.

The same table stands for people in `docs/explanation/what-is-read.md`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from scripts.shown_commands import ROOT
from tests.children import public_folder, tell_as_nobody
from tests.probes.observing import observe, trouble
from tests.probes.path_cases import CASES, clear, write
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
    from pathlib import Path

    from tests.probes.path_cases import Case
    from weighbridge.probes.reading.files import Found

PAGE = ROOT / "docs/explanation/what-is-read.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder of a release, with a neighbour nothing may lead to."""
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "release"
    folder.mkdir()
    return folder


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
