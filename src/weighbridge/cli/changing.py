"""What verbs that change the control plane have in common: owners sign, and are told the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.cli.console import Session
    from weighbridge.seal.control import Change
    from weighbridge.usecases.control import Outcome


def change_as_owners(
    session: Session,
    change: Change,
    key_names: Sequence[str],
    *,
    dry_run: bool,
    output_format: str,
    papers: Sequence[bytes] = (),
) -> str:
    """Sign a change as owners and say what became of it.

    Args:
        session: The run.
        change: The change.
        key_names: Keys of the owners who sign.
        dry_run: Only show the statement they would sign.
        output_format: `text` or `json`.
        papers: What the change names by digest, to be kept before anybody signs it.
    """
    from weighbridge.cli.identity import unlock
    from weighbridge.usecases.control import change_control, in_force, proposal_of

    registry = session.registry()
    if in_force(change, registry):
        return show_in_force(session, change, "in force already", output_format=output_format)
    if dry_run:
        session.result(proposal_of(change, registry).decode() + "\n")
        session.hint("nothing was signed")
        return "pass"
    signers = unlock(session, key_names)
    for paper in papers:
        registry.blobs.put(paper)
    outcome = change_control(change, signers=signers, registry=registry)
    signed_by = ", ".join(outcome.signers)
    state = "in force" if outcome.applied else f"{outcome.missing} more must sign"
    _show(session, change, outcome, f"signed by {signed_by}; {state}", output_format)
    if not outcome.applied:
        session.hint("another owner runs the same command with a key of his")
    return "pass" if outcome.applied else "fail"


def show_in_force(session: Session, change: Change, said: str, *, output_format: str) -> str:
    """Say that a change was made before: nobody signs it again."""
    from weighbridge.usecases.control import Outcome

    _show(session, change, Outcome(applied=True), said, output_format)
    return "pass"


def _show(
    session: Session, change: Change, outcome: Outcome, said: str, output_format: str
) -> None:
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible

    name, digest = change.subject
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "action": change.action.value,
            "subject": digest,
            "applied": outcome.applied,
            "signers": list(outcome.signers),
            "missing": outcome.missing,
        }
        session.result(json_text(document))
    else:
        session.result(f"{digest}  {change.action.value} {visible(name)}: {visible(said)}\n")
