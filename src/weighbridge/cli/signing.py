"""What verbs that sign evidence have in common: how they show what was added."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.cli.console import Session
    from weighbridge.usecases.evidence import Added


def show_added(
    session: Session, added: Sequence[Added], payload: bytes, output_format: str
) -> None:
    """Show evidence that was added, one line a signature."""
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible

    predicate_type = json.loads(payload)["predicateType"]
    if output_format == "json":
        evidence = [
            {
                "entry": one.index,
                "bundle": one.bundle,
                "predicateType": predicate_type,
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
