"""What the demo plays on: a real model in a git repository of its own, and its commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module, resources, util
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.clock import utc_now
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.usecases.demo.image import pack_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "file-type-detector"
MODEL = "models/standard_v3_3"
_PASSPHRASES = "WEIGHBRIDGE_KEY_PASSPHRASE_FD"
RULES = ("staging-policy.yaml", "production-policy.yaml", "staging.yaml", "production.yaml")
"""What the owners publish and apply."""

EXTRA = 'pip install "weighbridge[demo]"'
_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "demo",
    "GIT_AUTHOR_EMAIL": "demo@example.com",
    "GIT_COMMITTER_NAME": "demo",
    "GIT_COMMITTER_EMAIL": "demo@example.com",
}


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed.

    Attributes:
        text: Both streams.
        code: Exit code.
    """

    text: str
    code: int


class Stage:
    """A folder with the model, a registry beside it, and a clean environment."""

    def __init__(self, root: Path, environ: Mapping[str, str], *, styled: bool) -> None:
        """Set up below a temporary folder; the user's own registry and keys are not looked at."""
        self.project = root / NAME
        self.registry = root / "registry"
        self.keys = root / "keys"
        self.rules = root / "rules"
        self.advisories = root / "advisories"
        self.image = root / "image"
        self.pack = root / f"{NAME}.tar"
        kept = {k: v for k, v in environ.items() if not k.startswith(("WEIGHBRIDGE_", "GIT_"))}
        # A file that is not there; git may rename over /dev/null.
        no_config = {"GIT_CONFIG_GLOBAL": str(root / "no-gitconfig")}
        ours = {"WEIGHBRIDGE_REGISTRY": str(self.registry), "WEIGHBRIDGE_KEYS": str(self.keys)}
        self._environ = {**kept, **_GIT, **no_config, **ours}
        self._color = "always" if styled else "never"
        self._lay_out(_magika() / MODEL)

    def weighbridge(self, *words: str, acting: Sequence[str] = ()) -> Output:
        """Run one of our own commands, as the user would.

        Args:
            words: What stands behind `weighbridge`.
            acting: Whose keys it unlocks; it gets their passphrases by file descriptor.
        """
        command = [sys.executable, "-m", "weighbridge", *words, "--color", self._color]
        if not acting:
            return self._run(command)
        descriptor, end = os.pipe()
        os.write(end, "".join(f"{passphrase_of(name)}\n" for name in acting).encode())
        os.close(end)
        try:
            return self._run(command, passphrase_descriptor=descriptor)
        finally:
            os.close(descriptor)

    def make_key(self, name: str) -> None:
        """Make a key pair, as `weighbridge key new` does.

        Raises:
            UnavailableError: It could not be made.
        """
        done = self.weighbridge("key", "new", name, acting=[name])
        if done.code:
            raise UnavailableError(f"the key of {name} could not be made: {done.text.strip()}")

    def commit(self, message: str) -> None:
        """Commit everything in the project."""
        for words in (("add", "--all"), ("commit", "--quiet", "--message", message)):
            self._git(*words)

    def keep(self, folder: Path) -> None:
        """Leave the release and its registry in a folder, nothing hidden.

        Raises:
            UsageError: The folder holds something already.
        """
        check_empty(folder)
        shutil.copytree(self.project, folder, dirs_exist_ok=True, ignore=_hidden)
        shutil.copytree(self.registry, folder / "registry", ignore=_hidden)
        shutil.copytree(self.keys, folder / "keys", ignore=_hidden)
        shutil.copytree(self.rules, folder / "rules", ignore=_hidden)
        shutil.copytree(self.image, folder / "image", ignore=_hidden)
        shutil.copy(self.pack, folder)

    def pack_image(self) -> str:
        """Pack the project's files as a container image, beside those packed before."""
        here = resources.files("weighbridge.usecases.demo")
        files = {"app/serve.py": (here / "serve.py").read_bytes()}
        for name in ("config.json", "model.onnx", "requirements.lock"):
            files[f"app/{name}"] = (self.project / name).read_bytes()
        return pack_image(files, self.image)

    def _lay_out(self, model: Path) -> None:
        self.project.mkdir(parents=True)
        shutil.copy(model / "model.onnx", self.project)
        shutil.copy(model / "config.min.json", self.project / "config.json")
        here = resources.files("weighbridge.usecases.demo")
        for name in ("requirements.in", "requirements.lock", "MODEL_CARD.md"):
            (self.project / name).write_bytes((here / name).read_bytes())
        self.advisories.mkdir()
        record = _advisory(utc_now())
        (self.advisories / f"{record['id']}.json").write_text(json.dumps(record, indent=2))
        self.rules.mkdir()
        for name in RULES:
            (self.rules / name).write_bytes((here / name).read_bytes())
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("remote", "add", "origin", f"https://git.example.com/ml/{NAME}")
        self.commit("A model that tells file types")

    def _git(self, *words: str) -> None:
        done = self._run(["git", *words])
        if done.code:
            raise UnavailableError(f"git {words[0]} failed: {done.text.strip()}")

    def _run(self, command: list[str], *, passphrase_descriptor: int | None = None) -> Output:
        environ, handed = dict(self._environ), list[int]()
        if passphrase_descriptor is not None:
            environ[_PASSPHRASES] = str(passphrase_descriptor)
            handed.append(passphrase_descriptor)
        try:
            done = subprocess.run(
                command,
                cwd=self.project,
                env=environ,
                pass_fds=handed,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                text=True,
                encoding="utf-8",
            )
        except FileNotFoundError:
            raise UnavailableError(f"{command[0]} is not installed", help=["install it"]) from None
        return Output(done.stdout, done.returncode)


