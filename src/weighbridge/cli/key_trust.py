"""`weighbridge key trust` and `weighbridge key revoke`: whose signature counts as what."""

from __future__ import annotations

import click

from weighbridge.cli.changing import change_as_owners
from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading

identified = click.option(
    "--identity",
    metavar="SUBJECT",
    help="An identity instead of a key: an e-mail address, or a workflow's address at its ref.",
)
vouched = click.option(
    "--issuer", metavar="URL", help="Who vouches for the identity: the address of its provider."
)


@click.command(name="trust", cls=Verb)
@click.argument("pem", metavar="[PEM]", required=False)
@identified
@vouched
@click.option("--log", "of_log", is_flag=True, help="Rotate the log's own key; no PEM, no person.")
@click.option("--person", metavar="NAME", help="Who holds the key.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="What it may sign as: owner, builder, checker, releaser, witness, or a team's role.",
)
@click.option("--from", "since", default="", metavar="TIME", help="From when it counts.")
@click.option("--until", default="", metavar="TIME", help="From when it counts no longer.")
@click.option(
    "--held-by",
    default="",
    metavar="URL",
    help="The server that holds the key and signs in the person's name.",
)
@acting
@dry_run
@reading("text", "json")
def trust(
    *,
    pem: str | None,
    identity: str | None,
    issuer: str | None,
    of_log: bool,
    person: str | None,
    roles: tuple[str, ...],
    since: str,
    until: str,
    held_by: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Trust a public key or an identity, or change what it may do; or rotate the log's own key.

    PEM is a public key, or the name of a key of yours. Owners sign this, as many as the registry
    demands and never one alone for himself; each runs the same command. Times are
    YYYY-MM-DDTHH:MM:SSZ.

    --identity and --issuer name, instead of a key, whom Sigstore's certificates name (needs
    "weighbridge[sigstore]" wherever its signatures are verified). Both are compared as they stand:
    a workflow is another one at another ref. An identity is never owner or witness.
    --held-by https://HOST[:PORT] says that a server holds the key, and signs for who logged in
    there. All can see it, and it is never taken back. No such key is a witness's.
    With --log (or --role log, without a PEM) the log's next key is made beside the registry and
    endorsed by the present one. It takes its place when enough owners have signed; then give
    others the new `log.pub`.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.cli.identity import public_key
    from weighbridge.model.errors import UsageError
    from weighbridge.seal.control import ControlError, trust_identity, trust_key

    session = Session.current()
    if of_log or (pem is None and identity is None and roles == ("log",)):
        other = (pem, identity, issuer, person, since, until, held_by)
        if any(other) or roles not in {(), ("log",)}:
            raise click.UsageError("the log's key has no PEM, no person, no other role, no times")
        return _rotate_log(session, key_names, dry_run=dry_run, output_format=output_format)
    named = _identity(pem, identity, issuer)
    if named is not None and held_by:
        raise click.UsageError("--held-by is for a key: an identity is held by its provider")
    if not (person and roles):
        raise click.UsageError(f"missing option '{'--role' if person else '--person'}'")
    try:
        if named is not None:
            change = trust_identity(*named, person=person, roles=roles, since=since, until=until)
        else:
            der = public_key(session, pem or "").spki_der
            times = {"since": since, "until": until}
            change = trust_key(der, person=person, roles=roles, held_by=held_by, **times)
    except ControlError as error:
        raise UsageError(str(error), help=["weighbridge key trust --help"]) from error
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


def _rotate_log(
    session: Session, key_names: tuple[str, ...], *, dry_run: bool, output_format: str
) -> str:
    from weighbridge.usecases.log_rotation import rotation

    registry = session.registry()
    before = registry.log_key
    change = rotation(registry, dry_run=dry_run)
    if change is None:
        session.hint("the log's next key would be made and put before the owners; nothing was")
        return "pass"
    verdict = change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )
    if registry.log_key != before:
        session.hint("the log has another key now: give others its new `log.pub`")
    return verdict


@click.command(name="revoke", cls=Verb)
@click.argument("pem", metavar="[PEM|DIGEST]", required=False)
@identified
@vouched
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
    pem: str | None,
    identity: str | None,
    issuer: str | None,
    reason: str,
    at: str,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> str:
    """Revoke a key or an identity, for ever.

    What it signed before that time still counts; give the time it was lost, not the time you
    noticed. PEM is a public key, the name of a key of yours, or a key digest as `registry status`
    shows it; --identity and --issuer name an identity as it is trusted. Owners sign this, as many
    as the registry demands.

    Exit codes: 0 in force, 1 more owners must sign, 4 refused.
    """
    from weighbridge.model.errors import UsageError
    from weighbridge.model.trust import identity_digest
    from weighbridge.seal.control import ControlError
    from weighbridge.usecases.control import revocation

    session = Session.current()
    registry = session.registry()
    named = _identity(pem, identity, issuer)
    spki = _spki(session, pem or "") if named is None else identity_digest(*named)
    try:
        change = revocation(spki, reason=reason, revoked_at=at, registry=registry)
    except ControlError as error:
        raise UsageError(str(error), help=["weighbridge registry status"]) from error
    return change_as_owners(
        session, change, key_names, dry_run=dry_run, output_format=output_format
    )


def _identity(pem: str | None, identity: str | None, issuer: str | None) -> tuple[str, str] | None:
    """Return issuer and subject, or nothing where a key is named."""
    if (pem is None) == (identity is None):
        raise click.UsageError("name a key, or an identity by --identity and --issuer")
    if (identity is None) != (issuer is None):
        raise click.UsageError("--identity and --issuer go together")
    return None if identity is None or issuer is None else (issuer, identity)


def _spki(session: Session, text: str) -> str:
    from weighbridge.cli.identity import public_key

    return text if text.startswith("sha256:") else public_key(session, text).spki_digest
