"""What the verbs have in common by which a person says something: their options, and what is shown.

Each of them says it with one key, or with `--dry-run` shows what it would be and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone, render_promotion
from weighbridge.cli.identity import acting
from weighbridge.cli.options import dry_run, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.gate.case import Act
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.approve import Word

T = TypeVar("T")

to_environment = click.option(
    "--to", "environment", required=True, metavar="ENV", help="Where it would go."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """How something is said.

    Attributes:
        session: The run.
        key_names: Key of who says it.
        dry_run: Only show it.
        output_format: `text` or `json`.
    """

    session: Session
    key_names: tuple[str, ...]
    dry_run: bool
    output_format: str

    def say(self, preview: Callable[[str], str], say: Callable[[AnySigner], str]) -> None:
        """Say it, or only look what it would be.

        Args:
            preview: Looks, at a time, and returns what is to be shown.
            say: Says it, with a key, and does so.
        """
        from weighbridge.adapters.clock import utc_now

        if not self.dry_run:
            self.session.result(say(acting_alone(self.session, self.key_names)))
            return
        self.session.result(preview(utc_now()))
        self.session.hint("nothing was said")

    def form(self, as_json: Callable[[T], str], as_text: Callable[[T], str]) -> Callable[[T], str]:
        """Choose what writes the result."""
        return as_json if self.output_format == "json" else as_text

    def say_of(self, act: Act, reference: str, environment: str, reason: str) -> None:
        """Say something of a release that is named."""
        registry = self.session.registry_of(reference)
        release = str(self.session.sealed(reference, registry).digest)
        self._say_of(act, release, environment, reason, registry=registry)

    def say_of_pointer(self, act: Act, name: str, environment: str, reason: str) -> None:
        """Say something of what an environment points to, by its name."""
        from weighbridge.usecases.pointers import pointed

        registry = self.session.registry()
        release = pointed(name, environment, registry=registry)
        self._say_of(act, release, environment, reason, registry=registry)

    def _say_of(
        self, act: Act, release: str, environment: str, reason: str, *, registry: Registry
    ) -> None:
        """Say it, or show what the gate thinks."""
        from weighbridge.usecases.approve import Intent, say
        from weighbridge.usecases.promote import consider

        intent = Intent(act=act, release=release, environment=environment, reason=reason)
        form = self.form(_json, _text)
        self.say(
            lambda now: render_promotion(
                self.session,
                consider(release, environment, registry=registry, now=now),
                self.output_format,
            ),
            lambda signer: form(say(intent, signer=signer, registry=registry)),
        )


def says(command: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of saying something; it is called with a `Saying` first."""

    @wraps(command)
    def called(
        *, key_names: tuple[str, ...], dry_run: bool, output_format: str, **wanted: object
    ) -> None:
        saying = Saying(
            session=Session.current(),
            key_names=key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        command(saying, **wanted)

    return acting(dry_run(reading("text", "json")(called)))


def _json(word: Word) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    decision = word.decision
    return json_text(
        {
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
    )


def _text(word: Word) -> str:
    from weighbridge.report.visible import visible

    decision = word.decision
    release = visible(f"{decision.name}@{decision.version}")
    return (
        f"{visible(word.person)}: {word.act.value} {release} to {visible(decision.environment)}\n"
        f"  release {decision.release}\n  policy  {decision.policy_digest}\n"
        f"  outcome {decision.outcome_digest}\n"
    )
