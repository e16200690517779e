"""`weighbridge try`; the word is one of Python's own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.ports import Registry
    from weighbridge.model.trial import Runner, Trial
    from weighbridge.usecases.references import Named

RUNNERS = (
    "onnxruntime",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "entrypoint",
    "command",
    "open-inference",
)


@click.command(name="try", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option(
    "--runner", type=click.Choice(RUNNERS), help="Who runs it; as the manifest says if left out."
)
@click.option(
    "--endpoint",
    metavar="URL",
    default="",
    help="The model on a server instead: http://HOST:PORT/v2/models/NAME.",
)
@click.option("--baseline", metavar="REF", help="A release that is measured beside it.")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="NAME=FILE",
    help="A data set that is no part of the release; may be repeated.",
)
@click.option("--hardware", metavar="NAME", default="", help="What this machine is.")
@click.option(
    "--time",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests of one promise may take.",
)
@click.option("--python", metavar="PATH", help="The Python that has the frameworks.")
@click.option("--unconfined", is_flag=True, help="Run a command without a sandbox.")
@click.option("--sign", is_flag=True, help="Sign the result as a checker; sealed releases only.")
@acting
@reading("text", "json")
def command(
    *,
    reference: str | None,
    runner: str | None,
    endpoint: str,
    baseline: str | None,
    datasets: tuple[str, ...],
    hardware: str,
    seconds: float,
    python: str | None,
    unconfined: bool,
    sign: bool,
    key_names: tuple[str, ...],
    output_format: str,
) -> str:
    """Run a release on known inputs, and hold what it does against what it promises.

    What it must do stands in spec.evaluation: known inputs with their answers (golden), measures of
    quality with floors (metrics), and how fast it is (performance). The model runs in a process of
    its own, in a sandbox without network; no framework loads what the threat scan does not pass.

    With --endpoint a server is asked, in the Open Inference Protocol (v2). Nobody here has seen the
    bytes it runs, so what it passes is signed as a warning.

    With --baseline another release is measured beside it, block by block in turn.

    Exit codes: 0 pass, 1 a test failed, 3 a test is inconclusive, or nothing is to be tried.
    """
    from weighbridge.report.trial import render_trial, trial_json
    from weighbridge.usecases.trying.trying import Means, try_release

    if key_names and not sign:
        raise click.UsageError("--key is for --sign")
    session = Session.current()
    if endpoint:
        _check_endpoint(session, endpoint, runner)
    registry = session.registry_of(reference)
    named = session.find(reference, registry)
    if sign:
        named = _sealed(session, named, registry)
    trial = try_release(
        named,
        blobs=registry.blobs,
        means=Means(
            open_runner=partial(_open_runner, session, python, unconfined=unconfined),
            runner=runner,
            endpoint=endpoint,
            datasets=_named_files(session, datasets),
            hardware=hardware,
            seconds=seconds,
        ),
        baseline=None if baseline is None else session.find(baseline, registry),
    )
    if sign:
        _sign(session, registry, named, trial, key_names)
    text = render_trial(trial, styled=session.styled)
    session.result(trial_json(trial) if output_format == "json" else text)
    return trial.verdict.value


def _check_endpoint(session: Session, endpoint: str, runner: str | None) -> None:
    from weighbridge.adapters.runners.inference import check_endpoint

    if runner not in {None, "open-inference"}:
        raise click.UsageError(f"--endpoint is for the runner open-inference, not for {runner}")
    check_endpoint(endpoint, offline=session.globals.offline)


def _named_files(session: Session, datasets: Sequence[str]) -> dict[str, Path]:
    found = {}
    for one in datasets:
        name, equals, path = one.partition("=")
        if not name or not equals or not path:
            raise click.UsageError(f"--dataset is NAME=FILE, not {one}")
        found[name] = session.start / path
    return found


def _open_runner(session: Session, python: str | None, name: str, *, unconfined: bool) -> Runner:
    from weighbridge.adapters.runners.opening import open_runner

    # A word is looked for on the path, as a shell would; anything else is a place.
    named = str(session.start / python) if python and "/" in python else python
    return open_runner(session.environ, name, python=named, unconfined=unconfined)


def _sealed(session: Session, named: Named, registry: Registry) -> Named:
    """Find the sealed release of what was named: evidence is about nothing else."""
    from weighbridge.usecases.statements import sealed

    reader = session.reader(examine=False)
    return sealed(named, registry=registry, environ=session.environ, reader=reader)


def _sign(
    session: Session, registry: Registry, named: Named, trial: Trial, key_names: tuple[str, ...]
) -> None:
    """Keep what came of it as evidence about the release that was tried."""
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.report.trial import trial_values
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.trying.statement import trial_statement

    added = add_evidence(
        trial_statement(named, trial, trial_values(trial)),
        release=str(named.digest),
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
