"""What faults have in common: how a twin is brought before the gate, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.listing import MEDIA_TYPES
from weighbridge.usecases.drilling.judging import attempted, promoted
from weighbridge.usecases.verify import stored_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

HARMLESS = ("notes.json", b'{"drill": "nothing is wrong with this file"}\n')
"""Name and bytes of a file nothing is wrong with."""

FOLDER = "drill"
"""Where a release that is sealed anew has what was added."""


def reweighed(scene: Scene) -> Trial:
    """Have the release weighed again as it lies here, approved, and asked for."""
    for one in scene.origin.sayings:
        if one.targets is not None:
            scene.report(targets=one.targets)
    return finished(scene)


def finished(scene: Scene) -> Trial:
    """Have the release approved by all who must, and asked for."""
    scene.approve()
    return promoted(scene)


def resealed(scene: Scene, change: Callable[[dict[str, Any]], None]) -> Trial:
    """Seal a release that differs, bring it all the way, and ask for it."""

    def trial() -> Trial:
        scene.reseal(change)
        scene.play(scene.steps())
        return finished(scene)

    return attempted(trial)


def harmless(scene: Scene) -> Trial:
    """Seal a release with a harmless file more, bring it all the way, and ask for it."""
    return with_artifact(scene, *HARMLESS)


def add_harmless(scene: Scene) -> None:
    """Seal a release with a harmless file more."""
    scene.reseal(_adding(scene, *HARMLESS))


def with_artifact(
    scene: Scene, name: str, data: bytes, *, role: str = "config", **members: Any
) -> Trial:
    """Seal a release that has one more artifact, bring it all the way, and ask for it."""

    return resealed(scene, _adding(scene, name, data, role=role, **members))


def _adding(
    scene: Scene, name: str, data: bytes, *, role: str = "config", **members: Any
) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        added = {
            "name": f"drill-{name.partition('.')[0]}",
            "role": role,
            "path": f"{FOLDER}/{name}",
            "digest": scene.blobs.put(data),
            "size": len(data),
            **members,
        }
        artifacts = [*manifest["spec"]["artifacts"], added]
        manifest["spec"]["artifacts"] = sorted(artifacts, key=lambda one: str(one["name"]))

    return change


def with_lines(scene: Scene, *lines: str) -> Trial:
    """Seal a release whose lock for running says more, bring it all the way, and ask for it."""

    def change(manifest: dict[str, Any]) -> None:
        lock = manifest["spec"]["dependencies"]["runtime"]
        more = "".join(f"{line}\n" for line in lines).encode()
        lock["digest"] = scene.blobs.put(scene.blobs.read(lock["digest"]) + more)

    return resealed(scene, change)


def no_lines(scene: Scene) -> str:
    """Say why nothing can be written into the lock, or nothing."""
    lock = scene.origin.manifest["spec"]["dependencies"]["runtime"]
    if lock["format"] != "requirements":
        return f"its lock is of the format {lock['format']}, which is not written by hand"
    return ""


def files(scene: Scene) -> list[tuple[str, str, int]]:
    """List the files of the release, the largest first: path, digest and size."""
    spec = scene.origin.manifest["spec"]
    listings = {
        one["digest"]
        for one in spec["artifacts"]
        if one.get("mediaType") in MEDIA_TYPES and "digest" in one
    }
    locks = {one["digest"] for one in spec["dependencies"].values() if "digest" in one}
    found: dict[str, tuple[str, str, int]] = {}
    for path, digest in stored_files(scene.origin.release, scene.blobs):
        if digest not in listings | locks | found.keys():
            with scene.blobs.open(digest) as source:
                found[digest] = (path, digest, source.size)
    return sorted(found.values(), key=lambda one: (-one[2], one[0]))


def no_files(scene: Scene) -> str:
    """Say that there is no file that could be damaged, or nothing."""
    large = any(size > 1 for _, _, size in files(scene))
    return "" if large else "no file of the release lies in the registry"


