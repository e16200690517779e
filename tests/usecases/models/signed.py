"""A model in a folder, the keys beside it, and the commands that sign and verify it."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from tests.seal.oms.papers import KEY, private_pem, public_pem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench, Ran

FILES = {"config.json": b"{}", "weights/a.bin": b"first", "weights/b.bin": b"second", "z": b""}


class Signed:
    """A model and its bundle, in the folder commands run in."""

    def __init__(self, run: Bench) -> None:
        self._run = run
        self.root = run.folder / "model"
        self.bundle = run.folder / "model.sig"
        for name, content in FILES.items():
            self.put(name, content)
        (run.folder / "key.pem").write_bytes(private_pem(KEY))
        (run.folder / "key.pem").chmod(0o600)
        (run.folder / "key.pub").write_bytes(public_pem(KEY))

    def put(self, name: str, content: bytes = b"evil") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def sign(self, *words: str, path: str = "model", key: str = "key.pem") -> Ran:
        named = ("--key", key) if key else ()
        return self._run("sign", path, "--format", "oms", *named, "--output", "model.sig", *words)

    def verify(self, *words: str, path: str = "model", key: str = "key.pub") -> Ran:
        named = ("--key", key) if key else ()
        return self._run(
            "verify", path, "--bundle", "model.sig", *named, "--output-format", "json", *words
        )

    def verdict(self, *words: str) -> list[tuple[str, str]]:
        """Verify, and return code and subject of each problem; none if it verified."""
        found = self.verify(*words)
        problems = [(one["code"], one["subject"]) for one in found.json["problems"]]
        assert (found.code, found.json["ok"]) == ((1, False) if problems else (0, True)), found
        return problems

    def statement(self) -> dict[str, Any]:
        tree = json.loads(self.bundle.read_bytes())
        found: dict[str, Any] = json.loads(b64decode(tree["dsseEnvelope"]["payload"]))
        return found

    def names(self) -> list[str]:
        return [one["name"] for one in self.statement()["predicate"]["resources"]]
