"""`weighbridge watch --live`: a table of what is delivered, drawn again and again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from weighbridge.cli.streams import is_watched

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.model.delivery import Place
    from weighbridge.model.delivery_ports import Driven, Followed
    from weighbridge.model.ports import Registry

_ANEW = "\x1b[H\x1b[2J"
"""Begins a screen anew (ECMA-48: CUP, ED)."""


def show_live(
    session: Session, environment: str, *, once: bool, every: str | None, output_format: str
) -> None:
    """Show what is delivered to an environment, until somebody ends it."""
    from weighbridge.cli.delivering import wait
    from weighbridge.cli.durations import seconds_of

    seconds = seconds_of(every or "1s", "--every")
    registry = session.registry()
    screen = output_format == "text" and not once and session.output is None
    anew = screen and is_watched(sys.stdout)
    while True:
        text = _look(session, registry, environment, output_format)
        session.result(_ANEW + text if anew else text)
        if once:
            return
        try:
            wait(seconds)
        except KeyboardInterrupt:
            session.hint("ended; what runs, runs on")
            return


def _look(session: Session, registry: Registry, environment: str, output_format: str) -> str:
    from weighbridge.cli.delivering import milliseconds, opener, versions_of
    from weighbridge.report.delivery import live_json, render_live
    from weighbridge.report.json import json_text
    from weighbridge.usecases.delivering.seeing import see

    def open_target(place: Place, name: str) -> Driven | Followed:
        return opener(session, environment=environment, name=name, contained=False)(place)

    now = milliseconds()
    found = see(environment, registry=registry, open_target=open_target, now=now)
    if output_format == "json":
        return json_text(live_json(found))
    return render_live(found, versions_of(registry), now=now, styled=session.styled)
