"""`weighbridge log`."""

from __future__ import annotations

import click

from weighbridge.cli import log_export, log_notify, log_witness
from weighbridge.cli.console import Session
from weighbridge.cli.log_options import from_option, ledger_of, log_key_option, open_folder
from weighbridge.cli.log_verifying import LARGEST, Monitor, verify_file
from weighbridge.cli.options import Verb, VerbGroup, reading


@click.group(name="log", cls=VerbGroup)
def command() -> None:
    """Show, prove and verify the ledger, and tell of what is in it."""


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
@from_option
@log_key_option
@reading("text", "json")
def show(
    *,
    since: int,
    checkpoint: bool,
    policy: str | None,
    witnesses: tuple[str, ...],
    folder: str | None,
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
    key = log_key_of(session, log_key, session.registry())
    ledger = ledger_of(session, folder)
    if checkpoint or policy is not None or witnesses:
        asking = log_witness.Asking(policy=policy, witnesses=witnesses, since=since)
        session.result(log_witness.newest(session, ledger, key, asking, checkpoint=checkpoint))
        return
    with ledger.reading() as view:
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
@from_option
@log_key_option
@reading("text")
def prove(
    *,
    index: int,
    checkpoint: str | None,
    folder: str | None,
    log_key: str | None,
    output_format: str,
) -> None:
    """Write a proof that an entry stands in the ledger (C2SP tlog-proof).

    The file carries the entry. Whoever has the log's public key checks it with `weighbridge log
    verify FILE --log-key log.pub`, anywhere and offline.
    """
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.usecases.prove import prove as write

    del output_format  # a proof has one format
    session = Session.current()
    key = log_key_of(session, log_key, session.registry())
    note = None if checkpoint is None else session.read(checkpoint, limit=LARGEST)
    ledger = ledger_of(session, folder)
    session.result(write(index, ledger=ledger, log_key=key, checkpoint=note).decode())


@command.command(name="verify", cls=Verb)
@click.argument("what", required=False, metavar="[FILE|DIR]")
@click.option("--deep", is_flag=True, help="Compare the whole registry with the ledger, too.")
@click.option(
    "--since", metavar="FILE", help="A checkpoint you kept: the log must have grown from it."
)
@click.option(
    "--remember",
    metavar="FILE",
    help="The same, and FILE is replaced by today's if it has; the first run writes it.",
)
@log_witness.checkpoint_option
@log_witness.policy_option
@log_key_option
@reading("text", "json")
def verify(
    *,
    what: str | None,
    deep: bool,
    since: str | None,
    remember: str | None,
    checkpoint: str | None,
    policy: str | None,
    log_key: str | None,
    output_format: str,
) -> str:
    """Verify the ledger, a folder it was exported to, or a proof somebody wrote.

    Every entry is read and hashed, and the root must be the one the log's key signed; in a folder,
    every file, too. Without --log-key and --since this trusts the registry's own folder: see what
    embedded mode cannot prove. --policy demands cosignatures of witnesses: of the proof's
    checkpoint, of that given by --checkpoint, or else of the newest.

    If the log has not grown from what --remember holds, FILE stays as it is, and both checkpoints
    are kept in FILE.conflict, for others to verify.

    Exit codes: 0 intact, 1 not intact.
    """
    import os

    from weighbridge.cli.anchor import log_key_of
    from weighbridge.ledger.tile_reading import ExportedLog
    from weighbridge.usecases.audit import audit, audit_tiles
    from weighbridge.usecases.witnessed import witnessed

    session = Session.current()
    is_folder = what is not None and os.path.isdir(session.start / what)  # noqa: PTH112 - never raises
    _check_together(what, is_folder=is_folder, deep=deep, since=since, remember=remember)
    registry = session.registry()
    key = log_key_of(session, log_key, registry)
    wanted = log_witness.read_policy(session, policy)
    if what is not None and not is_folder:
        return verify_file(session, what, key, wanted, output_format)
    monitor = Monitor(session, remember, key)
    old = monitor.kept if since is None else session.read(since, limit=LARGEST)
    note = None if checkpoint is None else session.read(checkpoint, limit=LARGEST)
    if what is None:
        found = audit(registry, log_key=key, since=old, deep=deep)
        found = witnessed(
            found, registry, log_key=key, checkpoint=note, policy=wanted, blobs=registry.blobs
        )
    else:
        tiles = ExportedLog(open_folder(session, what))
        found = audit_tiles(tiles, log_key=key, since=old)
        found = witnessed(found, tiles, log_key=key, checkpoint=note, policy=wanted)
    return monitor.tell(found, output_format)


def _check_together(
    what: str | None, *, is_folder: bool, deep: bool, since: str | None, remember: str | None
) -> None:
    """Refuse options that do not go together, or not with what is verified."""
    if since is not None and remember is not None:
        raise click.UsageError("--since and --remember both name a checkpoint: give one")
    if what is not None and (deep or (not is_folder and (since or remember))):
        raise click.UsageError(
            "--deep is of a registry, --since and --remember are of a registry or a folder"
        )


command.add_command(log_export.export)
command.add_command(log_witness.witness)
command.add_command(log_notify.notify)
