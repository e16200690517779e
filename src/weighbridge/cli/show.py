"""`weighbridge show`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading


@click.command(name="show", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@reading("text", "json")
def command(*, reference: str | None, output_format: str) -> None:
    """Read a release.

    REF is a manifest or its folder, NAME@VERSION, NAME@ENV (what that environment points to), a
    release digest, or oci://HOST/REPOSITORY:TAG (oci:FOLDER:TAG); without it, the nearest
    release.yaml is read. A sealed release is shown with exactly the values that were sealed.
    """
    from weighbridge.model.custody import ACTIVE
    from weighbridge.model.repository_address import is_address
    from weighbridge.report.custody import custody_json, custody_line, hold_line
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.release import render_release
    from weighbridge.usecases.custody import custody_and_hold

    session = Session.current()
    is_packed = reference is not None and is_address(reference)
    if reference is not None and is_packed:
        named = session.packed(reference).named
    else:
        named = session.find(reference, session.registry_of(reference))
    tree, custody, hold = named.tree, ACTIVE, None
    if named.digest is not None and not is_packed:
        name = f"{named.release.metadata.name}@{named.release.metadata.version}"
        custody, hold = custody_and_hold(name, named.digest, session.registry_of(reference))
    if output_format == "json":
        shown = {"schemaVersion": SCHEMA_VERSION, "digest": named.digest, "manifest": tree}
        if custody is not ACTIVE or hold is not None:
            shown["custody"] = custody_json(custody, hold)
        session.result(json_text(shown))
        return
    metadata = named.release.metadata
    name = f"{metadata.name}@{metadata.version}"
    said = [] if custody is ACTIVE else [f"files: {custody_line(custody)}"]
    said += [] if hold is None else [f"files: {hold_line(hold)}"]
    session.result(
        render_release(name, tree, digest=named.digest, said=said, styled=session.styled)
    )
