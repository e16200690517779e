"""Files beside a manifest that are more, or elsewhere, than what is sealed."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.probes.reading.files import Reading
from weighbridge.usecases.drilling.interface import Fault, Trial
from weighbridge.usecases.drilling.judging import done, problems_told
from weighbridge.usecases.drilling.playing import FOLDER, HARMLESS
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal
from weighbridge.usecases.verify_tree import tree_problems

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.usecases.drilling.scene import Scene
    from weighbridge.usecases.references import Named

FAMILY = "files beside a manifest"


def laid_out(scene: Scene) -> Path:
    """Lay out a small release of the same name: a folder of one file, and the lock."""
    folder = scene.registry.root / "tree"
    (folder / FOLDER).mkdir(parents=True)
    name, data = HARMLESS
    (folder / FOLDER / name).write_bytes(data)
    manifest = scene.origin.manifest
    spec, lock = manifest["spec"], manifest["spec"]["dependencies"]["runtime"]
    (folder / lock["lock"]).parent.mkdir(parents=True, exist_ok=True)
    (folder / lock["lock"]).write_bytes(scene.blobs.read(lock["digest"]))
    written: dict[str, Any] = {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {
            "name": manifest["metadata"]["name"],
            "version": f"{manifest['metadata']['version']}-tree",
            "owner": manifest["metadata"]["owner"],
        },
        "spec": {
            "source": spec.get("source", {}),
            "model": spec["model"],
            "environment": {"runtime": spec["environment"]["runtime"]},
            "dependencies": {"runtime": lock},
            "artifacts": [{"name": "drill-data", "role": "preprocessing", "path": FOLDER}],
        },
    }
    (folder / "release.yaml").write_text(json.dumps(written))
    return folder


def _named(folder: Path) -> Named:
    return find_authored(str(folder), start=folder, catalogues=lambda _: [])[0]


def _sealed(scene: Scene, folder: Path) -> str:
    return seal(_named(folder), registry=scene.registry, environ={}).digest


def _verified(scene: Scene, folder: Path, digest: str) -> Trial:
    found = tree_problems(
        _named(folder),
        digest,
        registry=scene.registry,
        environ={},
        reader=Reading(examine=False),
    )
    return problems_told(found)


def untouched(scene: Scene) -> Trial:
    """Seal such a folder, and verify it: the control."""
    folder = laid_out(scene)
    return _verified(scene, folder, _sealed(scene, folder))


def _more(scene: Scene) -> Trial:
    folder = laid_out(scene)
    digest = _sealed(scene, folder)
    hidden = folder / FOLDER / ".cache"
    hidden.mkdir()
    (hidden / "extra.bin").write_bytes(b"nobody listed this")
    return _verified(scene, folder, digest)


def _linked(scene: Scene) -> Trial:
    folder = laid_out(scene)
    (folder / FOLDER / "host").symlink_to("/etc/hostname")
    return done(lambda: _sealed(scene, folder), what="seal")


_fault = partial(Fault, family=FAMILY, begins="founded", control="tree")

FAULTS = (
    _fault(
        "extra-file", "a hidden file lies in a folder that was sealed without it", _more, {"verify"}
    ),
    _fault(
        "link-out-of-the-release",
        "a file of the release is a link to a file of the machine",
        _linked,
        {"seal"},
    ),
)
