"""`weighbridge withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone
from weighbridge.cli.delegating import check_form, delegate, delegate_to
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.saying import say_of

if TYPE_CHECKING:
    from weighbridge.usecases.withdraw_waiver import Withdrawal, Withdrawn


@click.command(name="withdraw", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--waiver", "rule", metavar="CODE", help="Take back waivers of this rule instead.")
@click.option(
    "--file", "files", multiple=True, metavar="SUBJECT", help="Only waivers of findings about this."
)
@click.option(
    "--global", "names", multiple=True, metavar="NAME", help="Only waivers of this global."
)
@delegate_to("End that PERSON approves in your place; no REF then.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str | None,
    environment: str,
    reason: str,
    rule: str | None,
    files: tuple[str, ...],
    names: tuple[str, ...],
    person: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Take back an approval of yours, what you delegated, or a waiver.

    The newest word of a person counts. A rejection is not taken back by who gave it: another
    person lifts it, see `weighbridge lift`. With --waiver: what somebody waived, or asked to have
    waived, is taken back by who did or by anyone who may waive findings of the rule.
    """
    from weighbridge.gate.case import Act
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.withdraw_waiver import Withdrawal

    if rule is None and (files or names):
        raise UsageError("--file and --global are of a waiver", help=["give --waiver CODE"])
    session = Session.current()
    check_form(reference, person)
    if person is not None:
        delegate(
            session,
            (Act.WITHDRAW, environment, person, reason),
            (None, None),
            key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        return
    if rule is None:
        say_of(
            session,
            (Act.WITHDRAW, str(reference), environment, reason),
            key_names,
            dry_run=dry_run,
            output_format=output_format,
        )
        return
    registry = session.registry_of(reference)
    wish = Withdrawal(
        rule=rule.upper(),
        release=str(session.sealed(str(reference), registry).digest),
        environment=environment,
        reason=reason,
        files=files,
        names=names,
    )
    _take_back(
        session, wish, str(reference), key_names, dry_run=dry_run, output_format=output_format
    )


def _take_back(
    session: Session,
    wish: Withdrawal,
    reference: str,
    key_names: tuple[str, ...],
    *,
    dry_run: bool,
    output_format: str,
) -> None:
    """Take waivers back, or show what would be and say nothing."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.usecases.withdraw_waiver import preview, withdraw_waiver

    registry = session.registry_of(reference)
    if dry_run:
        found = preview(wish, registry=registry, now=utc_now())
    else:
        signer = acting_alone(session, key_names)
        found = withdraw_waiver(wish, signer=signer, registry=registry)
    session.result(_json(found) if output_format == "json" else _text(found))
    if dry_run:
        session.hint("nothing was said")


def _json(found: Withdrawn) -> str:
    from weighbridge.gate.case import Act
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    wish = found.wish
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "act": Act.WITHDRAW_WAIVER.value,
            "person": found.person or None,
            "people": list(found.people),
            "rule": wish.rule,
            "environment": wish.environment,
            "name": found.name,
            "release": wish.release,
            "reason": wish.reason,
            "findings": [{"subject": named, **covered.paper} for named, covered in found.findings],
            "entry": found.index if found.person else None,
        }
    )


def _text(found: Withdrawn) -> str:
    from weighbridge.report.visible import visible

    wish = found.wish
    what = f"{wish.rule} in {visible(found.name)} to {wish.environment}"
    lines = [f"{visible(found.person or 'somebody')}: withdraw waiver of {what}"]
    for named, covered in found.findings:
        lines.append(f"  {visible(named)}  {visible(covered.name or covered.seen or 'the file')}")
    lines.append(f"  given or asked for by {visible(', '.join(found.people))}")
    return "\n".join(lines) + "\n"
