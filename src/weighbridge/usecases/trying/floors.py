"""Measures of quality on data sets, and their floors (REP009)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.trial import FLOOR, NoAnswerError, Result, WrongAnswerError
from weighbridge.rules.behaviour.measures import KNOWN, Pair, is_known, judge_floor
from weighbridge.usecases.trying.placing import LARGEST_INPUT
from weighbridge.usecases.trying.records import RecordError, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.release import ModelRelease
    from weighbridge.model.release.evaluation import Metric
    from weighbridge.usecases.trying.asking import Asked
    from weighbridge.usecases.trying.placing import Placed


class Floors:
    """The measures of a release that have a floor.

    Attributes:
        digests: Name and digest of each data set that was read.
    """

    def __init__(
        self, release: ModelRelease, placed: Placed, *, referenced: Mapping[str, Path]
    ) -> None:
        """Name where data sets are: artifacts of the release, or files somebody named.

        Args:
            release: The release.
            placed: Its files.
            referenced: Files of data sets that are no part of it, by name.
        """
        evaluation = release.spec.evaluation
        self._metrics = (evaluation.metrics or []) if evaluation else []
        self._placed = placed
        self._referenced = referenced
        self._paths = {one.name: one.path for one in release.spec.artifacts if one.path}
        lineage = release.spec.lineage
        datasets = (lineage.datasets or []) if lineage else []
        self._pinned = {one.ref: one.digest for one in datasets if one.digest}
        self._pairs: dict[str, list[Pair]] = {}
        self.digests: dict[str, str] = {}

    def judge(self, asked: Asked) -> Iterator[Result]:
        """Measure each, and hold it against its floor; one without a floor promises nothing."""
        for index, metric in enumerate(self._metrics):
            if metric.floor is not None:
                yield self._judged(index, metric, asked)

    def _judged(self, index: int, metric: Metric, asked: Asked) -> Result:
        def told(verdict: Verdict, message: str, *help_: str) -> Result:
            wanted = f"at least {metric.floor}"
            return _result(index, metric, verdict, message, wanted=wanted, help_=help_)

        if not is_known(metric.name):
            known = f"known here: {', '.join(KNOWN)}"
            return told(Verdict.INCONCLUSIVE, f"nothing here measures {metric.name}", known)
        if not metric.dataset:
            message = f"nobody says what {metric.name} is measured on"
            at = f"say so in spec.evaluation.metrics.{index}.dataset"
            return told(Verdict.INCONCLUSIVE, message, at)
        try:
            pairs = self._answers(metric.dataset, asked)
        except RecordError as error:
            message = f"the data set {metric.dataset} cannot be used: {error}"
            help_ = f"list it as an artifact, or name it: --dataset {metric.dataset}=FILE"
            return told(Verdict.INCONCLUSIVE, message, help_)
        except NoAnswerError as error:
            message = f"no answer to records of {metric.dataset}: {error}"
            return told(Verdict.INCONCLUSIVE, message, *error.help)
        confidence = None if metric.confidence is None else float(metric.confidence)
        floor = float(metric.floor or 0)
        found = judge_floor(metric.name, pairs, floor=floor, confidence=confidence)
        return _result(
            index, metric, found.verdict, found.message, seen=found.seen, wanted=found.wanted
        )

    def _answers(self, name: str, asked: Asked) -> list[Pair]:
        """Ask all records of a data set, once for all that is measured on it."""
        if name not in self._pairs:
            data, digest = self._read(name)
            pairs = []
            for inputs, output, truth in read_records(data):
                try:
                    answer = asked.ask(inputs).outputs.get(output)
                except WrongAnswerError:
                    answer = None
                pairs.append(Pair(truth, answer))
            if not pairs:
                raise RecordError("it has no records")
            self.digests[name] = digest
            self._pairs[name] = pairs
        return self._pairs[name]

    def _read(self, name: str) -> tuple[bytes, str]:
        if name in self._referenced:
            return self._referred(name)
        found = self._placed.read(self._paths.get(name, name))
        if isinstance(found, str):
            raise RecordError(found)
        return found

    def _referred(self, name: str) -> tuple[bytes, str]:
        """Read a file somebody named; it is the one the manifest means if that says which."""
        try:
            with self._referenced[name].open("rb") as file:
                data = file.read(LARGEST_INPUT + 1)
        except OSError as error:
            raise RecordError((error.strerror or str(error)).lower()) from error
        if len(data) > LARGEST_INPUT:
            raise RecordError(f"it is larger than {LARGEST_INPUT} bytes")
        digest = f"sha256:{sha256(data).hexdigest()}"
        wanted = self._pinned.get(name, digest)
        if wanted != digest:
            raise RecordError(f"it is {digest}, and spec.lineage.datasets says {wanted}")
        return data, digest


def _result(
    index: int,
    metric: Metric,
    verdict: Verdict,
    message: str,
    *,
    seen: str = "",
    wanted: str = "",
    help_: tuple[str, ...] = (),
) -> Result:
    return Result(
        name=f"metric:{index}:{metric.name}",
        code=FLOOR,
        verdict=verdict,
        pointer=f"/spec/evaluation/metrics/{index}",
        message=message,
        seen=seen,
        wanted=wanted,
        help=help_,
    )
