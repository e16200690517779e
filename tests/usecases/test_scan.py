from __future__ import annotations

import os
import pickle
import socket
from typing import TYPE_CHECKING

import pytest

from tests.formats.wheels import record_of, wheel, wheel_files
from tests.usecases.workshop import EVIL_PICKLE, WEIGHTS, lay_out, sha256
from weighbridge.model.finding import Finding, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.scan import Coverage, ScannedFile
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.scan import Scan

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def fill(run: Bench, **files: bytes) -> None:
    for name, content in files.items():
        (run.folder / name).write_bytes(content)


def verdicts(run: Bench, *paths: str) -> dict[str, str]:
    found = run("scan", "--output-format", "json", *paths).json["files"]
    return {entry["path"]: entry["verdict"] for entry in found}


def test_a_clean_file_is_one_line_and_the_totals(run: Bench) -> None:
    fill(run, model=WEIGHTS)
    found = run("scan", "model")
    assert (found.code, found.err) == (0, "")
    assert found.out == "clean  safetensors  75 B  model\n1 file, 75 B: 1 clean\n"


def test_a_malicious_file_is_told_with_its_place(run: Bench) -> None:
    fill(run, evil=EVIL_PICKLE)
    found = run("scan", "evil")
    assert found.code == 1
    assert found.out.startswith("malicious  pickle  23 B  evil\n\nerror[SEC001]: ")
    assert "  --> evil, byte 0\n" in found.out
    assert found.out.endswith("1 file, 23 B: 1 malicious\n")


def test_a_global_nobody_vouches_for_needs_review(run: Bench) -> None:
    fill(run, odd=b"cmylib\nThing\n.")
    assert verdicts(run, "odd") == {"odd": "needs-review"}
    assert run("scan", "odd").code == 1


@pytest.mark.parametrize("content", [b"what is this?\0", WEIGHTS + b"x", WEIGHTS[:-1]])
def test_what_is_not_understood_whole_is_never_clean(content: bytes, run: Bench) -> None:
    fill(run, model=content)
    assert verdicts(run, "model") == {"model": "needs-review"}
    assert run("scan", "model").code in {1, 3}


def test_unread_bytes_alone_are_inconclusive(run: Bench) -> None:
    fill(run, notes=b"what is this?\0", model=WEIGHTS)
    assert run("scan", "notes", "model").code == 3


def test_the_json_has_the_shape_of_the_design(run: Bench) -> None:
    fill(run, evil=EVIL_PICKLE)
    found = run("scan", "evil", "--output-format", "json")
    assert found.code == 1
    assert list(found.json) == ["schemaVersion", "files"]
    assert found.json["schemaVersion"] == 1
    (entry,) = found.json["files"]
    (finding,) = entry.pop("findings")
    assert entry == {
        "path": "evil",
        "format": "pickle",
        "size": len(EVIL_PICKLE),
        "digest": sha256(EVIL_PICKLE),
        "status": "complete",
        "reason": "",
        "verdict": "malicious",
        "coverage": {"bytes": len(EVIL_PICKLE), "total": len(EVIL_PICKLE)},
    }
    assert finding == {
        "code": "SEC001",
        "message": finding["message"],
        "container": "",
        "offset": 0,
        "global": "os.system",
    }


def test_folders_and_files_go_together(run: Bench) -> None:
    lay_out(run.folder / "a")
    fill(run, evil=EVIL_PICKLE)
    found = verdicts(run, "a", "evil", f"{run.folder}/a/weights")
    assert found["a/weights/model.safetensors"] == "clean"
    assert found["evil"] == "malicious"
    assert found[f"{run.folder}/a/weights/model.safetensors"] == "clean"
    assert run("scan", "a/weights").code == 0


def test_one_bad_file_among_many_fails_the_scan(run: Bench) -> None:
    lay_out(run.folder / "a")
    (run.folder / "a/weights/.hidden.pkl").write_bytes(EVIL_PICKLE)
    assert run("scan", "a/weights").code == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "nowhere is not there"),
        ("lost", "lost is a link that leads nowhere"),
        ("empty", "empty holds no file"),
        ("only-git", "only-git holds no file"),
        ("file/below", "file/below cannot be read: not a directory"),
        ("loop", "loop cannot be read: too many levels of symbolic links"),
    ],
)
def test_what_cannot_be_scanned_is_an_error(path: str, said: str, run: Bench) -> None:
    fill(run, file=b"x")
    (run.folder / "lost").symlink_to("gone")
    (run.folder / "loop").symlink_to("loop")
    (run.folder / "empty/below").mkdir(parents=True)
    (run.folder / "only-git/.git").mkdir(parents=True)
    (run.folder / "only-git/.git/config").write_text("x")
    found = run("scan", path)
    assert (found.code, found.out) == (2, "")
    assert f"error[WB102]: {said}\n" in found.err
    assert run("digest", path).code == (0 if path == "only-git" else 2)


