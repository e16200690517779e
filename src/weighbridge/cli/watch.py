"""`weighbridge watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.watch_live import show_live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.foresight import Watched


@click.command(name="watch", cls=Verb)
@click.argument("environment", metavar="ENV")
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--every", metavar="DURATION", help="Look again and again, this often; every 5min without it."
)
@click.option(
    "--live",
    is_flag=True,
    help="Show what is delivered there: shares of requests, how it runs, each signal's verdict.",
)
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    environment: str,
    once: bool,
    every: str | None,
    live: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Judge again what stands in an environment, and log the verdicts that changed.

    Where the advisories loaded here are newer than those of a release's report, the rules that read
    them are asked again, and the new report is signed: --key is that of a checker. A policy, a
    waiver that ended, a revoked key, a rejection or a VEX document counts without that. What the
    policy sets off (onChange) is done: a hold, or a rollback, for which the key must be a
    deployer's, too. Where nothing changed, nothing is logged.

    With --live nothing is judged by the gate, signed or logged: every second (or --every) it shows
    how what is delivered there runs, and what the analyses of its manifest say now. ENV is then
    `local` for sandboxes.

    Exit codes: 0 all may stay, 1 something may not, 3 something cannot be told, 4 not allowed to.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.bootstrap import rule_set
    from weighbridge.model.foresight import watched_verdict
    from weighbridge.usecases.watch import Watch

    if once and every is not None:
        raise click.UsageError("--every does not go with --once")
    session = Session.current()
    if live:
        if dry_run or key_names:
            raise click.UsageError("--live only looks: it goes with neither --dry-run nor --key")
        show_live(session, environment, once=once, every=every, output_format=output_format)
        return "pass"
    seconds = 0 if once or dry_run else _seconds(every or "5min")
    watch = Watch(
        environment=environment,
        registry=session.registry(),
        advisories=session.advisories(),
        rule_set=rule_set(),
        clock=utc_now,
        progress=session.progress,
    )
    if dry_run:
        found = watch.look(supposing=True)
        session.result(_render(session, found, output_format))
        session.hint("nothing was signed, logged or moved")
        return watched_verdict(found)
    signer = acting_alone(session, key_names)
    found = watch.once(signer)
    session.result(_render(session, found, output_format))
    while seconds and _wait(session, seconds):
        found = watch.once(signer)
        session.result(_render(session, found, output_format))
    return watched_verdict(found)


def _wait(session: Session, seconds: float) -> bool:
    """Wait until it is time to look again; False if somebody ends that."""
    import threading

    try:
        threading.Event().wait(seconds)
    except KeyboardInterrupt:
        session.hint("ended; nothing is half done")
        return False
    return True


def _seconds(text: str) -> float:
    from weighbridge.cli.durations import seconds_of

    return seconds_of(text, "--every")


def _render(session: Session, found: Sequence[Watched], output_format: str) -> str:
    from weighbridge.report.foresight import render_watched, watched_json
    from weighbridge.report.json import json_text

    if output_format == "json":
        return json_text(watched_json(found))
    return render_watched(found, styled=session.styled)
