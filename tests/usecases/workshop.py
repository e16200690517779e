"""A git repository with a small real model and its manifest, and a way to run commands in it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LOCK = "# nothing is needed\n"
GIT = {
    "GIT_CONFIG_GLOBAL": "no-such-gitconfig",  # nor /dev/null, which git may rename over
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}
MANIFEST = """\
# A comment that must stay.
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: demo
  version: "1.0.0"   # quoted
  owner: {{team: house, contact: house@example.com}}
spec:
  source: {{}}
  model: {{name: demo, task: classification, license: MIT}}
  environment:
    runtime: {{implementation: cpython, version: "{python}"}}
  dependencies:
    runtime: {{lock: requirements.lock, format: requirements, digest: "{lock}"}}
  artifacts:
    - name: model
      role: weights
      path: weights/model.safetensors
      format: safetensors
      size: {size}
      digest: "{digest}"
    - {{name: labels, role: schema, path: labels.json, digest: "{labels}"}}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def blob(registry: Path, digest: str) -> Path:
    """Say where a registry keeps the bytes of a digest."""
    return registry / "blobs/sha256" / digest[7:9] / digest[9:]


def safetensors(*values: float) -> bytes:
    """Make a safetensors file of one float32 tensor."""
    shape = {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, 4 * len(values)]}
    header = json.dumps({"weight": shape}, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(values)}f", *values)


WEIGHTS = safetensors(1.0, 2.0)
LABELS = b'["cat", "dog"]\n'
EVIL_PICKLE = b"cos\nsystem\n(S'echo'\ntR."


def manifest_text() -> str:
    return MANIFEST.format(
        python=platform.python_version(),
        lock=sha256(LOCK.encode()),
        size=len(WEIGHTS),
        digest=sha256(WEIGHTS),
        labels=sha256(LABELS),
    )


def lay_out(folder: Path, text: str | None = None) -> Path:
    """Write a whole release into a folder; git does not know it yet."""
    (folder / "weights").mkdir(parents=True)
    (folder / "weights/model.safetensors").write_bytes(WEIGHTS)
    (folder / "labels.json").write_bytes(LABELS)
    (folder / "requirements.lock").write_text(LOCK)
    (folder / "release.yaml").write_text(manifest_text() if text is None else text)
    return folder


def git(folder: Path, *words: str) -> str:
    environ = {**os.environ, **GIT}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path) -> str:
    """Commit everything in a folder, making it a repository if need be."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch", "main", "--template=")
        git(folder, "remote", "add", "origin", "https://git.example.com/ml/demo")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


class Bench:
    """Runs commands in a folder, in this process or in one of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *words: str) -> Ran:
        self._capsys.readouterr()
        code = main(list(words))
        said = self._capsys.readouterr()
        return Ran(code, said.out, said.err)

    def edit(self, before: str, after: str, file: str = "release.yaml") -> None:
        """Replace a text of a file that must be in it."""
        path = self.folder / file
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def files(self) -> dict[str, bytes]:
        """Read everything below the folder but git's own."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.folder).parts
        }


def command(*words: str) -> list[str]:
    """Write a command that runs in a process of its own."""
    return [sys.executable, "-m", "weighbridge", *words]


def run_apart(folder: Path, *words: str, environ: dict[str, str] | None = None) -> Ran:
    """Run a command in a process of its own."""
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=clean_environ() | (environ or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def clean_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE")}
