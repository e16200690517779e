"""`weighbridge remedy`."""

from __future__ import annotations

import click

from weighbridge.cli.check import weigher
from weighbridge.cli.console import Session
from weighbridge.cli.mending import conversions_of, relocks_of
from weighbridge.cli.options import Verb, reading
from weighbridge.cli.rule_packs import packs_for


@click.command(name="remedy", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--select", multiple=True, metavar="CODES", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not run these rules.")
@reading("text", "json")
def command(
    *,
    reference: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: str,
) -> str:
    """Walk through what is left to do, with the commands.

    REF is what `check` takes: a manifest or its folder, or a sealed release. Every finding is
    decide. Nothing is changed.

    For a package with an advisory the nearest version is sought that resolves, has a wheel for
    every target, and no advisory of its own. It takes uv, which resolves beside the release, from
    wheels alone, and without the network if --offline says so. Without uv the steps are told.

    Exit codes: those of `check`: 0 pass, 1 findings, 2 invalid manifest, 3 inconclusive.
    """
    from weighbridge.report.remedy import render_remedies_json, render_remedies_text
    from weighbridge.usecases.remedy import remedy

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.find(reference, registry, judged=True)
    folder = named.path.parent if named.path else None
    settings = session.settings(folder, select=select, ignore=ignore)
    packs = packs_for(settings, registry)
    weigh = weigher(session, settings, packs=packs, cached=True, images=(), packed=None)
    found = remedy(
        weigh(named),
        named,
        conversions=conversions_of(session, named.path) if named.path else None,
        relocks=relocks_of(session, named, named.path) if named.path else None,
    )
    if output_format == "json":
        session.result(render_remedies_json(found))
    else:
        session.result(render_remedies_text(found, styled=session.styled))
    return found.report.verdict.value
