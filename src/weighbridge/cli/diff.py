"""`weighbridge diff`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="diff", cls=Verb)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@reading("text", "json", "markdown")
def command(*, before: str, after: str, output_format: str) -> None:
    """Compare two releases by meaning.

    A and B are manifests, NAME@VERSION, NAME@ENV or release digests. A manifest is compared as it
    would be sealed now. Each change carries how much a mistake there could hurt.
    """
    from weighbridge.report.diff import render_diff_json, render_diff_markdown, render_diff_text
    from weighbridge.usecases.compare import compare

    session = Session.current()
    registry = session.registry_of(before, after)
    sides = [session.find(side, registry) for side in (before, after)]
    changes = compare(
        sides[0],
        sides[1],
        blobs=registry.blobs,
        environ=session.environ,
        progress=session.progress,
    )
    if output_format == "json":
        text = render_diff_json(changes, tensors=())
    elif output_format == "markdown":
        text = render_diff_markdown(changes)
    else:
        text = render_diff_text(changes, styled=session.styled)
    session.result(text)
