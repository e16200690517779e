"""A small release that is really there, and the script that replicates its environment."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.render.orders import rendered, write
from tests.tools import run_tool, tool
from tests.wheels import wheel

if TYPE_CHECKING:
    from weighbridge.model.rendering import Rendering

OWN = {"implementation": platform.python_implementation().lower()}
RUNTIME = OWN | {"version": platform.python_version()}
TELL = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:], os.getcwd()]))"
HOLDS = "import importlib.metadata as m; print(m.version('tiny'))"
ODD = ["it's $(touch owned).bin", "a\nb.bin", "back\\slash.bin", "-n", "é.bin", "`id`.bin"]


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Made:
    """A small release that is really there, and the script for it."""

    def __init__(self, folder: Path, *, lock: str = "requirements", **environment: object) -> None:
        """Write files, a wheel, a lock; nothing is installed from elsewhere."""
        self.folder = folder
        self.release = folder / "re'lease $x"
        self.release.mkdir()
        self.wheels = folder / "wheels"
        self.wheel = wheel(self.wheels, "tiny", "1.0")
        known = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        locks = {
            "requirements": ("lock.txt", f"tiny==1.0 --hash=sha256:{known}\n"),
            "pylock": ("pylock.prod.toml", PYLOCK.format(path=self.wheel.name, known=known)),
            "uv": ("uv.lock", UV_LOCK.format(path=self.wheel.name, known=known)),
        }
        name, text = locks[lock]
        self.files = {name: text.encode()} | {path: path.encode() for path in ODD}
        if lock == "uv":
            self.files["pyproject.toml"] = PYPROJECT.encode()
        for path, data in self.files.items():
            (self.release / path).write_bytes(data)
        artifacts = [
            {"name": f"a{at}", "role": "weights", "path": path, "digest": digest(data)}
            for at, (path, data) in enumerate(sorted(self.files.items()))
            if path != name
        ]
        used = {"lock": name, "format": lock, "digest": digest(text.encode())}
        own: dict[str, Any] = {"runtime": RUNTIME, "system": None, "resources": None}
        self.spec: dict[str, Any] = {
            "environment": own | environment,
            "dependencies": {"runtime": used},
            "artifacts": artifacts,
            "externalServices": None,
        }

    def rendered(self, **spec: object) -> Rendering:
        return rendered("sandbox", change={"spec": self.spec | spec})

    def run(
        self, *arguments: str, path: str = "", options: tuple[str, ...] = (), **spec: object
    ) -> subprocess.CompletedProcess[str]:
        """Render the script and run it: with uv, with bwrap, without an index."""
        here = self.folder / "rendered it's"
        if not here.exists():
            write(self.rendered(**spec), here)
        return subprocess.run(
            [
                *(str(here / "replicate.sh"), "--python", sys.executable),
                *("--find-links", str(self.wheels), *options, str(self.release)),
                *(("--", *arguments) if arguments else ()),
            ],
            env={"PATH": path or programs(), "HOME": str(self.folder), "MY_TOKEN": "hu$h"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


PYLOCK = """\
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.11"
[[packages]]
name = "tiny"
version = "1.0"
wheels = [{{name = "{path}", path = "../wheels/{path}", hashes = {{sha256 = "{known}"}}}}]
"""
PYPROJECT = (
    '[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["tiny"]\n'
)
UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "own"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "tiny" }}]

[package.metadata]
requires-dist = [{{ name = "tiny" }}]

[[package]]
name = "tiny"
version = "1.0"
source = {{ registry = "../wheels" }}
wheels = [{{ path = "{path}", hash = "sha256:{known}" }}]
"""


def programs() -> str:
    """Return a path with uv and bwrap on it."""
    own = (Path(sys.executable).parent / "uv", tool("bwrap"))
    assert all(one.exists() for one in own)
    return os.pathsep.join([*(str(one.parent) for one in own), "/usr/bin", "/bin"])


def system(folder: Path, *more: str) -> str:
    """Return a path with the system's programs on it, whether uv and bwrap are of them or not."""
    links = folder / "programs"
    links.mkdir()
    for one in Path("/usr/bin").iterdir():
        if one.name not in {"uv", "bwrap"}:
            (links / one.name).symlink_to(one)
    return os.pathsep.join([*more, str(links)])


def checked(done: Rendering, folder: Path) -> str:
    """Return what shells and shellcheck complain of; empty if of nothing."""
    script = write(done, folder) / "replicate.sh"
    syntax = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
    lint = run_tool("shellcheck", str(script), LC_ALL="C.UTF-8")
    return syntax.stderr + lint.stdout + lint.stderr


def service(**reference: str) -> list[dict[str, object]]:
    kept = {"name": "api", "endpoint": "https://api.example.com"}
    return [kept | {"auth": {"scheme": "bearer", "secretRef": reference}}]
