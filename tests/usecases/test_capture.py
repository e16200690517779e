from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import LABELS, WEIGHTS, commit, git, lay_out, safetensors, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

OTHER = safetensors(5.0, 6.0, 7.0)


def change_weights(bench: Bench) -> None:
    (bench.folder / "weights/model.safetensors").write_bytes(OTHER)


def test_the_text_marks_what_is_as_declared(bench: Bench) -> None:
    found = bench("capture")
    assert found.code == 0
    assert found.err == "1 value differs from the manifest: `weighbridge capture --update`\n"
    lines = found.out.splitlines()
    assert f"= /spec/environment/runtime/version  {platform.python_version()}" in lines
    assert f"= /spec/artifacts/0/digest  {sha256(WEIGHTS)}" in lines
    assert f"~ /spec/artifacts/1/size  {len(LABELS)}" in lines


def test_the_text_says_what_was_declared_and_what_could_not_be_had(bench: Bench) -> None:
    change_weights(bench)
    (bench.folder / "labels.json").unlink()
    (bench.folder / "requirements.lock").unlink()
    found = bench("capture")
    assert found.err.startswith("2 values differ from")
    lines = found.out.splitlines()
    declared = f"(manifest: {sha256(WEIGHTS)})"
    assert f"~ /spec/artifacts/0/digest  {sha256(OTHER)}  {declared}" in lines
    assert "? /spec/artifacts/1/digest  (no such file)" in lines
    assert "? /spec/dependencies/runtime/digest  (no such file)" in lines


def test_the_json_has_every_value(bench: Bench) -> None:
    (bench.folder / "labels.json").unlink()
    found = bench("capture", "--output-format", "json").json
    assert list(found) == ["schemaVersion", "facts"]
    assert {
        "pointer": "/spec/artifacts/0/size",
        "observed": len(WEIGHTS),
        "declared": len(WEIGHTS),
        "reason": "",
    } in found["facts"]
    assert {
        "pointer": "/spec/artifacts/1/digest",
        "observed": None,
        "declared": sha256(LABELS),
        "reason": "no such file",
    } in found["facts"]


def test_capturing_alone_writes_nothing(bench: Bench) -> None:
    change_weights(bench)
    before = bench.files()
    assert bench("capture").code == 0
    assert bench.files() == before


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_update_changes_the_values_and_no_other_byte(line_break: str, bench: Bench) -> None:
    path = bench.folder / "release.yaml"
    before = path.read_bytes().replace(b"\n", line_break.encode())
    before = before.replace(b"{name: labels,", b"{name: labels, size: 1,")
    path.write_bytes(before)
    change_weights(bench)
    found = bench("capture", "--update")
    assert found.code == 0
    assert path.read_bytes() == (
        before.replace(sha256(WEIGHTS).encode(), sha256(OTHER).encode())
        .replace(f"size: {len(WEIGHTS)}".encode(), f"size: {len(OTHER)}".encode())
        .replace(b"size: 1,", f"size: {len(LABELS)},".encode())
    )
    assert f"+      size: {len(OTHER)}" in found.err
    again = path.read_bytes()
    assert bench("capture", "--update").err == ""
    assert path.read_bytes() == again


def test_a_dry_run_shows_the_change_and_makes_none(bench: Bench) -> None:
    change_weights(bench)
    before = bench.files()
    found = bench("capture", "--update", "--dry-run")
    assert bench.files() == before
    assert bench("capture", "--update").err == found.err != ""


def test_missing_values_are_written(bench: Bench) -> None:
    bench.edit(f'      digest: "{sha256(WEIGHTS)}"\n', "")
    bench.edit("      size: 75\n", "")
    bench.edit("      format: safetensors\n", "      format: TODO\n")
    assert bench("capture", "--update").code == 0
    commit(bench.folder)
    assert bench("check").code == 0
    text = (bench.folder / "release.yaml").read_text()
    for line in ("format: safetensors", "size: 75", f"digest: {sha256(WEIGHTS)}"):
        assert f"      {line}\n" in text


def test_a_format_nobody_knows_is_not_written(bench: Bench) -> None:
    assert "/spec/artifacts/1/format" not in bench("capture").out


def test_folders_are_captured_by_their_listing(bench: Bench) -> None:
    bench.edit("path: weights/model.safetensors", "path: weights")
    assert bench("capture", "--update").code == 0
    digest = bench("digest", "weights").out.split()[0]
    assert f'digest: "{digest}"' in (bench.folder / "release.yaml").read_text()


def test_a_commit_that_is_declared_is_brought_up_to_date(bench: Bench) -> None:
    head = git(bench.folder, "rev-parse", "HEAD")
    assert "/spec/source" not in bench("capture").out
    bench.edit("source: {}", f"source: {{commit: {'ab' * 20}}}")
    assert f"~ /spec/source/commit  {head}  (manifest: {'ab' * 20})" in bench("capture").out
    bench("capture", "--update")
    assert f"source: {{commit: {head}}}" in (bench.folder / "release.yaml").read_text()


def test_artifacts_elsewhere_are_left_alone(bench: Bench) -> None:
    elsewhere = "    - {name: far, role: weights, uri: 'https://example.com/w'}\n"
    path = bench.folder / "release.yaml"
    path.write_text(path.read_text() + elsewhere)
    assert "artifacts/2" not in bench("capture").out


def test_a_broken_environment_is_a_reason(bench: Bench) -> None:
    (bench.folder / ".venv").mkdir()
    (bench.folder / ".venv/pyvenv.cfg").write_text("home = nowhere\n")
    assert "? /spec/environment/runtime/version  (" in bench("capture").out


def test_a_manifest_in_another_folder_is_updated_there(run: Bench) -> None:
    folder = lay_out(run.folder / "deep/er")
    (folder / "labels.json").write_text("[]\n")
    assert run("capture", "deep/er", "--update").code == 0
    assert sha256(b"[]\n") in (folder / "release.yaml").read_text()
    assert not (run.folder / "release.yaml").exists()


def test_values_from_the_manifest_move_no_cursor(bench: Bench) -> None:
    bench.edit('digest: "' + sha256(LABELS), 'digest: TODO, version: "')
    bench.edit('version: ""', 'version: "\u202e"')
    found = bench("capture")
    assert "\u202e" not in found.out + found.err


def test_a_declared_python_is_shown_but_left_as_it_is(bench: Bench) -> None:
    manifest = bench.folder / "release.yaml"
    other = manifest.read_text().replace(platform.python_version(), "3.11.1")
    manifest.write_text(other)
    found = bench("capture", "--update")
    note = "(manifest: 3.11.1, which is left as it is)"
    line = f"~ /spec/environment/runtime/version  {platform.python_version()}  {note}"
    assert line in found.out.splitlines()
    assert "3.11.1" in manifest.read_text()


def test_a_python_left_to_be_filled_in_is_filled_in(bench: Bench) -> None:
    manifest = bench.folder / "release.yaml"
    manifest.write_text(manifest.read_text().replace(platform.python_version(), "TODO"))
    assert bench("capture", "--update").code == 0
    assert f'"{platform.python_version()}"' in manifest.read_text()