def _advisory(now: str) -> dict[str, object]:
    """Make a record of today about a package that is not there: the demo ships no one else's."""
    return {
        "id": "DEMO-2026-1",
        "modified": now,
        "summary": "a flaw in a package this release does not need",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "weighbridge-demo-package"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}
                ],
            }
        ],
    }


def passphrase_of(name: str) -> str:
    """Say what somebody's key is locked with: a demo has no secrets."""
    return f"{name} of the demo"


def check_empty(folder: Path) -> None:
    """Refuse a folder that holds something already.

    Raises:
        UsageError: It does.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        help_ = ["name a new or empty folder"]
        raise UsageError(f"{folder} holds something already", help=help_)


def _magika() -> Path:
    """Find the package the model lies in, without importing it."""
    try:
        found = util.find_spec("magika")
    except ImportError:
        found = None
    if found is None or found.origin is None:
        raise UnavailableError("the demo's model is not installed", help=[EXTRA])
    return Path(found.origin).parent


def _hidden(folder: str, names: list[str]) -> list[str]:
    del folder
    return [name for name in names if name.startswith(".")]


def ask_model(project: Path, content: bytes) -> tuple[str, float]:
    """Run the model on some bytes.

    The window is magika's: the first and the last 1,024 bytes, blanks stripped, padded with 256.

    Returns:
        The label it finds most likely, and that label's probability.

    Raises:
        UnavailableError: onnxruntime is not installed.
    """
    try:
        numpy, onnxruntime = import_module("numpy"), import_module("onnxruntime")
    except ImportError as error:
        raise UnavailableError(f"{error.name} is not installed", help=[EXTRA]) from error
    config = json.loads((project / "config.json").read_text())
    block, padding = config["beg_size"], config["padding_token"]
    first, last = list(content.lstrip()[:block]), list(content.rstrip()[-block:])
    window = [*first, *[padding] * (block - len(first)), *[padding] * (block - len(last)), *last]
    session = onnxruntime.InferenceSession(project / "model.onnx")
    scores = session.run(None, {"bytes": numpy.array([window], dtype=numpy.int32)})[0][0]
    best = int(scores.argmax())
    return config["target_labels_space"][best], float(scores[best])
