"""`weighbridge explain`."""

from __future__ import annotations

from functools import partial

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading
from weighbridge.cli.rule_packs import told_packs


@click.command(name="explain", cls=Verb)
@click.argument("subject", metavar="CODE|PATH")
@click.option("--manifest", metavar="FILE", help="The manifest, if not the nearest release.yaml.")
@reading("text", "json")
def command(*, subject: str, manifest: str | None, output_format: str) -> None:
    """Explain a rule, an error, or a value of the manifest.

    CODE is that of a rule (INT001), also of a published rule pack, or of an error (WB114). PATH is
    dotted, such as spec.parameters.max_batch_size: its value, the line it comes from, and what it
    means.
    """
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.explain import explain

    session = Session.current()
    found = explain(
        subject,
        manifest=manifest,
        start=session.start,
        catalogues=session.catalogues,
        packs=partial(told_packs, session),
    )
    if output_format == "json":
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, **found.facts()}))
    else:
        session.result(found.text())
