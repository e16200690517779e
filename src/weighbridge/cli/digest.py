"""`weighbridge digest`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="digest", cls=Verb)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@reading("text", "json")
def command(*, paths: tuple[str, ...], output_format: str) -> None:
    """Digest files and folders as a manifest would hold them.

    A file's digest is the sha256 of its bytes. A folder's is the sha256 of its listing: every
    file below it with path, size and digest, hidden ones included.
    """
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.visible import visible
    from weighbridge.usecases.scan import digests

    session = Session.current()
    found = digests(paths, start=session.start, reader=session.reader(examine=False))
    if output_format == "json":
        entries = [{"path": path, "digest": digest, "size": size} for path, digest, size in found]
        session.result(json_text({"schemaVersion": SCHEMA_VERSION, "files": entries}))
        return
    session.result("".join(f"{digest}  {visible(path)}\n" for path, digest, _ in found))
