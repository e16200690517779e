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
    from weighbridge.model.repository_address import is_address
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.release import render_release

    session = Session.current()
    if reference is not None and is_address(reference):
        named = session.packed(reference).named
    else:
        named = session.find(reference, session.registry_of(reference))
    tree = named.tree
    if output_format == "json":
        shown = {"schemaVersion": SCHEMA_VERSION, "digest": named.digest, "manifest": tree}
        session.result(json_text(shown))
        return
    metadata = named.release.metadata
    name = f"{metadata.name}@{metadata.version}"
    session.result(render_release(name, tree, digest=named.digest, styled=session.styled))
