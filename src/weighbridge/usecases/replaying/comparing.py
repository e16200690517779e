"""Comparing what two builds made: with the record, and with each other."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.diffing.metrics import judge_metrics
from weighbridge.diffing.predictions import judge_predictions
from weighbridge.formats.comparing.outputs import compare_output
from weighbridge.model.replay import Difference, OutputVerdict, not_written, reaches
from weighbridge.probes.open_file import FileSource
from weighbridge.usecases.replaying.materials import Places, fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.build_record import BuildOutput
    from weighbridge.model.rebuilding import Rebuilt
    from weighbridge.model.release.build import Tolerance
    from weighbridge.model.replay import ReplayVerdict

_ANSWERS: Final = 64 << 20
"""Bytes of a file of predictions or metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """The recorded outputs, found by their digests when they are needed.

    Attributes:
        places: Where they are looked for.
        folder: A folder for copies.
        known: Where those lie that were found; None for those that were not.
    """

    places: Places
    folder: Path
    known: dict[str, str | None] = field(default_factory=dict)

    def find(self, one: BuildOutput) -> str | None:
        """Find a recorded output; None if its bytes are not to be had."""
        if one.digest not in self.known:
            self.known[one.digest] = self._find(one)
        return self.known[one.digest]

    def _find(self, one: BuildOutput) -> str | None:
        for path in self.places.files(one.path, one.digest):
            if path.is_file() and digest_of(str(path)) == one.digest:
                return str(path)
        copy = self.folder / one.digest.partition(":")[2]
        blobs = self.places.blobs
        return str(copy) if blobs is not None and fetch(one.digest, blobs, copy) else None


def digest_of(path: str) -> str:
    """Digest a file."""
    with Path(path).open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def against_record(
    recorded: Iterable[BuildOutput], rebuilt: Rebuilt, originals: Originals
) -> tuple[OutputVerdict, ...]:
    """Compare what was built with what the record says."""
    return tuple(_against(one, rebuilt, originals) for one in recorded)


def _against(one: BuildOutput, rebuilt: Rebuilt, originals: Originals) -> OutputVerdict:
    made = rebuilt.outputs.get(one.path)
    if made is None:
        return not_written(one.path)
    if digest_of(made) == one.digest:
        return OutputVerdict(path=one.path, verdict="bitwise")
    original = originals.find(one)
    if original is None:
        what = "its digest is another, and the recorded bytes are not to be had"
        difference = Difference(place="", what=what)
        return OutputVerdict(path=one.path, verdict="different", difference=difference)
    return _compared(one.path, original, made)


def _compared(path: str, before: str, after: str) -> OutputVerdict:
    with _opened(before) as old, _opened(after) as new:
        return compare_output(path, old, new)


def _opened(path: str) -> FileSource:
    return FileSource(os.open(path, os.O_RDONLY | os.O_CLOEXEC))


def first_difference(paths: Iterable[str], before: Rebuilt, after: Rebuilt) -> OutputVerdict | None:
    """Return the first output two builds do not agree on; None if they agree on all.

    What a stabiliser lets differ is no difference.
    """
    for path in paths:
        old, new = before.outputs.get(path), after.outputs.get(path)
        if old is None and new is None:
            continue
        if old is None or new is None:
            return not_written(path)
        found = _compared(path, old, new)
        if not reaches(found.verdict, "stabilised"):
            return found
    return None


def behaviour(
    outputs: Iterable[OutputVerdict],
    recorded: Iterable[BuildOutput],
    rebuilt: Rebuilt,
    *,
    originals: Originals,
    tolerance: Tolerance | None,
) -> Mapping[str, ReplayVerdict]:
    """Say how near predictions and metrics are, for outputs that differ.

    A build tells them by files of JSON among its outputs and intermediates: a list is what the
    model answered to its pinned probe set, a mapping is what was measured.

    Args:
        outputs: How the outputs compare.
        recorded: All outputs and intermediates.
        rebuilt: What was built.
        originals: The recorded bytes.
        tolerance: How far numbers may be off; without one nothing is near.
    """
    if tolerance is None:
        return {}
    found = [_near(one, rebuilt, originals, tolerance) for one in recorded]
    known: set[ReplayVerdict] = {one for one in found if one is not None}
    # A build that tells both is held to both: metrics never excuse predictions.
    if not known or "different" in known:
        return {}
    best: ReplayVerdict = "metrics-within-tolerance"
    if "predictions-within-tolerance" in known:
        best = "predictions-within-tolerance"
    return {one.path: best for one in outputs if one.verdict == "different"}


def _near(
    one: BuildOutput, rebuilt: Rebuilt, originals: Originals, tolerance: Tolerance
) -> ReplayVerdict | None:
    made, original = rebuilt.outputs.get(one.path), originals.find(one)
    if not one.path.endswith(".json") or made is None or original is None:
        return None
    expected, seen = _read(original), _read(made)
    if isinstance(expected, list) and expected:
        near = judge_predictions(expected, seen, tolerance=tolerance).within
        return "predictions-within-tolerance" if near else "different"
    if not isinstance(expected, dict) or not isinstance(seen, dict) or not expected:
        return None
    near = all(one.within for one in judge_metrics(expected, seen, tolerance=tolerance))
    return "metrics-within-tolerance" if near else "different"


def _read(path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    file = Path(path)
    if file.stat().st_size > _ANSWERS:
        return None
    try:
        return json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None
