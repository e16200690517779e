"""`weighbridge drill`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, reading
from weighbridge.cli.streams import is_watched

if TYPE_CHECKING:
    from weighbridge.model.drill import Drill
    from weighbridge.model.ports import Registry


@click.command(name="drill", cls=Verb)
@click.argument("environment", metavar="ENV")
@click.option("--name", metavar="NAME", help="The release, if several are there.")
@click.option("--sign", is_flag=True, help="Sign the result as a checker: it becomes evidence.")
@click.option(
    "--without",
    multiple=True,
    metavar="CODE|CONDITION",
    help="Switch off a rule or condition in the twin; may be repeated.",
)
@click.option("--only", multiple=True, metavar="FAULT", help="Plant this one; may be repeated.")
@acting
@reading("text", "json")
def command(
    *,
    environment: str,
    name: str | None,
    sign: bool,
    without: tuple[str, ...],
    only: tuple[str, ...],
    key_names: tuple[str, ...],
    output_format: str,
) -> str:
    """Plant known attacks and faults in a twin of a release, and see what is caught.

    The release is the one ENV points to. The twin is a scratch registry with the environment's
    own policy, the same bytes and freshly made keys. Each fault is planted in a copy of it, before
    the code that guards the real one. The registry is only read; nothing of the twin is left.

    --without switches a rule, or what a decision calls a condition, off in the twin: what gets
    through then hangs on it alone.

    Exit codes: 0 all caught, 1 something got through, 3 the twin itself is not let pass.
    """
    from weighbridge.report.drill import drill_json, render_drill

    _refuse_with_sign(sign=sign, partial=bool(without or only), key_names=key_names)
    session = Session.current()
    registry = session.registry()
    done = _drill(session, registry, environment, name=name, off=without, only=only)
    if sign:
        _sign(session, registry, done, key_names)
    text = render_drill(done, styled=session.styled)
    session.result(drill_json(done) if output_format == "json" else text)
    return done.verdict


def _refuse_with_sign(*, sign: bool, partial: bool, key_names: tuple[str, ...]) -> None:
    """Refuse what would make a drill less than the whole one, and a key for nothing."""
    if sign and partial:
        message = "--without and --only do not go with --sign: evidence is of every fault"
        raise click.UsageError(message)
    if key_names and not sign:
        raise click.UsageError("--key is for --sign")


def _drill(
    session: Session,
    registry: Registry,
    environment: str,
    *,
    name: str | None,
    off: tuple[str, ...],
    only: tuple[str, ...],
) -> Drill:
    from weighbridge.adapters.clock import utc_now
    from weighbridge.bootstrap import rule_set
    from weighbridge.cli.progress import Counter
    from weighbridge.usecases.drill import drill
    from weighbridge.usecases.drilling.script import Tools

    tools = Tools(
        rule_set=rule_set(),
        ignore=(),
        reader=None,
        images=session.images(()),
        advisories=session.advisories(),
        clock=utc_now,
    )
    looked_at = session.globals.progress and not session.globals.quiet and is_watched(sys.stderr)
    with Counter(shown=looked_at) as watch:
        return drill(
            environment,
            registry=registry,
            tools=tools,
            watch=watch,
            name=name,
            off=off,
            only=only,
        )


def _sign(session: Session, registry: Registry, done: Drill, key_names: tuple[str, ...]) -> None:
    """Keep what came of it as evidence about the release that was drilled with."""
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.drilling.statement import drill_statement
    from weighbridge.usecases.evidence import add_evidence

    added = add_evidence(
        drill_statement(done),
        release=done.release,
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
