"""`weighbridge key trust` and `weighbridge key revoke`: whose signature counts as what."""

from __future__ import annotations

import click

from weighbridge.cli.changing import change_as_owners
from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading


@click.command(name="trust", cls=Verb)
@click.argument("pem", metavar="PEM")
@click.option("--person", required=True, metavar="NAME", help="Who holds the key.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE",
    help="What it may sign as: owner, builder, checker, releaser, witness, or a team's role.",
)
@click.option("--from", "since", default="", metavar="TIME", help="From when it counts.")
@click.option("--until", default="", metavar="TIME", help="From when it counts no longer.")
@acting
@dry_run
@reading("text", "json")
def trust(
    *,
    pem: str,
    person: str,
    roles: tuple[str, ...],
    since: str,
    until: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Trust a public key, or change what it may do.

    PEM is a public key, or the name of a key of yours. Owners sign this, as many as the registry
    demands and never one alone for himself; each runs the same command. Times are
    YYYY-MM-DDTHH:MM:SSZ.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.cli.identity import public_key
    from weighbridge.model.errors import UsageError
    from weighbridge.seal.control import ControlError, trust_key

    session = Session.current()
    key = public_key(session, pem)
    try:
        change = trust_key(key.spki_der, person=person, roles=roles, since=since, until=until)
    except ControlError as error:
        raise UsageError(str(error), help=["weighbridge key trust --help"]) from error
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


@click.command(name="revoke", cls=Verb)
@click.argument("pem", metavar="PEM|DIGEST")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the ledger.")
@click.option(
    "--at",
    default="",
    metavar="TIME",
    help="From when on it counts no longer; if not given, once enough owners signed.",
)
@acting
@dry_run
@reading("text", "json")
def revoke(
    *,
    pem: str,
    reason: str,
    at: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Revoke a key, for ever.

    What it signed before that time still counts; give the time it was lost, not the time you
    noticed. PEM is a public key, the name of a key of yours, or a key digest as `registry status`
    shows it. Owners sign this, as many as the registry demands.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.model.errors import UsageError
    from weighbridge.seal.control import ControlError
    from weighbridge.usecases.control import revocation

    session = Session.current()
    spki, registry = _spki(session, pem), session.registry()
    try:
        change = revocation(spki, reason=reason, revoked_at=at, registry=registry)
    except ControlError as error:
        raise UsageError(str(error), help=["weighbridge registry status"]) from error
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


def _spki(session: Session, text: str) -> str:
    from weighbridge.cli.identity import public_key

    return text if text.startswith("sha256:") else public_key(session, text).spki_digest
