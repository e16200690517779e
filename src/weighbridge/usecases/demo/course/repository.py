"""The repository of the course: a sound release, and what is planted in it."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING

from weighbridge.usecases.demo.course.faults import FAULTS
from weighbridge.usecases.demo.course.faults.fault import Made, Replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.usecases.demo.course.faults.fault import Fault

NAME = "parcel-sorter"
_RESOURCES = "weighbridge.usecases.demo.course"
_FILES = {
    "MODEL_CARD.md": "MODEL_CARD.md",
    "chutes.json": "chutes.json",
    "model.safetensors": "model.safetensors",
    "parcels.csv": "parcels.csv",
    "pylock.toml": "pylock.toml",
    "release.yaml": "release.txt",
    ".gitignore": "gitignore.txt",
    "requirements-dev.in": "requirements-dev.in",
    "requirements-dev.lock": "requirements-dev.lock",
    "requirements.in": "requirements.in",
    "sorter.py": "sorter.txt",
    "train.py": "train.txt",
}
"""Which file of the package each is; code is kept as text, for nobody here runs it."""
_SECOND = {
    "release.yaml": [
        ('version: "1.0.0"', 'version: "1.1.0"'),
        ("value: 7}", "value: 8}"),
        ("value: 30\n", "value: 28\n"),
    ],
    "train.py": [("random.Random(7)", "random.Random(8)")],
}
"""What the second release changes: another draw of parcels to learn from, and a parameter."""
_HELD = re.compile(rb"@(digest|size)\(([\w./-]+)\)")


def resource(name: str) -> bytes:
    """Read a file that came with the package."""
    return (resources.files(_RESOURCES) / "files" / name).read_bytes()


def sound() -> dict[str, bytes]:
    """Give the files of the release with nothing planted, papers not yet filled in."""
    return {path: resource(name) for path, name in _FILES.items()}


def committed(faults: Iterable[Fault]) -> dict[str, bytes]:
    """Give the files as they are committed: faults planted, then digests filled in."""
    files = sound()
    for fault in faults:
        if not fault.after_commit:
            _plant(fault, files)
    return filled_in(files)


def uncommitted(faults: Iterable[Fault], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give what somebody changed since the commit, whole files by their paths."""
    changed = dict(files)
    for fault in faults:
        if fault.after_commit:
            _plant(fault, changed)
    return {path: content for path, content in changed.items() if files.get(path) != content}


def second(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the files of the second release, made from those of the first."""
    learnt = {path: content.decode() for path, content in files.items() if path in _SECOND}
    for path, places in _SECOND.items():
        for old, new in places:
            learnt[path] = learnt[path].replace(old, new)
    changed = {path: text.encode() for path, text in learnt.items()}
    weights = {"model.safetensors": resource("model-1.1.0.safetensors")}
    manifest = _named_anew(changed["release.yaml"], files, weights)
    return {**changed, **weights, "release.yaml": manifest}


def _named_anew(manifest: bytes, before: Mapping[str, bytes], now: Mapping[str, bytes]) -> bytes:
    """Write the digests of other files into a manifest."""
    for path, content in now.items():
        manifest = manifest.replace(_digest(before[path]), _digest(content))
    return manifest


def _digest(content: bytes) -> bytes:
    return b"sha256:" + hashlib.sha256(content).hexdigest().encode()


def filled_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write into the manifest what the files it names really are."""

    def held(found: re.Match[bytes]) -> bytes:
        content = files[found[2].decode()]
        if found[1] == b"size":
            return str(len(content)).encode()
        return _digest(content)

    return {**files, "release.yaml": _HELD.sub(held, files["release.yaml"])}


def planted(lesson: int | None) -> tuple[Fault, ...]:
    """List the faults of a lesson's files, or all of them."""
    return tuple(one for one in FAULTS if one.edits and lesson in {None, one.lesson})


def _plant(fault: Fault, files: dict[str, bytes]) -> None:
    for edit in fault.edits:
        match edit:
            case Replaced(path, old, new):
                before = files[path].decode()
                if before.count(old) != 1:
                    raise ValueError(f"{fault.name}: {path} has not exactly one {old!r}")
                files[path] = before.replace(old, new).encode()
            case Made(path, make, of):
                files[path] = make(files[of]) if of else make(b"")
