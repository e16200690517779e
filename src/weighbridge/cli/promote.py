"""`weighbridge promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone, render_promotion
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.usecases.deciding import Promotion


@click.command(name="promote", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--to", "environment", metavar="ENV", help="Where it is to go.")
@click.option(
    "--replay",
    "decision",
    metavar="DECISION",
    help="Make a decision again and compare: its digest, its entry, or NAME@ENV.",
)
@click.option("--observe", is_flag=True, help="Decide and log; move nothing, exit 0.")
@acting
@dry_run
@reading("text", "json", "sarif", "junit", "github", "markdown")
def command(
    *,
    reference: str | None,
    environment: str | None,
    decision: str | None,
    observe: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Ask whether a release may go to an environment, and move it there if so.

    REF is NAME@VERSION, NAME@ENV, a release digest, or a manifest whose files are sealed. The
    decision is signed and logged, whatever it is. Each condition says what was seen, what is
    wanted, and what to do; `to pass` lists the fewest steps that would do. With -v all that was
    skipped, waived and left out is told, and what the decision was made of.

    Exit codes: 0 allowed, 1 denied, needs more or lost a race, 3 inconclusive, 4 not allowed to.
    With --replay: 0 the same bytes, 1 others, 3 decided by another revision of the gate.
    """
    if decision is not None:
        return _replay(decision, reference, environment, key_names, output_format)
    if reference is None or environment is None:
        missing = "argument 'REF'" if reference is None else "option '--to'"
        raise click.UsageError(f"Missing {missing}.")
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
    _tell_aftermath(session, done, environment)
    if dry_run:
        session.hint("nothing was signed, logged or moved")
    if observe:
        return "pass"
    if done.moved and done.mode == "break-glass":
        review = f"weighbridge break-glass {reference} --to {environment} --review --reason TEXT"
        session.hint(f"nothing more is let in until somebody else reviews this: {review}")
    if done.lost is not None:
        session.hint(f"another promotion was faster; the generation is {done.lost} now")
        return "fail"
    lets_through = dry_run and done.mode in {"observe", "break-glass"}
    return "pass" if done.moved or lets_through else done.decision.verdict.value


def _tell_aftermath(session: Session, done: Promotion, environment: str) -> None:
    """Say what a denial set off."""
    if done.held:
        lift = f"weighbridge lift {done.decision.name} --in {environment} --reason TEXT"
        session.hint(f"{environment} is held, as the policy says; once it may go on: {lift}")
    elif done.requested:
        listed = "weighbridge status --waivers"
        session.hint(f"a waiver was asked for of {', '.join(done.requested)}: {listed}")
    elif done.aftermath is not None:
        session.hint(f"recorded in the ledger: {done.aftermath.deed.value}")


def _replay(
    decision: str,
    reference: str | None,
    environment: str | None,
    key_names: tuple[str, ...],
    output_format: str,
) -> str:
    """Make a decision again: nothing is asked for, so nothing else is to be named."""
    from weighbridge.report.json import json_text
    from weighbridge.report.replayed import render_replayed, replayed_json
    from weighbridge.usecases.replay_decision import replay_decision

    if reference is not None or environment is not None or key_names:
        raise click.UsageError("--replay takes a decision, and neither REF, --to nor --key.")
    if output_format not in {"text", "json"}:
        raise click.UsageError("--replay writes text or json.")
    session = Session.current()
    found = replay_decision(decision, registry=session.registry())
    if output_format == "json":
        session.result(json_text(replayed_json(found)))
    else:
        session.result(render_replayed(found, styled=session.styled))
    return found.verdict
