"""What the verbs have in common by which people say something of a promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.cli.deciding import acting_alone, render_promotion

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.gate.case import Act
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.approve import Intent


def say_of(
    session: Session,
    what: tuple[Act, str, str, str],
    key_names: tuple[str, ...],
    *,
    dry_run: bool,
    output_format: str,
) -> None:
    """Say something of a release that is named, or show what the gate thinks and say nothing.

    Args:
        session: The run.
        what: The act, the release as it was named, the environment and the reason.
        key_names: Key of who says it.
        dry_run: Only show it.
        output_format: `text` or `json`.
    """
    from weighbridge.usecases.approve import Intent

    act, reference, environment, reason = what
    registry = session.registry_of(reference)
    release = str(session.sealed(reference, registry).digest)
    say_it(
        session,
        Intent(act=act, release=release, environment=environment, reason=reason),
        key_names,
        registry=registry,
        dry_run=dry_run,
        output_format=output_format,
    )


def say_of_pointer(
    session: Session,
    what: tuple[Act, str, str, str],
    key_names: tuple[str, ...],
    *,
    dry_run: bool,
    output_format: str,
) -> None:
    """Say something of what an environment points to, by its name; else as `say_of`."""
    from weighbridge.usecases.approve import Intent
    from weighbridge.usecases.pointers import pointed

    act, name, environment, reason = what
    registry = session.registry()
    release = pointed(name, environment, registry=registry)
    say_it(
        session,
        Intent(act=act, release=release, environment=environment, reason=reason),
        key_names,
        registry=registry,
        dry_run=dry_run,
        output_format=output_format,
    )


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
