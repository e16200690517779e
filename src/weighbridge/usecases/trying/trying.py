"""Try a release: lay it out, run it, ask what is known, and hold the answers against its papers."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.release.evaluation import Evaluation
from weighbridge.model.trial import NoAnswerError, Trial
from weighbridge.usecases.trying.asking import Asked
from weighbridge.usecases.trying.choosing import choose
from weighbridge.usecases.trying.floors import Floors
from weighbridge.usecases.trying.golden import GoldenInputs
from weighbridge.usecases.trying.placing import place
from weighbridge.usecases.trying.promises import Bench, judge_promises
from weighbridge.usecases.trying.refused import RefusingRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.ports import BlobReader
    from weighbridge.model.trial import Result, Runner, Served
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.trying.placing import Placed

PREFIX = "weighbridge-try-"
"""How the folder begins that a release is laid out in; it is removed however a trial ends."""

SECONDS = 60.0
"""Seconds the blocks of one release may take, of one promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a release is tried with.

    Attributes:
        open_runner: Makes who runs it, by the runner's name.
        runner: A runner somebody named; None for that of the manifest, or of the format.
        endpoint: Address of the model on a server; empty to start it here.
        datasets: Files of data sets that are no part of the release, by name.
        hardware: What somebody says this machine is.
        seconds: Seconds the blocks of one release may take, of one promise.
    """

    open_runner: Callable[[str], Runner]
    runner: str | None = None
    endpoint: str = ""
    datasets: Mapping[str, Path] = field(default_factory=dict)
    hardware: str = ""
    seconds: float = SECONDS


def try_release(
    named: Named, *, blobs: BlobReader, means: Means, baseline: Named | None = None
) -> Trial:
    """Try a release.

    Args:
        named: The release.
        blobs: Where the files of sealed releases are.
        means: What it is tried with.
        baseline: A release whose performance is measured beside it.

    Raises:
        RegistryError: A blob is not what was sealed.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        placed = place(named, Path(folder) / "release", blobs=blobs)
        beside = None if baseline is None else place(baseline, Path(folder) / "base", blobs=blobs)
        return _tried(named, placed, means, baseline, beside)


def _tried(
    named: Named, placed: Placed, means: Means, baseline: Named | None, beside: Placed | None
) -> Trial:
    release = named.release
    evaluation = release.spec.evaluation or Evaluation.model_construct()
    runner, served = _runner(named, placed, means)
    inputs = GoldenInputs(evaluation.golden or [], placed)
    floors = Floors(release, placed, referenced=means.datasets)
    with Asked(runner, served) as asked:
        results: list[Result] = [*inputs.judge(asked), *floors.judge(asked)]
        by = asked.by
    bench = Bench(
        runner=runner,
        served=[served],
        requests=[one for one in inputs.values if one is not None],
        seconds=means.seconds,
        hardware=means.hardware,
    )
    bench = _beside(bench, baseline, beside, means)
    results += judge_promises(evaluation.performance or [], bench)
    digests = {**inputs.digests, **floors.digests}
    return Trial(
        name=release.metadata.name,
        version=release.metadata.version,
        digest=named.digest,
        runner=served.runner,
        by=by,
        where=runner.where,
        local=runner.local,
        baseline="" if baseline is None else baseline.digest or str(baseline.path),
        hardware=means.hardware,
        inputs=tuple(sorted(digests.items())),
        results=tuple(results),
    )


def _runner(named: Named, placed: Placed, means: Means) -> tuple[Runner, Served]:
    """Find who runs a release; if nobody does, somebody who says why whenever he is asked."""
    try:
        served = choose(named.release, placed, runner=means.runner, endpoint=means.endpoint)
    except NoAnswerError as error:
        return RefusingRunner(error), RefusingRunner.served(means.runner or "")
    return means.open_runner(served.runner), served


def _beside(bench: Bench, baseline: Named | None, placed: Placed | None, means: Means) -> Bench:
    """Have a baseline measured beside the release; on a server there is only one of them."""
    if baseline is None or placed is None:
        return bench
    if means.endpoint:
        return replace(bench, unable=NoAnswerError("a server is measured without one"))
    try:
        other = choose(baseline.release, placed, runner=means.runner)
    except NoAnswerError as error:
        return replace(bench, unable=error)
    if other.runner != bench.served[0].runner:
        return replace(bench, unable=NoAnswerError(f"it is run by {other.runner}"))
    return replace(bench, served=[*bench.served, other])
