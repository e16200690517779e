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
@click.option(
    "--to", "environment", metavar="ENV", help="What is left until it may go there, by the gate."
)
@reading("text", "json")
def command(
    *,
    reference: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    environment: str | None,
    output_format: str,
) -> str:
    """Walk through what is left to do, with the commands.

    With --to it is what a promotion to that environment still takes, in order: each step with
    who can take it and which conditions it meets, and what is met already. REF is as with
    `promote`. The list is the shortest that is known to do.

    REF is what `check` takes: a manifest or its folder, or a sealed release. Every finding is
    decide. Nothing is changed.

    For a package with an advisory the nearest version is sought that resolves, has a wheel for
    every target, and no advisory of its own. It takes uv, which resolves beside the release, from
    wheels alone, and without the network if --offline says so. Without uv the steps are told.

    Exit codes: those of `check`: 0 pass, 1 findings, 2 invalid manifest, 3 inconclusive. With
    --to those of `promote`: 0 allowed, 1 denied or needs more, 3 inconclusive.
    """
    if environment is not None:
        if select or ignore:
            raise click.UsageError("--to asks the gate, which reads no --select or --ignore.")
        return _to_environment(reference, environment, output_format)
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


def _to_environment(reference: str | None, environment: str, output_format: str) -> str:
    """Ask the gate what a promotion still takes; nothing is signed, logged or moved."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.report.guide import guide_json, render_guide
    from weighbridge.report.json import json_text
    from weighbridge.usecases.promote import consider

    session = Session.current()
    registry = session.registry_of(reference)
    release = str(session.sealed(reference or ".", registry).digest)
    done = consider(release, environment, registry=registry, now=utc_now())
    if output_format == "json":
        session.result(json_text(guide_json(done.decision, deployers=done.deployers)))
    else:
        shown = render_guide(done.decision, deployers=done.deployers, styled=session.styled)
        session.result(shown)
    return "pass" if done.mode == "observe" else done.decision.verdict.value
