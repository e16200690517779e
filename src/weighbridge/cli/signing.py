"""What verbs that sign evidence have in common: they keep it, and show what was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.cli.console import Session
    from weighbridge.model.permissions import Operation
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.evidence import Added


def sign_evidence(
    session: Session,
    payload: bytes,
    *,
    release: str,
    registry: Registry,
    key_names: Sequence[str],
    dry_run: bool,
    output_format: str,
    operation: Operation,
) -> None:
    """Sign a statement and keep it as evidence, or only show it."""
    from weighbridge.cli.identity import unlock
    from weighbridge.usecases.evidence import add_evidence

    if dry_run:
        session.result(payload.decode() + "\n")
        session.hint("nothing was signed")
        return
    signers = unlock(session, key_names)
    added = add_evidence(
        payload, release=release, signers=signers, registry=registry, operation=operation
    )
    show_added(session, added, output_format)


def show_added(session: Session, added: Sequence[Added], output_format: str) -> None:
    """Show evidence that was added, one line a signature."""
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible

    if output_format == "json":
        evidence = [
            {
                "entry": one.index,
                "bundle": one.bundle,
                "predicateType": one.predicate_type,
                "person": one.signer.person,
                "roles": list(one.signer.roles),
                "keyDigest": one.signer.spki,
                "at": one.at,
            }
            for one in added
        ]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "evidence": evidence}))
        return
    session.result(
        "".join(
            f"{one.bundle}  signed by {visible(one.signer.person)}"
            f" ({visible(', '.join(one.signer.roles))}), entry {one.index}\n"
            for one in added
        )
    )
