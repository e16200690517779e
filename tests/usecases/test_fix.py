from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tests.usecases.workshop import commit, sha256
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.finding import Edit
from weighbridge.usecases.editing import FileChange, changes, dotted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench


def drift(bench: Bench, lock: str = "# reviewed\n") -> None:
    (bench.folder / "requirements.lock").write_bytes(lock.encode())
    commit(bench.folder)


def test_diff_shows_and_changes_nothing(bench: Bench) -> None:
    drift(bench)
    before = bench.files()
    found = bench("check", "--diff")
    assert found.code == 1
    assert found.out.startswith("--- a/release.yaml\n+++ b/release.yaml\n")
    assert f'"{sha256(b"# reviewed" + bytes([10]))}"' in found.out
    assert found.err == "1 file would be changed by `weighbridge check --fix`\n"
    assert bench.files() == before
    assert bench("check", "--fix", "--diff") == found


def test_fix_changes_the_value_and_no_other_byte(bench: Bench) -> None:
    before = bench.files()
    drift(bench)
    found = bench("check", "--fix")
    assert found.code == 0
    assert "\n\npass: " in found.out
    assert "+    runtime: {lock: requirements.lock" in found.err
    assert found.err.endswith("1 change made\n")
    after = bench.files()
    old, new = sha256(before["requirements.lock"]), sha256(b"# reviewed\n")
    assert after["release.yaml"] == before["release.yaml"].replace(old.encode(), new.encode())


def test_fix_with_nothing_to_fix_says_so(bench: Bench) -> None:
    before = bench.files()
    found = bench("check", "--fix")
    assert (found.code, found.err) == (0, "nothing to fix safely\n")
    assert bench.files() == before


def test_one_remedy_that_calls_for_another_is_one_run(bench: Bench) -> None:
    installed = Version(__import__("packaging").__version__)
    drift(bench, "packaging\n")
    bench.edit(sha256(b"# nothing is needed\n"), sha256(b"packaging\n"))
    found = bench("check", "--fix", "--select", "DEP001,DEP003")
    assert found.code == 0
    assert found.err.endswith("2 changes made\n")
    lock = (bench.folder / "requirements.lock").read_bytes()
    assert lock == f"packaging=={installed}\n".encode()
    assert sha256(lock) in (bench.folder / "release.yaml").read_text()


def test_fix_works_from_another_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    drift(bench)
    monkeypatch.chdir(bench.folder.parent)
    found = bench("check", "project", "--fix")
    assert found.code == 0
    assert sha256(b"# reviewed\n") in (bench.folder / "release.yaml").read_text()


@pytest.mark.parametrize("word", ["--fix", "--diff"])
def test_a_sealed_release_is_never_fixed(word: str, bench: Bench) -> None:
    bench("seal")
    found = bench("check", "demo@1.0.0", word)
    assert found.code == 2
    assert "a sealed release cannot be changed" in found.err


def test_lines_are_counted_as_readers_of_locks_count_them(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_bytes("\ufeffone\u2028x\x0c\r\ntwo\rthree".encode())
    edits = [Edit(file="a.lock", line=n, value=f"new{n}") for n in (1, 2, 3)]
    (change,) = changes([*edits, edits[0]], tmp_path)
    assert change.after == "\ufeffnew1\r\nnew2\rnew3"


def test_a_line_that_is_gone_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("one\n")
    with pytest.raises(UsageError, match="line 2 is gone"):
        changes([Edit(file="a.lock", line=2, value="x")], tmp_path)


def test_no_edit_leads_out_of_the_release(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "precious").write_text("one\n")
    (inside / "link.lock").symlink_to("../precious")
    for name in ("../precious", "link.lock"):
        with pytest.raises(UsageError, match="leads out of the release"):
            changes([Edit(file=name, line=1, value="x")], inside)


def test_a_file_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"a\.lock cannot be read"):
        changes([Edit(file="a.lock", line=1, value="x")], tmp_path)


def test_a_change_that_changes_nothing_does_not_touch_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    FileChange(path=path, name="a", before="x", after="x").write()
    assert not path.exists()


def test_a_diff_without_a_last_line_break_is_whole(tmp_path: Path) -> None:
    change = FileChange(path=tmp_path, name="a", before="x", after="y")
    assert change.diff() == "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n"


def test_pointers_are_dotted_unless_a_key_has_a_dot() -> None:
    assert dotted("/spec/artifacts/0/path") == "spec.artifacts.0.path"
    assert dotted("/spec/parameters/a.b/value") == "/spec/parameters/a.b/value"
    assert dotted("/spec/parameters/a~1b/value") == "/spec/parameters/a~1b/value"
