from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.usecases.workshop import (
    LABELS,
    LOCK,
    WEIGHTS,
    git,
    manifest_text,
    run_apart,
)
from weighbridge.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.workshop import Bench

NOBODY = 65534


def sealed(folder: Path, environ: dict[str, str] | None = None) -> tuple[str, bytes]:
    """Seal a folder in a process of its own; return the release digest and the manifest's bytes."""
    found = run_apart(folder, "seal", "--output-format", "json", environ=environ)
    assert found.code == 0, found.err
    with open(found.json["manifest"], "rb") as file:  # noqa: PTH123 - the path is text
        return found.json["digest"], file.read()


def copied(bench: Bench, folder: Path) -> Path:
    git(bench.folder, "clone", "--quiet", "--no-hardlinks", ".", str(folder))
    return folder


def by_another_path(bench: Bench, other: Path) -> tuple[str, bytes]:
    return sealed(copied(bench, other / "somewhere/else entirely"))


def in_another_environment(bench: Bench, other: Path) -> tuple[str, bytes]:
    environ = {
        "TZ": "Asia/Kathmandu",
        "LANG": "de_DE.ISO-8859-1",
        "LC_ALL": "C",
        "HOME": str(other),
        "PYTHONHASHSEED": "12345",
        "COLUMNS": "20",
    }
    return sealed(copied(bench, other / "x"), environ)


def laid_out_otherwise(bench: Bench, other: Path) -> tuple[str, bytes]:
    """Write the files in another order, with other permissions and times."""
    folder = copied(bench, other / "x")
    names = ["requirements.lock", "labels.json", "weights/model.safetensors"]
    contents = {name: (folder / name).read_bytes() for name in names}
    shutil.rmtree(folder / "weights")
    for name in names:
        (folder / name).unlink(missing_ok=True)
    before = os.umask(0o077)
    try:
        for number, name in enumerate(names):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(contents[name])
            os.utime(folder / name, (number, number))
        return sealed(folder)
    finally:
        os.umask(before)


def through_a_link(bench: Bench, other: Path) -> tuple[str, bytes]:
    copied(bench, other / "real/x")
    (other / "linked").symlink_to("real")
    return sealed(other / "linked/x")


def from_another_folder(bench: Bench, other: Path) -> tuple[str, bytes]:
    copied(bench, other / "x")
    found = run_apart(other, "seal", "x", "--registry", "r", "--output-format", "json")
    with open(found.json["manifest"], "rb") as file:  # noqa: PTH123 - the path is text
        return found.json["digest"], file.read()


def by_another_user(bench: Bench, _other: Path) -> tuple[str, bytes]:
    """Seal as nobody where the tests run as root; else as ourselves, in a process of its own."""
    bench("seal", "--dry-run")  # imports what nobody may not be allowed to read
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        folder = copied(bench, root / "x")
        if os.geteuid() == 0:
            for path in (root, *root.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        child = os.fork()
        if child == 0:
            os._exit(seal_as_nobody(folder))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        found = json.loads((folder / "sealed.json").read_bytes())
        assert Path(found["manifest"]).stat().st_uid == (
            NOBODY if os.geteuid() == 0 else os.geteuid()
        )
        return found["digest"], Path(found["manifest"]).read_bytes()


def seal_as_nobody(folder: Path) -> int:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.chdir(folder)
    os.environ["HOME"] = str(folder)
    return main(["seal", "--output-format", "json", "--output", "sealed.json"])


@pytest.mark.parametrize(
    "again",
    [
        by_another_path,
        in_another_environment,
        laid_out_otherwise,
        through_a_link,
        from_another_folder,
        by_another_user,
    ],
)
def test_the_same_release_has_the_same_bytes_anywhere(
    again: Callable[[Bench, Path], tuple[str, bytes]], bench: Bench, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mark").write_text("not empty")
    assert again(bench, other) == sealed(bench.folder)


def flow(text: str) -> str:
    """Write the manifest as JSON, its keys in reverse."""
    return json.dumps(turned(yaml.safe_load(text)))


def turned(value: object) -> object:
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(member) for member in value] if isinstance(value, list) else value


def without_comments(text: str) -> str:
    return text.replace("# A comment that must stay.\n", "").replace("   # quoted", "")


def quoted(text: str) -> str:
    return text.replace("house,", "'house',").replace('"1.0.0"', "'1.0.0'")


def reordered(text: str) -> str:
    """Swap the two artifacts: their order says nothing."""
    head, artifacts = text.split("  artifacts:\n")
    first, second = artifacts.split("    - {name: labels")
    return f"{head}  artifacts:\n    - {{name: labels{second}{first}"


def with_windows_breaks(text: str) -> str:
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize("write", [flow, without_comments, quoted, reordered, with_windows_breaks])
def test_how_it_is_written_makes_no_difference(write: Callable[[str], str], bench: Bench) -> None:
    plain = bench("seal", "--dry-run").out
    other = write(manifest_text())
    assert other != manifest_text()
    (bench.folder / "release.yaml").write_bytes(other.encode())
    assert bench("seal", "--dry-run").out == plain


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("team: house", "team: House"),
        ("1.0.0", "1.0.1"),
        ("license: MIT", "license: MIT-0"),
        ("role: schema", "role: code"),
    ],
)
def test_what_is_written_makes_one(before: str, after: str, bench: Bench) -> None:
    plain = bench("seal", "--dry-run").out
    bench.edit(before, after)
    found = bench("seal", "--dry-run")
    assert found.code == 0
    assert found.out != plain


def test_the_digest_of_this_release_never_changes(run: Bench) -> None:
    """A pin: sealed bytes are never migrated, so neither may this digest ever be."""
    given = f"source: {{commit: {'ab' * 20}, dirty: false}}"
    text = manifest_text().replace("source: {}", given)
    python = next(line for line in text.splitlines() if "cpython" in line)
    text = text.replace(python, '    runtime: {implementation: cpython, version: "3.11.7"}')
    folder = run.folder
    (folder / "weights").mkdir()
    (folder / "weights/model.safetensors").write_bytes(WEIGHTS)
    (folder / "labels.json").write_bytes(LABELS)
    (folder / "requirements.lock").write_text(LOCK)
    (folder / "release.yaml").write_text(text)
    wanted = "sha256:e3aa1c860366e191d2a2145ba2f4f270631c4b74ddd2f2b734adc2b936aed13b"
    assert run("seal", "--dry-run").out == f"{wanted}  demo@1.0.0\n"
