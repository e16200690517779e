"""`weighbridge waive`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.options import Verb
from weighbridge.cli.saying import Saying, says, to_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.usecases.waive import Waived, Wish


@click.command(name="waive", cls=Verb)
@click.argument("code", metavar="CODE")
@click.argument("reference", metavar="REF")
@to_environment
@click.option("--reason", default="", metavar="TEXT", help="Why they may be there.")
@click.option(
    "--expires",
    default="",
    metavar="TIME",
    help="From when it counts no longer: 2027-01-31, 2027-01-31T12:00:00Z, or 30d from now.",
)
@click.option(
    "--owner",
    default="",
    metavar="PERSON|TEAM",
    help="Who answers for the exception; without it who signs.",
)
@click.option("--request", "asks", is_flag=True, help="Ask that somebody else waive them.")
@click.option(
    "--grant",
    "grants",
    is_flag=True,
    help="Waive what was asked for last, with the reason and day of the request.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    metavar="SUBJECT",
    help="Only findings about this: a file, a package, a field, as the report names it.",
)
@click.option(
    "--global", "names", multiple=True, metavar="NAME", help="Only findings about this global."
)
@says
def command(
    saying: Saying,
    *,
    code: str,
    reference: str,
    environment: str,
    **wanted: Any,
) -> None:
    """Answer for findings of a rule until a day, where the policy lets you.

    It is for what the newest signed report found, in the very bytes it found it in, and covers
    nothing else: another file, another finding in it, another environment are not waived. What is
    known to do harm cannot be waived, nor bytes that are not those that were sealed. Nobody waives
    what he asked for, or signed; with --request you ask somebody else to.
    """
    from weighbridge.usecases.waive import preview, waive

    registry, form = saying.session.registry_of(reference), saying.form(_json, _text)
    release = str(saying.session.sealed(reference, registry).digest)
    wish = _wish(code.upper(), release, environment, wanted)
    saying.say(
        lambda now: form(preview(wish, registry=registry, now=now)),
        lambda signer: form(waive(wish, signer=signer, registry=registry)),
    )


def _wish(code: str, release: str, environment: str, wanted: Mapping[str, Any]) -> Wish:
    """Read what is wanted.

    Raises:
        UsageError: Both a request and its grant are, or --expires is no time.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.durations import time_of
    from weighbridge.gate.case import Act
    from weighbridge.model.errors import UsageError
    from weighbridge.usecases.waive import Wish

    if wanted["asks"] and wanted["grants"]:
        message = "--request asks somebody else, --grant answers him"
        raise UsageError(message, help=["give one of them"])
    return Wish(
        rule=code,
        release=release,
        environment=environment,
        reason=wanted["reason"],
        expires=time_of(wanted["expires"], "--expires", utc_now()) if wanted["expires"] else "",
        owner=wanted["owner"],
        act=Act.REQUEST_WAIVER if wanted["asks"] else Act.WAIVE,
        grants=wanted["grants"],
        files=wanted["files"],
        names=wanted["names"],
    )


def _json(waived: Waived) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    wish = waived.wish
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "act": wish.act.value,
            "person": waived.person or None,
            "requestedBy": waived.requested_by or None,
            "owner": wish.owner or None,
            "rule": wish.rule,
            "environment": wish.environment,
            "name": waived.name,
            "release": wish.release,
            "reason": wish.reason,
            "expires": wish.expires,
            "findings": [{"subject": one.subject, **one.covered.paper} for one in waived.findings],
            "entry": waived.index if waived.person else None,
        }
    )


def _text(waived: Waived) -> str:
    from weighbridge.report.visible import visible

    wish = waived.wish
    release = visible(f"{waived.name}@{waived.version}")
    who = visible(waived.person or "somebody")
    lines = [f"{who}: {wish.act.value} {wish.rule} in {release} to {wish.environment}"]
    for one in waived.findings:
        what = one.covered.name or one.covered.seen or "the file"
        lines.append(f"  {visible(one.subject)}  {visible(what)}")
        lines.append(f"    {one.covered.digest}{visible(one.covered.pointer)}")
    lines.append(f"  until {wish.expires}: {visible(wish.reason)}")
    if waived.requested_by:
        lines.append(f"  asked for by {visible(waived.requested_by)}")
    if wish.owner and wish.owner != waived.person:
        lines.append(f"  {visible(wish.owner)} answers for it")
    return "\n".join(lines) + "\n"
