"""`weighbridge show`."""

from __future__ import annotations

import json

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="show", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@reading("text", "json")
def command(*, reference: str | None, output_format: str, output: str | None) -> None:
    """Read a release.

    As JSON it is the resolved manifest; of a sealed release, exactly the sealed bytes' values.
    """
    from weighbridge.codec.resolved import resolved
    from weighbridge.report.release import render_release
    from weighbridge.usecases.references import find_release

    session = Session.current()
    registry = session.registry_of(reference)
    named = find_release(reference, registry=registry, start=session.start)
    tree = resolved(named.release)
    if output_format == "json":
        session.result(json.dumps(tree, indent=2, ensure_ascii=False) + "\n", output)
        return
    session.result(render_release(tree, digest=named.digest, styled=session.styled), output)
