"""`weighbridge promote`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone, render_promotion
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading


@click.command(name="promote", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it is to go.")
@click.option("--observe", is_flag=True, help="Decide and log; move nothing, exit 0.")
@acting
@dry_run
@reading("text", "json", "sarif", "junit", "github", "markdown")
def command(
    *,
    reference: str,
    environment: str,
    observe: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Ask whether a release may go to an environment, and move it there if so.

    REF is NAME@VERSION, NAME@ENV, a release digest, or a manifest whose files are sealed. The
    decision is signed and logged, whatever it is. Each condition says what was seen, what is
    wanted, and what to do.

    Exit codes: 0 allowed, 1 denied, needs more or lost a race, 3 inconclusive, 4 not allowed to.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.usecases.promote import consider, promote

    session = Session.current()
    registry = session.registry_of(reference)
    release = str(session.sealed(reference, registry).digest)
    if dry_run:
        done = consider(release, environment, registry=registry, now=utc_now())
    else:
        signer = acting_alone(session, key_names)
        done = promote(release, environment, signer=signer, registry=registry, observe=observe)
    session.result(render_promotion(session, done, output_format))
    if done.held:
        lift = f"weighbridge lift {done.decision.name} --in {environment} --reason TEXT"
        session.hint(f"{environment} is held, as the policy says; once it may go on: {lift}")
    elif done.aftermath is not None:
        session.hint(f"recorded in the ledger: {done.aftermath.deed.value}")
    if dry_run:
        session.hint("nothing was signed, logged or moved")
    if observe:
        return "pass"
    if done.lost is not None:
        session.hint(f"another promotion was faster; the generation is {done.lost} now")
        return "fail"
    lets_through = dry_run and done.mode == "observe"
    return "pass" if done.moved or lets_through else done.decision.verdict.value
