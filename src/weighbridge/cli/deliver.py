"""`weighbridge deliver`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.model.delivery import Delivery, Place
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.delivering.deliver import Delivering

_LOCAL = "local"


@click.command(name="deliver", cls=Verb)
@click.argument("reference", metavar="NAME|REF")
@click.option("--in", "environment", metavar="ENV", help="Deliver what this environment points to.")
@click.option(
    "--to", "target", type=click.Choice([_LOCAL]), help="Run a release on this machine instead."
)
@click.option("--unpromoted", is_flag=True, help="With --to: nobody promoted it; a sandbox.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="With --to: what is said of the target beside the manifest; may be repeated.",
)
@click.option(
    "--gitops",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Hand the files over in this folder, which a controller reads, and not to the cluster.",
)
@click.option("--stop", is_flag=True, help="End what runs on this machine.")
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    environment: str | None,
    target: str | None,
    unpromoted: bool,
    options: tuple[str, ...],
    gitops: str | None,
    stop: bool,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Bring about that what an environment points to runs there, and nothing else.

    The release's bytes, the decision and what was said since are looked at again. Then it takes
    the place of the release before it as its manifest says, step by step, judged by its analyses;
    where they or a failure mode say so, the release before comes back, and the pointer with it.
    On a cluster the controllers do that, and are followed.

    Each step is in the ledger before it is done: whoever is interrupted, or killed, runs the same
    command again, and it goes on from where it was. What is paused waits for `weighbridge resume`.

    With --to local --unpromoted a release nobody promoted is run here, kept from the rest of the
    machine and marked wherever it is spoken of.

    Exit codes: 0 delivered, 1 rolled back, failed or refused, 3 something was not to be had,
    4 not allowed to.
    """
    session = Session.current()
    if (environment is None) == (target is None):
        raise click.UsageError("say where: --in ENV, or --to local --unpromoted")
    if target is not None and not unpromoted:
        raise click.UsageError("--to local runs what nobody promoted: say so with --unpromoted")
    if environment is not None and (unpromoted or options):
        raise click.UsageError("--unpromoted and --option go with --to: an environment has its own")
    if environment is None and gitops is not None:
        raise click.UsageError("--gitops goes with --in: a sandbox runs on this machine")
    registry = session.registry()
    if environment is None:
        release, place, delivering = _sandbox(session, registry, reference, options)
    else:
        release, place, delivering = _promoted(
            session,
            *(registry, reference, environment),
            key_names=key_names,
            gitops=gitops,
            unsigned=dry_run or stop,
        )
    if dry_run and stop:
        return _foresee_stop(session, delivering, registry, output_format)
    if dry_run:
        return _foresee(session, delivering, place, release, output_format)
    try:
        done = _done(delivering, place, release, stop=stop)
    except KeyboardInterrupt:
        session.hint("what is on its way stays where it is; the same command goes on with it")
        raise
    return _told(session, done, registry, output_format)


def _sandbox(
    session: Session, registry: Registry, reference: str, options: tuple[str, ...]
) -> tuple[str, Place, Delivering]:
    from weighbridge.cli.delivering import delivering_of
    from weighbridge.cli.render import named_options
    from weighbridge.model.delivery import Place
    from weighbridge.usecases.delivering.book import SANDBOX

    named = session.sealed(reference, registry)
    place = Place(kind=_LOCAL, options=named_options(options))
    name = named.release.metadata.name
    delivering = delivering_of(session, registry, name, SANDBOX, contained=True)
    return str(named.digest), place, delivering


def _promoted(
    session: Session,
    registry: Registry,
    name: str,
    environment: str,
    *,
    key_names: tuple[str, ...],
    gitops: str | None,
    unsigned: bool,
) -> tuple[str, Place, Delivering]:
    from weighbridge.cli.deciding import acting_alone
    from weighbridge.cli.delivering import delivering_of, place_of
    from weighbridge.usecases.render import where_of

    place = place_of(where_of(environment, registry))
    delivering = delivering_of(session, registry, name, environment, gitops=gitops)
    if not unsigned:
        delivering = replace(delivering, signer=acting_alone(session, key_names))
    return "", place, delivering


def _done(delivering: Delivering, place: Place, release: str, *, stop: bool) -> Delivery:
    if stop:
        return delivering.stop()
    if delivering.environment != _LOCAL:
        return delivering.deliver(place)
    return delivering.sandbox(release, place)


def _foresee(
    session: Session,
    delivering: Delivering,
    place: Place,
    release: str,
    output_format: str,
) -> str:
    """Say what would be done."""
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    sandbox = delivering.environment == _LOCAL
    found = delivering.foresee_sandbox(release, place) if sandbox else delivering.foresee(place)
    if output_format == "json":
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, **found.document()}))
    else:
        session.result(found.text())
    session.hint("nothing was signed, started or entered")
    return "pass"


def _foresee_stop(
    session: Session, delivering: Delivering, registry: Registry, output_format: str
) -> str:
    """Say what would be ended."""
    from weighbridge.cli.delivering import versions_of
    from weighbridge.report.delivery import delivery_json, render_delivery, title
    from weighbridge.report.json import json_text

    found = delivering.stoppable()
    if output_format == "json":
        session.result(json_text(delivery_json(found)))
    else:
        session.result(f"{title(found)} would be ended; now it stands so:\n")
        session.result(render_delivery(found, versions_of(registry), styled=session.styled))
    session.hint("nothing was ended or entered")
    return "pass"


def _told(session: Session, done: Delivery, registry: Registry, output_format: str) -> str:
    from weighbridge.cli.delivering import versions_of
    from weighbridge.model.delivery import Phase
    from weighbridge.report.delivery import delivery_json, render_delivery
    from weighbridge.report.json import json_text
    from weighbridge.usecases.delivering.following import is_handed_over

    if output_format == "json":
        session.result(json_text(delivery_json(done)))
    else:
        session.result(render_delivery(done, versions_of(registry), styled=session.styled))
    if done.position.phase is Phase.DELIVERED:
        session.hint(f"watch it: weighbridge watch {done.environment} --live")
    handed_over = is_handed_over(done)
    if handed_over:
        session.hint("once it is in the cluster, run the same command again: it follows it there")
    good = done.position.phase in {Phase.DELIVERED, Phase.STOPPED} or handed_over
    return "pass" if good else "fail"
