"""`weighbridge log notify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.notification import Sink, Told


@click.command(name="notify", cls=Verb)
@click.option("--test", "tested", metavar="NAME", help="Send this sink one notice for a try.")
@reading("text", "json")
def notify(*, tested: str | None, output_format: str) -> str:
    """Tell whom notify.toml names what they have not been told yet.

    Every command that opens the registry does that by itself when it is over; this one waits for
    nobody's time, and says what came of it. notify.toml lies in the registry's folder.

    Exit codes: 0 all told, 3 somebody could not be told.
    """
    from weighbridge.bootstrap.notifying import sinks_of, tell_all

    session = Session.current()
    if session.globals.offline:
        raise click.UsageError("to tell somebody takes the network: leave out --offline")
    root = session.local_folder()
    sinks = sinks_of(root)
    if tested is not None:
        return _try_out(session, sinks, tested, root)
    told = tell_all(sinks, session.registry(), root, patient=False)
    session.result(_json(told) if output_format == "json" else _text(told))
    return "inconclusive" if any(one.waiting for one in told) else "pass"


def _try_out(session: Session, sinks: Sequence[Sink], name: str, root: Path) -> str:
    """Send one notice that stands in no ledger."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.adapters.notifying.opening import open_channel
    from weighbridge.model.errors import UsageError
    from weighbridge.model.event import Event, Kind
    from weighbridge.model.notification import Notice

    found = next((sink for sink in sinks if sink.name == name), None)
    if found is None:
        wanted = ", ".join(sink.name for sink in sinks) or "none"
        raise UsageError(f"there is no sink {name}", seen=name, wanted=wanted)
    body = {"act": "test", "environment": "", "name": "", "person": "", "release": ""}
    event = Event(kind=Kind.ACT_SAID, time=utc_now(), control=0, body=body)
    text = "a test of weighbridge: nothing happened"
    note = open_channel(found, root).send(Notice(origin="test", index=0, event=event, text=text))
    session.result(f"{name}: {note}\n" if note else f"{name} was told\n")
    return "pass"


def _json(told: Sequence[Told]) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    sinks = [
        {
            "name": one.sink,
            "sent": one.sent,
            "waiting": one.waiting,
            "reason": one.standing.reason,
            "notBefore": one.standing.not_before,
            "givenUp": list(one.standing.given_up),
            "notes": list(one.notes),
        }
        for one in told
    ]
    return json_text({"schemaVersion": SCHEMA_VERSION, "sinks": sinks})


def _text(told: Sequence[Told]) -> str:
    from weighbridge.report.visible import visible

    lines = []
    for one in told:
        waits = f", {one.waiting} wait" if one.waiting else ""
        why = f": {one.standing.reason}" if one.standing.reason else ""
        lines.append(f"{one.sink}: {one.sent} sent{waits}{why}")
        lines += [f"  {note}" for note in one.notes]
        if one.standing.given_up:
            entries = ", ".join(map(str, one.standing.given_up))
            lines.append(f"  never told of entry {entries}: it was refused for more than a day")
    return "".join(f"{visible(line)}\n" for line in lines)
