"""Verbs by which people say something of a promotion; they differ in what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone, render_promotion
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.approve import Intent


def saying(act: str, text: str, *, reason: bool) -> click.Command:
    """Make the verb that says something of a release and an environment.

    Args:
        act: What it says, and the verb.
        text: Its help.
        reason: Whether a reason must be given.
    """

    @click.command(name=act, cls=Verb, help=text)
    @click.argument("reference", metavar="REF")
    @click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
    @click.option("--reason", required=reason, default="", metavar="TEXT", help="Why.")
    @acting
    @dry_run
    @reading("text", "json")
    def command(
        *,
        reference: str,
        environment: str,
        reason: str,
        key_names: tuple[str, ...],
        dry_run: bool,
        output_format: str,
    ) -> None:
        from weighbridge.gate.case import Act
        from weighbridge.usecases.approve import Intent

        session = Session.current()
        registry = session.registry_of(reference)
        release = str(session.sealed(reference, registry).digest)
        intent = Intent(act=Act(act), release=release, environment=environment, reason=reason)
        say_it(
            session,
            intent,
            key_names,
            registry=registry,
            dry_run=dry_run,
            output_format=output_format,
        )

    return command


def say_it(
    session: Session,
    intent: Intent,
    key_names: tuple[str, ...],
    *,
    registry: Registry,
    dry_run: bool,
    output_format: str,
) -> None:
    """Say it, or show what the gate thinks and say nothing."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible
    from weighbridge.usecases.approve import say
    from weighbridge.usecases.promote import consider

    if dry_run:
        seen = consider(intent.release, intent.environment, registry=registry, now=utc_now())
        session.result(render_promotion(session, seen, output_format))
        session.hint("nothing was said")
        return
    word = say(intent, signer=acting_alone(session, key_names), registry=registry)
    decision = word.decision
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "act": word.act.value,
            "person": word.person,
            "environment": decision.environment,
            "name": decision.name,
            "release": decision.release,
            "policy": decision.policy_digest,
            "outcome": decision.outcome_digest,
            "entry": word.index,
        }
        session.result(json_text(document))
        return
    release = visible(f"{decision.name}@{decision.version}")
    session.result(
        f"{visible(word.person)}: {word.act.value} {release} to {visible(decision.environment)}\n"
        f"  release {decision.release}\n  policy  {decision.policy_digest}\n"
        f"  outcome {decision.outcome_digest}\n"
    )
