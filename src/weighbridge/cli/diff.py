"""`weighbridge diff`."""

from __future__ import annotations

from typing import Any

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="diff", cls=Verb)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@reading("text", "json", "markdown", "json-patch")
def command(*, before: str, after: str, output_format: str) -> None:
    """Compare two releases by meaning.

    A and B are manifests, NAME@VERSION, NAME@ENV or release digests. A manifest is compared as it
    would be sealed now. Each change carries how much a mistake there could hurt. Of files that
    differ the tensors are compared, where both have an index of them.

    The format `json-patch` (RFC 6902) is what makes the resolved manifest of B of that of A.
    """
    from weighbridge.report import diff as report
    from weighbridge.usecases.compare import compare, patch

    session = Session.current()
    registry = session.registry_of(before, after)
    left, right = (session.find(side, registry) for side in (before, after))
    world: dict[str, Any] = {
        "blobs": registry.blobs,
        "environ": session.environ,
        "reader": session.reader(),
    }
    if output_format == "json-patch":
        session.result(report.render_json_patch(patch(left, right, **world)))
        return
    found = compare(left, right, **world)
    if output_format == "json":
        text = report.render_diff_json(found.changes, found.tensors)
    elif output_format == "markdown":
        text = report.render_diff_markdown(found.changes, found.tensors)
    else:
        text = report.render_diff_text(found.changes, found.tensors, styled=session.styled)
    session.result(text)
