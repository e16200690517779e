"""`weighbridge rollback`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone, render_promotion
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading


@click.command(name="rollback", cls=Verb)
@click.argument("name")
@click.option("--in", "environment", required=True, metavar="ENV", help="Which environment.")
@click.option("--to", "target", metavar="REF", help="The release to go back to.")
@click.option(
    "--no-deliver", is_flag=True, help="Move the pointer alone: what runs stays as it is."
)
@acting
@dry_run
@reading("text", "json", "markdown")
def command(
    *,
    name: str,
    environment: str,
    target: str | None,
    no_deliver: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Move an environment back to a release that was there before.

    Without --to, that is the newest one before the present that was not itself left by a
    rollback. Its bytes are read again and its signatures judged today. The environment is held
    until somebody lifts that.

    Where releases of this name were delivered (weighbridge deliver), the one it goes back to is
    brought back as well, at once: its files, configuration, flags and alerts.

    Exit codes: 0 done, 1 denied, lost a race or not brought back, 4 not allowed to.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.delivering import bring_back
    from weighbridge.usecases.rollback import consider_rollback, roll_back, target_of

    session = Session.current()
    registry = session.registry()
    release, expected = target_of(
        name,
        environment,
        registry=registry,
        release=None if target is None else str(session.sealed(target, registry).digest),
    )
    signer = None if dry_run else acting_alone(session, key_names)
    if signer is None:
        done = consider_rollback(
            name, environment, release=release, registry=registry, now=utc_now()
        )
    else:
        done = roll_back(
            name,
            environment,
            release=release,
            expected=expected,
            signer=signer,
            registry=registry,
            progress=session.progress,
        )
    session.result(render_promotion(session, done, output_format))
    if dry_run:
        session.hint("nothing was signed, logged or moved")
    if done.held:
        lift = f"weighbridge lift {name} --in {environment} --reason TEXT"
        session.hint(f"{environment} is held; once it may go on: {lift}")
    if done.lost is not None:
        session.hint(f"somebody else was faster; the generation is {done.lost} now")
        return "fail"
    if signer is not None and done.moved and not no_deliver:
        return bring_back(session, registry, name, environment, signer)
    return done.decision.verdict.value
