"""Stored bytes that are not what was sealed, seen when the release is weighed and after."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.overlay import ChangedSource
from weighbridge.usecases.drilling.closing import CERTAIN, RULES
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import VERIFY, asked, attempted, verified
from weighbridge.usecases.drilling.playing import files, no_files, reweighed

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.ports import ByteSource
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "stored bytes"
_SEEN = frozenset({"INT001", "INT002", "INT008"})
DAMAGED = "WB132"
"""What refuses an act for which bytes are needed that are not those of their digest."""


def _flipped(at: int, found: bytes, *, place: int) -> bytes:
    if not at <= place < at + len(found):
        return found
    changed = bytearray(found)
    changed[place - at] ^= 1
    return bytes(changed)


def _inverted(_: int, found: bytes) -> bytes:
    return found.translate(bytes(255 - value for value in range(256)))


def _as_it_is(_: int, found: bytes) -> bytes:
    return found


def flip(source: ByteSource) -> ByteSource:
    """Have the last bit of a byte in the middle be another."""
    return ChangedSource(source, partial(_flipped, place=source.size // 2))


def swap(source: ByteSource) -> ByteSource:
    """Have every byte be another, and as many of them."""
    return ChangedSource(source, _inverted)


def cut(source: ByteSource) -> ByteSource:
    """Have the last byte be missing."""
    return ChangedSource(source, _as_it_is, size=source.size - 1)


def _changed(scene: Scene, change: Callable[[ByteSource], ByteSource]) -> Trial:
    scene.blobs.alter(files(scene)[0][1], change)
    return reweighed(scene)


def _missing(scene: Scene) -> Trial:
    scene.blobs.lose(files(scene)[0][1])
    return reweighed(scene)


def _silent(scene: Scene) -> Trial:
    scene.blobs.silence(files(scene)[0][1])
    return reweighed(scene)


def _lock(scene: Scene) -> Trial:
    lock = scene.origin.manifest["spec"]["dependencies"]["runtime"]["digest"]
    scene.blobs.replace(lock, scene.blobs.read(lock) + b"# drill\n")
    return attempted(lambda: reweighed(scene))


def _manifest(scene: Scene) -> Trial:
    release = scene.origin.release
    data = scene.blobs.read(release)
    version = scene.origin.version.encode()
    scene.blobs.replace(release, data.replace(version, b"9" * len(version)))
    return attempted(lambda: asked(scene, scene.promote()))


def _after(scene: Scene) -> Trial:
    scene.blobs.alter(files(scene)[0][1], flip)
    return attempted(lambda: verified(scene.verified()))


def _gone_after(scene: Scene) -> Trial:
    scene.blobs.lose(files(scene)[0][1])
    return attempted(lambda: verified(scene.verified()))


_fault = partial(
    Fault, family=FAMILY, begins="weighed", catchers=_SEEN, missing=no_files, close=RULES
)
_later = partial(
    Fault,
    family=FAMILY,
    begins="promoted",
    catchers={VERIFY},
    control="verification",
    missing=no_files,
)

FAULTS = (
    _fault(
        "flipped-byte",
        "one bit in the middle of the largest file is another",
        partial(_changed, change=flip),
    ),
    _fault(
        "swapped-weights",
        "the largest file has other contents of the same size",
        partial(_changed, change=swap),
    ),
    _fault("truncated-file", "the largest file lacks its last byte", partial(_changed, change=cut)),
    _fault("missing-file", "the largest file is not there", _missing),
    _fault(
        "silent-store",
        "the largest file cannot be read, so that nobody knows what is in it",
        _silent,
        catchers={"INT", "SEC", "evidence"},
        close=CERTAIN,
    ),
    Fault(
        "lock-drift",
        "the stored lock is not the one that was sealed",
        _lock,
        {"DEP003", "INT001", DAMAGED},
        family=FAMILY,
        begins="weighed",
        close=RULES,
    ),
    Fault(
        "edited-manifest",
        "the stored manifest says another version than was sealed",
        _manifest,
        {"WB", "case-intact"},
        family=FAMILY,
        begins="approved",
    ),
    _later(
        "flipped-byte-later",
        "one bit is another after the release was promoted, and it is verified",
        _after,
    ),
    _later(
        "missing-file-later",
        "the largest file is gone after the release was promoted, and it is verified",
        _gone_after,
    ),
)
