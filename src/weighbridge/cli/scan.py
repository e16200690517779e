"""`weighbridge scan`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="scan", cls=Verb)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@reading("text", "json")
def command(*, paths: tuple[str, ...], output_format: str) -> str:
    """Scan model files and images for damage and threats; no manifest needed.

    PATH is a file, a folder, or oci://HOST/IMAGE. Files are told by content, read once, and never
    loaded. A file is clean only if every byte of it was accounted for.

    An OCI image layout, or an archive of one or of `docker save`, is read as the image it is: every
    digest verified, every layer unfolded, nothing unpacked.

    Exit codes: 0 all clean, 1 malicious or needs review, 3 not everything could be read.
    """
    from weighbridge.report.scan import render_scan_json, render_scan_text
    from weighbridge.usecases.scan import scan

    session = Session.current()
    found = scan(paths, start=session.start, reader=session.reader(), images=session.found_images)
    if output_format == "json":
        session.result(render_scan_json(found.files))
    else:
        text = render_scan_text(found.files, styled=session.styled, every=session.globals.verbose)
        session.result(text)
    for folder in found.left_out:
        session.hint(f"left out: {folder} (version control or registry)")
    return found.verdict.value
