"""`weighbridge replay`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, reading
from weighbridge.cli.replay_explaining import explain, explaining

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Registry
    from weighbridge.model.rebuilding import Budget
    from weighbridge.model.replayed_build import Replay
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.replaying.records import Recorded
    from weighbridge.usecases.replaying.replay import Task

_FACTORS = (
    *("hash-seed", "threads", "blas-kernel", "file-order", "clock", "locale", "timezone"),
    *("umask", "path", "user", "hostname"),
)
_GIBIBYTE = 1 << 30


@click.command(name="replay", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--perturb", is_flag=True, help="Change what should make no difference, and see.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_FACTORS),
    help="Change this alone; may be repeated.",
)
@click.option("--record", metavar="FILE", help="The record of the build, if it is not found.")
@click.option("--inputs", metavar="DIR", help="Where inputs lie, by path or by digest.")
@click.option("--wheels", metavar="DIR", help="Make the environment from these wheels alone.")
@click.option("--python", "interpreter", metavar="PATH", help="The Python the build is to find.")
@click.option(
    "--memory",
    type=click.FloatRange(min=0.0625, max=4096),
    default=8,
    show_default=True,
    metavar="GIB",
    help="What a build may hold, and write, in GiB.",
)
@click.option(
    "--timeout", default="1h", show_default=True, metavar="DURATION", help="How long it may run."
)
@click.option("--sign", is_flag=True, help="Sign the result as a checker; sealed releases only.")
@explaining
@acting
@reading("text", "json")
def command(
    *,
    reference: str | None,
    perturb: bool,
    only: tuple[str, ...],
    record: str | None,
    inputs: str | None,
    wheels: str | None,
    interpreter: str | None,
    memory: float,
    timeout: str,
    sign: bool,
    key_names: tuple[str, ...],
    output_format: str,
    **explained: str | None,
) -> str:
    """Make a build again in a sandbox, and compare.

    REF is a sealed release; without it, the last build recorded in this folder is made again. The
    inputs are found by their digests, the command runs without network and with nothing else of
    this machine but the Python it ran then, and each output is compared with the recorded one.

    With --perturb the build is made again with another hash seed, thread count, BLAS kernel, order
    of files, clock, locale, time zone, umask, path, user and host name: all at once, and where that
    makes a difference, by halves until what does is named. A canary in the sandbox says whether
    each change arrived; one that did not is not decided. With --only, the factors named alone.

    With --explain nothing is built: somebody who did not make the release says why an output of
    the newest signed replay differs, and by how much it may. Whether that is enough, a policy says.

    Exit codes: 0 made again, 1 different or dependent on what was changed, 3 it could not be made
    again or something is not decided.
    """
    from weighbridge.report.replay import render_replay, replay_json

    session = Session.current()
    registry = session.registry()
    if any(explained.values()):
        _refuse_with_explain(perturb=perturb, sign=sign, record=record, only=only)
        return explain(session, registry, reference, key_names, explained)
    _refuse_alone(only=only, perturb=perturb, key_names=key_names, sign=sign, reference=reference)
    named = session.sealed(reference, registry) if reference is not None else None
    recorded = _recorded(session, record, named, registry)
    session.hint(f"record: {recorded.where}")
    if sign and named is not None:
        from weighbridge.usecases.replaying.statement import refuse_other_outputs

        refuse_other_outputs(named, recorded.record)
    task = _task(session, recorded, named, registry, inputs=inputs)
    task = replace(task, budget=_budget(memory, timeout), perturbed=perturb, only=_factors(only))
    done = _replay(session, task, wheels=wheels, interpreter=interpreter)
    if sign and named is not None:
        _sign(session, registry, named, done, key_names)
    text = render_replay(done, styled=session.styled)
    session.result(replay_json(done) if output_format == "json" else text)
    return done.outcome


def _refuse_alone(
    *,
    only: tuple[str, ...],
    perturb: bool,
    key_names: tuple[str, ...],
    sign: bool,
    reference: str | None,
) -> None:
    """Refuse options without the one they are for."""
    if only and not perturb:
        raise click.UsageError("--only is for --perturb")
    if key_names and not sign:
        raise click.UsageError("--key is for --sign")
    if sign and reference is None:
        raise click.UsageError("--sign needs a sealed release: evidence is about nothing else")


def _refuse_with_explain(**options: object) -> None:
    """Refuse what would build: an explanation is about what was built and signed before."""
    for name, value in options.items():
        if value:
            raise click.UsageError(f"--{name} does not go with --explain: nothing is built")


def _recorded(
    session: Session, file: str | None, named: Named | None, registry: Registry
) -> Recorded:
    from weighbridge.usecases.replaying.records import record_for, record_here, record_in

    if file is not None:
        return record_in(session.start / file)
    home = _home(session)
    if named is not None:
        return record_for(named, registry=registry, home=home)
    return record_here(_root(session), home)


def _home(session: Session) -> Path:
    return session.local_folder(session.settings(_root(session)))


def _root(session: Session) -> Path:
    """Name the folder records of builds here were made for."""
    from weighbridge.model.errors import UnreadableError
    from weighbridge.usecases.references import manifest_path

    try:
        return manifest_path(None, session.start).parent
    except UnreadableError:
        return session.start


def _task(
    session: Session,
    recorded: Recorded,
    named: Named | None,
    registry: Registry,
    *,
    inputs: str | None,
) -> Task:
    from weighbridge.usecases.replaying.materials import Places
    from weighbridge.usecases.replaying.replay import Task

    title, tolerance = " ".join(recorded.record.command), None
    if named is not None:
        metadata, section = named.release.metadata, named.release.spec.build
        title = f"{metadata.name}@{metadata.version}"
        tolerance = section.tolerance if section else None
    places = Places(
        inputs=session.start / inputs if inputs is not None else None,
        root=_root(session),
        blobs=registry.blobs,
    )
    return Task(
        record=recorded.record,
        title=title,
        release=named.digest if named is not None else None,
        places=places,
        tolerance=tolerance,
    )


def _budget(memory: float, timeout: str) -> Budget:
    from weighbridge.cli.durations import seconds_of
    from weighbridge.model.rebuilding import Budget

    seconds = seconds_of(timeout, "--timeout")
    return Budget(memory=int(memory * _GIBIBYTE), seconds=float(seconds))


def _factors(names: tuple[str, ...]) -> tuple:  # type: ignore[type-arg]  # of factors, imported late
    from weighbridge.model.rebuilding import Factor

    return tuple(Factor(name) for name in names)


def _replay(session: Session, task: Task, *, wheels: str | None, interpreter: str | None) -> Replay:
    from weighbridge.adapters.replaying.opening import open_site
    from weighbridge.usecases.replaying.environment import recorded_python
    from weighbridge.usecases.replaying.replay import replay

    def watch(what: str) -> None:
        session.hint(f"building {what}")

    python = interpreter or recorded_python(task.record, session.environ)
    folder = session.start / wheels if wheels is not None else None
    with open_site(session.environ, python, wheels=folder, record=task.record) as site:
        told = replace(task, python=site.python, known=site.known, from_wheels=bool(wheels))
        return replay(told, rebuilder=site.rebuilder, watch=watch)


def _sign(
    session: Session, registry: Registry, named: Named, done: Replay, key_names: tuple[str, ...]
) -> None:
    """Keep what came of it as evidence about the release."""
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.replaying.statement import replay_statement

    added = add_evidence(
        replay_statement(named, done),
        release=str(named.digest),
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