def test_a_file_that_was_named_is_read_through_its_link(run: Bench) -> None:
    (run.folder.parent / "outside").write_bytes(WEIGHTS)
    (run.folder / "link").symlink_to("../outside")
    assert verdicts(run, "link") == {"link": "clean"}
    assert run("digest", "link").out == f"{sha256(WEIGHTS)}  link\n"


def test_special_files_do_not_hang_and_are_not_clean(run: Bench) -> None:
    os.mkfifo(run.folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(run.folder / "socket"))
        for name in ("pipe", "socket", "/dev/zero"):
            assert run("scan", name).code in {1, 3}
            assert list(verdicts(run, name).values()) == ["needs-review"]
            assert run("digest", name).code == 2
    assert run("scan", ".").code in {1, 3}
    assert run("scan", "pipe").out.count("could not be judged") == 1


def test_links_out_of_a_folder_are_not_followed_and_are_said(run: Bench) -> None:
    folder = run.folder / "a"
    folder.mkdir()
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(".")
    found = run("scan", "a")
    assert found.code in {1, 3}
    assert "INT009" in found.out
    assert "root:" not in found.out
    assert "clean" not in verdicts(run, "a").values()
    refused = run("digest", "a")
    assert (refused.code, refused.out) == (2, "")


def test_names_move_no_cursor_and_break_no_line(run: Bench) -> None:
    folder = run.folder / "a"
    folder.mkdir()
    for name in ("x\ny", "\x1b[2J", "\u202ereversed"):
        (folder / name).write_bytes(WEIGHTS)
    found = run("scan", "a")
    assert found.code == 0
    assert len(found.out.splitlines()) == 4
    assert "a/x\\ny\n" in found.out
    assert "a/\\x1b[2J\n" in found.out
    assert "a/\\u202ereversed\n" in found.out
    assert set(verdicts(run, "a")) == {"a/x\ny", "a/\x1b[2J", "a/\u202ereversed"}
    assert run("digest", "a/x\ny").out == f"{sha256(WEIGHTS)}  a/x\\ny\n"


def test_a_name_that_is_not_text_is_said(run: Bench) -> None:
    folder = run.folder / "a"
    folder.mkdir()
    (folder / os.fsdecode(b"\xff")).write_bytes(WEIGHTS)
    (folder / "b").write_bytes(WEIGHTS)
    found = run("scan", "a")
    assert found.code in {1, 3}
    assert "\\xff" in found.out
    assert run("digest", "a").code == 2
    named = run("scan", os.fsdecode(b"a/\xff"))
    assert named.code != 70
    assert run("digest", os.fsdecode(b"a/\xff")).code != 70


def test_version_control_is_left_out_and_said(bench: Bench) -> None:
    assert bench("seal").code == 0
    nested = bench.folder / "sub/.git"
    nested.mkdir(parents=True)
    (nested / "evil").write_bytes(EVIL_PICKLE)
    found = bench("scan", ".")
    assert "evil" not in found.out
    assert found.err == (
        "left out: ./.git (version control or registry)\n"
        "left out: ./.weighbridge (version control or registry)\n"
        "left out: ./sub/.git (version control or registry)\n"
    )
    assert bench("scan", ".", "-q").err == ""
    assert bench("scan", "sub/.git").code == 1


def test_a_note_on_a_clean_file_fails_nothing() -> None:
    finding = Finding(
        code="X",
        name="x",
        severity=Severity.NOTE,
        verdict=Verdict.FAIL,
        subject="x",
        message="x",
        location=Location("x"),
    )
    file = ScannedFile(
        path="x",
        format="pickle",
        size=1,
        digest="",
        status="complete",
        coverage=Coverage(bytes=1, total=1),
        findings=(finding,),
    )
    assert file.verdict == "clean"
    assert Scan(files=(file,)).verdict is Verdict.PASS
    assert Scan(files=()).verdict is Verdict.PASS


def test_a_folder_that_may_not_be_read_is_an_error(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WorkTree, "files", lambda *_: iter([""]))
    found = run("scan", ".")
    assert (found.code, found.out) == (2, "")
    assert "error[WB102]: . may not be read\n" in found.err


def test_a_pickle_of_plain_data_is_clean(run: Bench) -> None:
    fill(run, data=pickle.dumps({"a": [1, 2.0, "x", None, b"y"]}))
    assert run("scan", "data").code == 0


def test_a_wheel_is_weighed_against_its_record(run: Bench) -> None:
    name = "tiny-1.0-py3-none-any.whl"
    fill(run, **{name: wheel()})
    found = run("scan", name)
    assert (found.code, found.out.split()[:2]) == (0, ["clean", "wheel"])
    fill(run, **{name: wheel(wheel_files(**{"tiny/x.py": b"1\n"}), rows=record_of(wheel_files()))})
    found = run("scan", name)
    assert found.code == 1
    assert f"error[INT010]: {name}: 1 file is not in RECORD: `tiny/x.py`" in found.out
