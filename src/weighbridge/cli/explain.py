"""`weighbridge explain`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb


@click.command(name="explain", cls=Verb)
@click.argument("subject", metavar="CODE|PATH")
@click.option("--manifest", metavar="FILE", help="The manifest, if not the nearest release.yaml.")
@click.option("--output", metavar="FILE", help="Write it to a file instead of the terminal.")
def command(*, subject: str, manifest: str | None, output: str | None) -> None:
    """Explain a rule, an error, or a value of the manifest.

    CODE is that of a rule (INT001) or an error (WB114). PATH is dotted, such as
    spec.parameters.max_batch_size: its value, the line it comes from, and what it means.
    """
    from weighbridge.usecases.explain import explain

    session = Session.current()
    session.result(explain(subject, manifest=manifest, start=session.start), output)
