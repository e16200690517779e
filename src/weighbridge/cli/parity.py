"""`weighbridge parity`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.model.parity import Comparison
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.parity.comparing import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """What was said of this machine, by option."""

    target: str | None
    environment: str | None
    wheels: str | None
    process: int | None

    @property
    def given(self) -> list[str]:
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]


@click.command(name="parity", cls=Verb)
@click.argument("left", metavar="A|REF")
@click.argument("right", metavar="[B]", required=False)
@click.option("--live", is_flag=True, help="Hold the release against this machine.")
@click.option("--name", metavar="NAME", help="Of two environments, this release name only.")
@click.option(
    "--target", metavar="NAME", help="With --live, the declared target this machine should be."
)
@click.option(
    "--environment",
    metavar="PATH",
    help="With --live, the Python environment: its folder, or the Python in it.",
)
@click.option(
    "--wheels",
    metavar="DIR",
    help="With --live, wheels to hold the environment's files against, as the lock names them.",
)
@click.option(
    "--process",
    type=click.IntRange(min=1),
    metavar="PID",
    help="With --live, the process that serves: its arguments, variables and limits count.",
)
@click.option("--delivered", is_flag=True, help="Compare what was delivered: A and B are NAME@ENV.")
@click.option(
    "--before",
    metavar="ENV",
    help="Hold what was delivered to NAME@ENV against what would be delivered to this one.",
)
@click.option("--sign", is_flag=True, help="Sign the result as a checker: it becomes evidence.")
@acting
@reading("text", "json")
def command(
    *,
    left: str,
    right: str | None,
    live: bool,
    name: str | None,
    target: str | None,
    environment: str | None,
    wheels: str | None,
    process: int | None,
    delivered: bool,
    before: str | None,
    sign: bool,
    key_names: tuple[str, ...],
    output_format: str,
) -> str:
    """Say whether what releases run in, on and with is the same.

    A and B are two environments, and what they point to is compared, name by name; or two
    releases. A manifest is compared as it would be sealed now. With --live the release is held
    against this machine: system, packages, processor, memory, GPUs, variables, limits, and the
    Python environment, file by file. Nothing of it is run, and no credential is shown.

    Each entry is a match, drift, unknown, or allowed by the owners of an environment, in `parity`
    of its document. What a manifest does not say, or a machine cannot be asked, is unknown and
    never good enough. Releases have the environment they are named by: NAME@ENV.

    With --delivered what was delivered last to two environments is compared: the target and its
    options, each file by its digest, parameters and flags in force, images, and what was seen to
    run at the end. With --before ENV it is held against what would be rendered of the same release
    for an environment it is yet to go to. What was never delivered is unknown.

    With --sign the result is evidence about the release of A.

    Exit codes: 0 all match or may differ, 1 drift, 3 something is unknown.
    """
    from weighbridge.report.parity import parity_json, parity_verdict, render_parity

    here = _Here(target=target, environment=environment, wheels=wheels, process=process)
    _refuse_delivered(right, live=live, name=name, delivered=delivered, before=before)
    if before is None:
        _refuse_alone(right, live=live, name=name)
    _refuse_here(here, live=live)
    if key_names and not sign:
        raise click.UsageError("--key is for --sign")
    session = Session.current()
    registry = session.registry_of(left, *([right] if right else []))
    if delivered or before is not None:
        found = [_delivered(registry, left, right or "", before)]
    elif live:
        found = [_live(session, registry, left, here, sign=sign)]
    else:
        found = _compared(session, registry, (left, str(right)), name=name, sign=sign)
    if sign:
        _sign(session, registry, found, key_names)
    text = render_parity(found, styled=session.styled)
    session.result(parity_json(found) if output_format == "json" else text)
    return parity_verdict(found)


def _refuse_alone(right: str | None, *, live: bool, name: str | None) -> None:
    """Refuse options without the one they are for, and one side without another."""
    if live == (right is not None):
        raise click.UsageError("name two sides, A and B, or one release with --live")
    if live and name is not None:
        raise click.UsageError("--name is for two environments")


def _refuse_here(here: _Here, *, live: bool) -> None:
    for option in () if live else here.given:
        message = f"--{option} is for --live"
        raise click.UsageError(message)


def _refuse_delivered(
    right: str | None, *, live: bool, name: str | None, delivered: bool, before: str | None
) -> None:
    """Refuse to compare what was delivered with what was not."""
    if not delivered and before is None:
        return
    if live or name is not None:
        raise click.UsageError("--delivered and --before go without --live and --name")
    if before is not None and (delivered or right is not None):
        raise click.UsageError("--before ENV takes the place of B: name one release, NAME@ENV")


def _delivered(registry: Registry, left: str, right: str, before: str | None) -> Comparison:
    """Compare two deliveries, or one with what the next would be."""
    from weighbridge.usecases.parity.delivered import compare_before, compare_delivered, named_at

    name, environment = named_at(left, registry)
    if before is not None:
        return compare_before(name, environment, before, registry=registry)
    other, there = named_at(right, registry)
    if other != name:
        raise click.UsageError(f"{left} and {right} are releases of different names")
    return compare_delivered(name, environment, there, registry=registry)


def _asked(session: Session, registry: Registry, reference: str, *, sign: bool) -> Asked:
    """Find a release, and the environment it was named by; a sealed one if it is to be signed."""
    from weighbridge.usecases.parity.comparing import Asked

    named = session.sealed(reference, registry) if sign else session.find(reference, registry)
    pointed = session.release_name(reference, registry) != reference
    environment = reference.rpartition("@")[2] if pointed else ""
    metadata = named.release.metadata
    title = reference if environment else f"{metadata.name}@{metadata.version}"
    return Asked(title=title, named=named, environment=environment)


def _compared(
    session: Session,
    registry: Registry,
    words: tuple[str, str],
    *,
    name: str | None,
    sign: bool,
) -> list[Comparison]:
    from weighbridge.usecases.parity.comparing import (
        are_environments,
        compare_environments,
        compare_two,
        environments_of,
    )

    if are_environments(*words, environments_of(registry)):
        return compare_environments(*words, registry=registry, name=name)
    if name is not None:
        raise click.UsageError("--name is for two environments")
    left, right = (_asked(session, registry, word, sign=sign) for word in words)
    return [compare_two(left, right, registry=registry)]


def _live(
    session: Session,
    registry: Registry,
    reference: str,
    here: _Here,
    *,
    sign: bool,
) -> Comparison:
    from weighbridge.usecases.parity.comparing import compare_live
    from weighbridge.usecases.parity.observing import Looked, observe_machine

    asked = _asked(session, registry, reference, sign=sign)
    path = asked.named.path
    where = Looked(
        start=session.start if here.environment or path is None else path.parent,
        environ=session.environ,
        environment=here.environment,
        process=here.process,
    )
    verification = session.verification(here.wheels)
    machine, digest = observe_machine(asked.named, where, verification, blobs=registry.blobs)
    return compare_live(asked, machine, registry=registry, digest=digest, target=here.target)


def _sign(
    session: Session,
    registry: Registry,
    found: list[Comparison],
    key_names: tuple[str, ...],
) -> None:
    """Keep what came of it as evidence about the release of the first side."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.parity.statement import parity_statement

    release, payload = parity_statement(found, at=utc_now())
    added = add_evidence(
        payload,
        release=release,
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
