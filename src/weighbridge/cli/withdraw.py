"""`weighbridge withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.delegating import check_form, delegate, delegate_to
from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says, to_environment

if TYPE_CHECKING:
    from weighbridge.usecases.withdraw_waiver import Withdrawn


@click.command(name="withdraw", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@to_environment
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--waiver", "rule", metavar="CODE", help="Take back waivers of this rule instead.")
@click.option(
    "--file", "files", multiple=True, metavar="SUBJECT", help="Only waivers of findings about this."
)
@click.option(
    "--global", "names", multiple=True, metavar="NAME", help="Only waivers of this global."
)
@delegate_to("End that PERSON approves in your place; no REF then.")
@says
def command(
    saying: Saying,
    *,
    reference: str | None,
    environment: str,
    reason: str,
    rule: str | None,
    files: tuple[str, ...],
    names: tuple[str, ...],
    person: str | None,
) -> None:
    """Take back an approval of yours, what you delegated, or a waiver.

    The newest word of a person counts. A rejection is not taken back by who gave it: another
    person lifts it, see `weighbridge lift`. With --waiver: what somebody waived, or asked to have
    waived, is taken back by who did or by anyone who may waive findings of the rule.
    """
    from weighbridge.gate.case import Act
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.withdraw_waiver import Withdrawal, preview, withdraw_waiver

    if rule is None and (files or names):
        raise UsageError("--file and --global are of a waiver", help=["give --waiver CODE"])
    check_form(reference, person)
    if person is not None:
        delegate(saying, Act.WITHDRAW, environment, person, reason)
        return
    if rule is None:
        saying.say_of(Act.WITHDRAW, str(reference), environment, reason)
        return
    registry, form = saying.session.registry_of(reference), saying.form(_json, _text)
    wish = Withdrawal(
        rule=rule.upper(),
        release=str(saying.session.sealed(str(reference), registry).digest),
        environment=environment,
        reason=reason,
        files=files,
        names=names,
    )
    saying.say(
        lambda now: form(preview(wish, registry=registry, now=now)),
        lambda signer: form(withdraw_waiver(wish, signer=signer, registry=registry)),
    )


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
