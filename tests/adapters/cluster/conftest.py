"""A cluster for tests: a folder of objects, a kubectl that keeps them, releases to deliver."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.render.orders import release_of, rendered
from tests.render.strict import complaints, schemas
from weighbridge.adapters.cluster.kubectl import Kubectl
from weighbridge.codec.resolved import release_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import RenderedFile

KNOWN = ("name", "namespace", "labels", "annotations")
"""What schemas of tests know of an object's metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A release to deliver (`Cargo`)."""

    digest: str
    release: ModelRelease
    files: tuple[RenderedFile, ...]

    def lay_out(self, write: Callable[[str, Iterator[bytes]], None]) -> None:
        """Nothing is laid out on a cluster."""


def load(
    kind: str,
    version: str = "1.4.0",
    *,
    options: Mapping[str, str] | None = None,
    rollout: Mapping[str, Any] | None = None,
) -> Load:
    """Render a release for a target."""
    environment = {"system": {"sysctls": None}} if kind == "kserve" else {}
    change: dict[str, Any] = {
        "metadata": {"version": version},
        "spec": {"environment": environment, "rollout": rollout or {}},
    }
    done = rendered(kind, namespace="ml", options=options, change=change)
    assert done.refusals == ()
    release = release_of(change)
    return Load(digest=release_digest(release), release=release, files=done.files)


class Cluster:
    """What lies in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cluster"
        self.folder.mkdir()
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "kubectl"
        here = str(Path(__file__).parent)
        code = f"import sys; sys.path.insert(0, {here!r}); import stand_in; stand_in.main()"
        program.write_text(f"#!{sys.executable} -IS\n{code}\n", encoding="utf-8")
        self.newer = False
        program.chmod(0o755)
        self.environ = {"PATH": str(self.bin), "CLUSTER": str(self.folder)}
        self.kubectl = Kubectl(program=str(program), environ=self.environ, namespace="ml")

    def get(self, kind: str, name: str = "file-type-detector") -> dict[str, Any]:
        found: dict[str, Any] = self._kept(kind, name)["object"]
        return found

    def has(self, kind: str, name: str = "file-type-detector") -> bool:
        return self._place(kind, name).exists()

    def put(self, found: dict[str, Any], manager: str = "controller") -> None:
        """Write an object as its controller does; what was applied keeps its managers."""
        about = found["metadata"]
        place = self._place(found["kind"], about["name"])
        kept = json.loads(place.read_text()) if place.exists() else {"managers": {}}
        about["resourceVersion"] = str(int(about.get("resourceVersion", "0")) + 1)
        place.write_text(json.dumps({**kept, "object": found}), encoding="utf-8")
        self.manager = manager

    def manage(self, kind: str, path: str, value: object, manager: str) -> None:
        """Set a field as somebody else would, who manages it from now on."""
        kept = self._kept(kind, "file-type-detector")
        here = kept["object"]
        *above, last = path.split(".")
        for name in above:
            here = here.setdefault(name, {})
        here[last] = value
        kept["managers"]["\0" + path.replace(".", "\0")] = manager
        self._place(kind, "file-type-detector").write_text(json.dumps(kept), encoding="utf-8")

    def fault(self, verb: str, stderr: str = "", stdout: str = "", code: int = 1) -> None:
        told = {"verb": verb, "stderr": stderr, "stdout": stdout, "code": code}
        (self.folder / "fault.json").write_text(json.dumps(told), encoding="utf-8")

    def mend(self) -> None:
        (self.folder / "fault.json").unlink()

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls"
        return [json.loads(one) for one in path.read_text().splitlines()] if path.exists() else []

    def objects(self) -> list[dict[str, Any]]:
        paths = sorted(self.folder.glob("[A-Z]*.json"))
        return [json.loads(one.read_text(encoding="utf-8"))["object"] for one in paths]

    def check(self) -> None:
        """Hold all that lies here against the strict schemas of its kind."""
        known = schemas()
        for one in self.objects():
            schema = known.get((one["apiVersion"], one["kind"].lower()))
            about = {key: value for key, value in one["metadata"].items() if key in KNOWN}
            if schema is not None and not (self.newer and one["kind"] == "InferenceService"):
                assert not list(complaints({**one, "metadata": about}, schema))

    def _place(self, kind: str, name: str) -> Path:
        return self.folder / f"{kind}.{name}.json"

    def _kept(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._place(kind, name).read_text(encoding="utf-8"))
        return found


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.check()
    assert not any("--force-conflicts" in one["flags"] for one in made.calls)
    assert os.environ.get("CLUSTER") is None
