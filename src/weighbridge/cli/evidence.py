"""`weighbridge evidence`."""

from __future__ import annotations

import click

from weighbridge.cli import log_witness
from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, VerbGroup, reading

LARGEST = 1 << 20
"""Bytes of a checkpoint; one is far smaller."""


@click.group(name="evidence", cls=VerbGroup)
def command() -> None:
    """Pack all a promotion rests on into one file, and verify such a file anywhere."""


@command.command(name="export", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it was promoted to.")
@click.option("--entry", type=click.IntRange(min=0), help="This entry, not the newest promotion.")
@log_witness.checkpoint_option
@log_witness.policy_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Where the pack is written; NAME-VERSION-ENV.tar in this folder by default.",
)
def export(
    *,
    reference: str,
    environment: str,
    entry: int | None,
    checkpoint: str | None,
    policy: str | None,
    output: str | None,
) -> None:
    """Pack a promotion: manifest, evidence, approvals, decision, policy, trust and proofs.

    The pack holds report.html, which tells it to anybody. It is checked before it is written, and
    the same promotion in the same ledger gives the same bytes. Artifacts are not in it. Each
    cosignature of --checkpoint must be of a witness owners trusted then, or --policy names.
    """
    from weighbridge.adapters.files import write_file
    from weighbridge.report.visible import visible
    from weighbridge.usecases.evidence_export import export_pack

    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    pack = export_pack(
        str(named.digest),
        environment,
        registry=registry,
        entry=entry,
        checkpoint=None if checkpoint is None else session.read(checkpoint, limit=LARGEST),
        policy=log_witness.read_policy(session, policy),
    )
    metadata = named.release.metadata
    file = output or f"{metadata.name}-{metadata.version}-{environment}.tar"
    write_file(session.start / file, pack)
    session.result(f"{visible(file)}\n")
    session.hint(f"check it anywhere: weighbridge evidence verify {file} --key log.pub")


@command.command(name="verify", cls=Verb)
@click.argument("pack", metavar="PACK")
@click.option(
    "--key", "log_key", required=True, metavar="LOG_KEY", help="The log's public key, `log.pub`."
)
@log_witness.policy_option
@reading("text", "json")
def verify(*, pack: str, log_key: str, policy: str | None, output_format: str) -> str:
    """Verify a pack with the log's public key alone: no registry, no network, no other key.

    Every entry is proven, every signature judged by what owners had agreed on then, and the
    decision is made again from the papers of the pack. Nothing in the pack is without meaning: no
    byte may be another.

    Exit codes: 0 verified, 1 not verified, 3 a signature in it cannot be judged here, or another
    revision of the gate decided.
    """
    from weighbridge.cli.anchor import read_log_key
    from weighbridge.packing.tar import DEFAULT_TAR_LIMITS
    from weighbridge.report.json import json_text
    from weighbridge.report.pack import pack_json, render_pack
    from weighbridge.usecases.evidence_verify import verify_pack

    session = Session.current()
    key = read_log_key(session, log_key)
    wanted = log_witness.read_policy(session, policy)
    data = session.read(pack, limit=DEFAULT_TAR_LIMITS.size)
    found = verify_pack(data, log_key=key, policy=wanted)
    if output_format == "json":
        session.result(json_text(pack_json(found)))
    else:
        session.result(render_pack(found, styled=session.styled))
    return found.verdict
