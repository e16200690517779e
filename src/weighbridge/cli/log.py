"""`weighbridge log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli import log_witness
from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, reading

if TYPE_CHECKING:
    from weighbridge.ledger.quorum import QuorumPolicy

LARGEST = 16 << 20
"""Bytes of a proof or a checkpoint; both are far smaller."""

log_key_option = click.option(
    "--log-key", metavar="FILE", help="The log's public key, kept elsewhere than the registry."
)


@click.group(name="log", cls=VerbGroup)
def command() -> None:
    """Show, prove and verify the ledger."""


@command.command(name="show", cls=Verb)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    default=0,
    help="Index of the first entry; with --checkpoint, prove for a witness that the log grew.",
)
@click.option("--checkpoint", is_flag=True, help="Print the signed checkpoint instead; keep it.")
@log_witness.policy_option
@log_witness.witness_option
@log_key_option
@reading("text", "json")
def show(
    *,
    since: int,
    checkpoint: bool,
    policy: str | None,
    witnesses: tuple[str, ...],
    log_key: str | None,
    output_format: str,
) -> None:
    """Show the entries of the ledger, each proven against its checkpoint.

    With --checkpoint and --policy, witnesses of the policy are asked to cosign the checkpoint,
    each where the policy or --witness says. Exit code 3 if too few do.
    """
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.report.events import event_json, render_event
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.usecases.believed import believe

    session = Session.current()
    registry = session.registry()
    key = log_key_of(session, log_key, registry)
    if checkpoint or policy is not None or witnesses:
        asking = log_witness.Asking(policy=policy, witnesses=witnesses, since=since)
        session.result(log_witness.newest(session, registry, key, asking, checkpoint=checkpoint))
        return
    with registry.reading() as view:
        log = believe(view, log_key=key)
        events = [(index, log.event(index)) for index in range(since, log.size)]
    if output_format == "json":
        entries = [event_json(index, event) for index, event in events]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "entries": entries}))
    else:
        session.result("".join(render_event(index, event) for index, event in events))


@command.command(name="prove", cls=Verb)
@click.argument("index", type=click.IntRange(min=0), metavar="INDEX")
@log_witness.checkpoint_option
@reading("text")
def prove(*, index: int, checkpoint: str | None, output_format: str) -> None:
    """Write a proof that an entry stands in the ledger (C2SP tlog-proof).

    The file carries the entry. Whoever has the log's public key checks it with `weighbridge log
    verify FILE --log-key log.pub`, anywhere and offline.
    """
    from weighbridge.usecases.prove import prove as write

    del output_format  # a proof has one format
    session = Session.current()
    registry = session.registry()
    note = None if checkpoint is None else session.read(checkpoint, limit=LARGEST)
    proof = write(index, registry=registry, log_key=registry.log_key, checkpoint=note)
    session.result(proof.decode())


@command.command(name="verify", cls=Verb)
@click.argument("proof", required=False, metavar="[PROOF]")
@click.option("--deep", is_flag=True, help="Compare the whole registry with the ledger, too.")
@click.option(
    "--since", metavar="FILE", help="A checkpoint you kept: the log must have grown from it."
)
@log_witness.checkpoint_option
@log_witness.policy_option
@log_key_option
@reading("text", "json")
def verify(
    *,
    proof: str | None,
    deep: bool,
    since: str | None,
    checkpoint: str | None,
    policy: str | None,
    log_key: str | None,
    output_format: str,
) -> str:
    """Verify the ledger, or a proof somebody wrote.

    Every entry is read and hashed, and the root must be the one the log's key signed. Without
    --log-key and --since this trusts the registry's own folder: see what embedded mode cannot
    prove. --policy demands cosignatures of witnesses: of the proof's checkpoint, of that given by
    --checkpoint, or else of the newest.

    Exit codes: 0 intact, 1 not intact.
    """
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.report.json import json_text
    from weighbridge.report.trust import audit_json, render_audit
    from weighbridge.usecases.audit import audit
    from weighbridge.usecases.witnessed import witnessed

    session = Session.current()
    wanted = log_witness.read_policy(session, policy)
    if proof is not None:
        return _verify_proof(session, proof, log_key, wanted, output_format)
    registry = session.registry()
    key = log_key_of(session, log_key, registry)
    found = audit(
        registry,
        log_key=key,
        since=None if since is None else session.read(since, limit=LARGEST),
        deep=deep,
    )
    note = None if checkpoint is None else session.read(checkpoint, limit=LARGEST)
    found = witnessed(found, registry, log_key=key, checkpoint=note, policy=wanted)
    if output_format == "json":
        session.result(json_text(audit_json(found)))
    else:
        session.result(render_audit(found, styled=session.styled))
    return "fail" if found.problems else "pass"


def _verify_proof(
    session: Session,
    proof: str,
    log_key: str | None,
    policy: QuorumPolicy | None,
    output_format: str,
) -> str:
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.report.events import event_json, render_event
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.trust import cosigner_json, cosigner_lines
    from weighbridge.usecases.prove import verify_entry

    data = session.read(proof, limit=LARGEST)
    key = log_key_of(session, log_key, session.registry())
    if not key:
        raise click.UsageError("a proof is checked with the log's public key: --log-key FILE")
    proven = verify_entry(data, log_key=key, policy=policy)
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "ok": True,
            "log": {"origin": proven.checkpoint.origin, "size": proven.checkpoint.size},
            "cosigners": [cosigner_json(one) for one in proven.cosigners],
            "entry": event_json(proven.index, proven.event),
        }
        session.result(json_text(document))
    else:
        session.result(render_event(proven.index, proven.event))
        session.hint(f"proven: it stands in {proven.checkpoint.origin}")
        for line in cosigner_lines(proven.cosigners):
            session.hint(line)
    return "pass"


command.add_command(log_witness.witness)
