"""What `approve` and `withdraw` share about delegations: their option, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.cli.saying import Saying
    from weighbridge.gate.case import Act
    from weighbridge.usecases.delegating import Handed


def delegate_to(help_: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Make the option that names who stands in.

    Args:
        help_: What it does.
    """
    return click.option("--delegate-to", "person", metavar="PERSON", help=help_)


def check_form(
    reference: str | None, person: str | None, *, others: Sequence[str | None] = ()
) -> None:
    """Refuse a command that is neither about a release nor about a delegation, or about both.

    Args:
        reference: The release, if one is named.
        person: Who stands in, if one is named.
        others: Options that go with a delegation alone.
    """
    if (reference is None) is (person is None):
        raise click.UsageError("name a release (REF) or --delegate-to PERSON, one of them")
    if person is None and any(other is not None for other in others):
        raise click.UsageError("--from and --until go with --delegate-to")


def delegate(
    saying: Saying,
    act: Act,
    environment: str,
    person: str,
    reason: str,
    *,
    times: tuple[str | None, str | None] = (None, None),
) -> None:
    """Hand the right to approve over, or back, and say so.

    Args:
        saying: How.
        act: `delegate` or `withdraw`.
        environment: Where.
        person: Who stands in.
        reason: Why.
        times: From when until when.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.durations import time_of
    from weighbridge.gate.case import Act
    from weighbridge.usecases.delegating import Handing, hand_over, preview

    since, until = times
    if act is Act.DELEGATE and until is None:
        raise click.UsageError("a delegation ends: give --until")
    now = utc_now()
    handing = Handing(
        act=act,
        environment=environment,
        to=person,
        since="" if since is None else time_of(since, "--from", now),
        until="" if until is None else time_of(until, "--until", now),
        reason=reason,
    )
    registry, form = saying.session.registry(), saying.form(_json, _text)
    saying.say(
        lambda now: form(preview(handing, registry=registry, now=now)),
        lambda signer: form(hand_over(handing, signer=signer, registry=registry)),
    )


def _json(handed: Handed) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    handing = handed.handing
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "act": handing.act.value,
            "person": handed.person or None,
            "to": handing.to,
            "environment": handing.environment,
            "from": handing.since or None,
            "until": handing.until or None,
            "reason": handing.reason,
            "entry": handed.index if handed.person else None,
        }
    )


def _text(handed: Handed) -> str:
    from weighbridge.report.visible import visible

    handing = handed.handing
    who, to = visible(handed.person or "somebody"), visible(handing.to)
    where = visible(handing.environment)
    if not handing.until:
        return f"{who}: withdraw from {to} in {where}\n"
    return (
        f"{who}: delegate to {to} in {where}\n"
        f"  from {handing.since} until {handing.until}: {visible(handing.reason)}\n"
    )
