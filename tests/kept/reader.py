"""Commands beside a copy of what a version wrote."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.kept.sets import KEPT, VERSIONS, contents, unpack
from tests.usecases.workshop import Bench

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "kept@1.1.0"


class Reader(Bench):
    """Runs commands beside the copy of a set."""

    version = ""

    @property
    def set(self) -> Path:
        return KEPT / self.version

    @property
    def registry(self) -> Path:
        """The registry as it was left, unpacked once a test."""
        place = self.folder.parent / "registry"
        if not place.exists():
            unpack(self.version, "registry", place)
        return place

    def then(self, name: str) -> dict[str, Any]:
        """What a command printed then."""
        (found,) = [
            data for file, data in contents(self.version) if file == f"outputs.tar/{name}.json"
        ]
        said: dict[str, Any] = json.loads(found)
        return said

    def asked(self, *words: str, registry: Path | None = None) -> dict[str, Any]:
        """Run a command that must succeed, and return its JSON."""
        place = registry or self.registry
        ran = self(*words, f"--registry={place}", "--output-format=json")
        assert ran.code == 0, ran.out + ran.err
        return ran.json


@pytest.fixture(params=VERSIONS)
def kept(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Reader:
    """Read the set of each version, whatever the machine's own settings are."""
    for name in os.environ:
        if name.startswith("WEIGHBRIDGE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WEIGHBRIDGE_ENGINE", "here")
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = Reader(folder, capsys)
    made.version = str(request.param)
    return made
