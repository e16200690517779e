"""`weighbridge audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.usecases.named_locks import Locks

_LEVELS = ("none", "low", "medium", "high", "critical")


@click.command(name="audit", cls=Verb)
@click.argument("reference", metavar="LOCK|REF")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    default="none",
    show_default=True,
    help="Level from which flaws fail the audit; unknown ones and attacks always do.",
)
@click.option("--vex", "papers", multiple=True, metavar="FILE", help="OpenVEX statements.")
@reading("text", "json")
def command(*, reference: str, fail_on: str, papers: tuple[str, ...], output_format: str) -> str:
    """Hold a lock against the advisories that were loaded here, offline.

    LOCK is a lock file: pylock.toml, uv.lock, requirements with exact versions. REF is a manifest
    or its folder, NAME@VERSION, NAME@ENV or a release digest; all its locks are read.

    Get advisories with `weighbridge advisories update`. Records that name each other are one flaw,
    and it is as bad as the worst of them says. Versions named as fixes are those no advisory
    speaks against. What cannot be decided is shown, and is no pass.

    With --vex, what somebody says of a flaw in a package (`pkg:pypi/NAME@VERSION`) is believed:
    flaws that do not affect it are listed with who says so and why. Attacks stay.

    Exit codes: 0 nothing found, 1 flaws, 2 no lock, 3 undecided, or no advisories were loaded.
    """
    from weighbridge.adapters.clock import utc_now
    from weighbridge.codec.openvex import LARGEST
    from weighbridge.model.advisory import Level
    from weighbridge.report.audit import render_audit_json, render_audit_text
    from weighbridge.rules.advisories.staleness import age_days
    from weighbridge.usecases.audit_lock import audit_locks, statements_of

    session = Session.current()
    statements = [
        statement
        for paper in papers
        for statement in statements_of(paper, session.read(paper, limit=LARGEST))
    ]
    audit = audit_locks(
        _locks(session, reference),
        source=session.advisories(),
        clock=utc_now,
        statements=statements,
        fail_on=Level(fail_on),
    )
    age = age_days(audit.data.newest, audit.now)
    if output_format == "json":
        session.result(render_audit_json(audit, age=age))
    else:
        session.result(render_audit_text(audit, age=age, styled=session.styled))
    if audit.stale:
        session.hint(f"the advisories are not today's: {' and '.join(audit.stale)}")
    if audit.data.unread:
        session.hint(f"{audit.data.unread} of their records could not be read")
    return audit.verdict.value


def _locks(session: Session, reference: str) -> Locks:
    from weighbridge.usecases.named_locks import locks_of, named_lock

    lock = named_lock(reference, session.start)
    if lock is not None:
        return {reference: lock}
    registry = session.registry_of(reference)
    return locks_of(session.find(reference, registry), registry.blobs)
