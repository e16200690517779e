"""Tell those whom a registry tells, at the end of every command that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.bootstrap.notifying import FILE, outbox_of, sinks_of, tell_all
from weighbridge.cli.streams import print_aside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import click

    from weighbridge.model.notification import Sink
    from weighbridge.model.ports import Registry


def announce_on_close(ctx: click.Context, registry: Registry, root: Path) -> None:
    """Arrange that sinks are told when the command is over, if the registry has any.

    A command never fails for it: what could not be told waits for the next one.
    """
    if not (root / FILE).is_file():
        return
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.usecases.notifying import begin

    try:
        sinks = sinks_of(root)
        outbox = outbox_of(root)
        with outbox.alone() as alone:
            if alone:
                begin(sinks, registry=registry, outbox=outbox)
    except (WeighbridgeError, OSError) as error:
        print_aside(f"nobody is told of this: {error}")
        return
    ctx.call_on_close(lambda: _announce(sinks, registry, root))


def _announce(sinks: Sequence[Sink], registry: Registry, root: Path) -> None:
    from weighbridge.model.errors import WeighbridgeError

    try:
        told = tell_all(sinks, registry, root)
    except (WeighbridgeError, OSError) as error:
        print_aside(f"nobody is told of this: {error}")
        return
    for one in told:
        for note in one.notes:
            print_aside(f"{one.sink}: {note}")
        if one.standing.failures and one.waiting:
            print_aside(f"{one.sink} is told later: {one.standing.reason}")
