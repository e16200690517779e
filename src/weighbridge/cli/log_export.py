"""`weighbridge log export`."""

from __future__ import annotations

import click

from weighbridge.cli import log_witness
from weighbridge.cli.console import Session
from weighbridge.cli.log_options import log_key_option, open_folder
from weighbridge.cli.options import Verb, dry_run


@click.command(name="export", cls=Verb)
@click.argument("folder", metavar="DIR")
@log_witness.policy_option
@log_witness.witness_option
@log_key_option
@dry_run
def export(
    *,
    folder: str,
    policy: str | None,
    witnesses: tuple[str, ...],
    log_key: str | None,
    dry_run: bool,
) -> None:
    """Write the ledger as static files that any client can read (C2SP tlog-tiles).

    Serve DIR with any web server, or hand it over. The next export adds what is new; files that are
    there are compared, and never written again. `weighbridge log verify DIR --log-key log.pub`
    verifies it without the registry.

    With --policy, witnesses cosign the checkpoint first, as many as the policy demands; what is in
    DIR already is kept. Exit code 3 if too few do, and nothing is written.
    """
    from weighbridge.cli.anchor import log_key_of
    from weighbridge.model.wording import plural
    from weighbridge.report.visible import visible
    from weighbridge.usecases.export_log import export_log

    session = Session.current()
    registry = session.registry()
    key = log_key_of(session, log_key, registry)
    files = open_folder(session, folder)
    cosign = log_witness.cosigner(session, policy, witnesses)
    done = export_log(registry, files, log_key=key, cosign=cosign, dry_run=dry_run)
    entries = plural(done.log.size, "entry", "entries")
    words = "would be " if dry_run else ""
    gone = f", {done.removed} {words}removed" if done.removed else ""
    session.result(
        f"{visible(folder)}: {entries} of {visible(done.log.origin)}, root {done.log.root}\n"
        f"{plural(done.written, 'file')} {words}written{gone}\n"
    )
