"""`weighbridge waive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.deciding import acting_alone
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.usecases.waive import Waived


@click.command(name="waive", cls=Verb)
@click.argument("code", metavar="CODE")
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it would go.")
@click.option("--reason", required=True, metavar="TEXT", help="Why they may be there.")
@click.option(
    "--expires",
    required=True,
    metavar="TIME",
    help="From when it counts no longer: 2027-01-31, 2027-01-31T12:00:00Z, or 30d from now.",
)
@click.option("--file", "files", multiple=True, metavar="PATH", help="Only findings in this file.")
@click.option(
    "--global", "names", multiple=True, metavar="NAME", help="Only findings about this global."
)
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    code: str,
    reference: str,
    environment: str,
    reason: str,
    expires: str,
    files: tuple[str, ...],
    names: tuple[str, ...],
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Answer for findings of a rule until a day, where the policy lets you.

    It is for what the newest signed report found in the bytes of each file, and covers nothing
    else: another file, another global in it, another environment are not waived. What is known to
    do harm cannot be waived. Nobody waives what he asked for, or signed.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.times import read_time
    from weighbridge.usecases.waive import Wish, preview, waive

    session = Session.current()
    registry = session.registry_of(reference)
    wish = Wish(
        rule=code.upper(),
        release=str(session.sealed(reference, registry).digest),
        environment=environment,
        reason=reason,
        expires=read_time(expires, utc_now(), "--expires"),
        files=files,
        names=names,
    )
    if dry_run:
        waived = preview(wish, registry=registry, now=utc_now())
    else:
        waived = waive(wish, signer=acting_alone(session, key_names), registry=registry)
    session.result(_json(waived) if output_format == "json" else _text(waived))
    if dry_run:
        session.hint("nothing was said")


def _json(waived: Waived) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    wish = waived.wish
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "act": "waive",
            "person": waived.person or None,
            "rule": wish.rule,
            "environment": wish.environment,
            "name": waived.name,
            "release": wish.release,
            "expires": wish.expires,
            "findings": [
                {"subject": one.subject, "file": one.file, "global": one.name}
                for one in waived.findings
            ],
            "entry": waived.index if waived.person else None,
        }
    )


def _text(waived: Waived) -> str:
    from weighbridge.report.visible import visible

    wish = waived.wish
    release = visible(f"{waived.name}@{waived.version}")
    who = visible(waived.person or "somebody")
    lines = [f"{who}: waive {wish.rule} in {release} to {wish.environment}"]
    for one in waived.findings:
        lines.append(f"  {visible(one.subject)}  {visible(one.name or 'the file')}")
        lines.append(f"    {one.file}")
    lines.append(f"  until {wish.expires}: {visible(wish.reason)}")
    return "\n".join(lines) + "\n"
