"""`weighbridge push`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from typing import Any

    from weighbridge.packing.modelpack import Form, LayerFormat
    from weighbridge.usecases.push import Pushed


@click.command(name="push", cls=Verb)
@click.argument("reference", metavar="REF")
@click.argument("address", metavar="TO")
@click.option(
    "--form",
    type=click.Choice(["artifact", "image"]),
    default="artifact",
    show_default=True,
    help="A ModelPack artifact, or a plain image for image volumes.",
)
@click.option(
    "--layer-format",
    type=click.Choice(["raw", "tar"]),
    help="Files as they are, or archives of them.  [default: raw; an image has tar]",
)
@click.option("--no-evidence", is_flag=True, help="Push no signed statements beside it.")
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    address: str,
    form: Form,
    layer_format: LayerFormat | None,
    no_evidence: bool,
    dry_run: bool,
    output_format: str,
) -> None:
    """Push a sealed release to a registry or an image layout, for others to pull.

    TO is oci://HOST/REPOSITORY[:TAG], or oci:FOLDER[:TAG] for an OCI image layout; without TAG the
    version is the tag. The artifact follows the CNCF ModelPack specification. The same release
    gives the same manifest digest, whoever pushes it and wherever.
    """
    from weighbridge.model.errors import UsageError
    from weighbridge.report.json import json_text
    from weighbridge.usecases.push import push

    session = Session.current()
    if form == "image" and layer_format == "raw":
        raise UsageError("an image has archives as layers", help=["leave --layer-format out"])
    repository, tag = session.repository(address, resumable=True)
    if tag.startswith("sha256:") or "@" in tag:
        help_ = ["write a tag behind it, or nothing: the version is the tag then"]
        raise UsageError(f"{address} names a digest, and what is pushed has its own", help=help_)
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    pushed = push(
        named,
        repository,
        tag,
        registry=registry,
        progress=session.progress,
        form=form,
        layer_format=layer_format or "raw",
        evidence=not no_evidence,
        dry_run=dry_run,
    )
    where = f"{repository.name}:{pushed.tag}"
    if output_format == "json":
        session.result(json_text(_json(pushed, where)))
    else:
        session.result(f"{pushed.manifest.digest}  {where}\n")
    if dry_run:
        session.hint("nothing was pushed")
        return
    session.hint(f"{pushed.layers} layers; {pushed.sent} of {pushed.size} bytes were not there yet")
    if pushed.evidence:
        session.hint(f"signed statements beside it: {len(pushed.evidence)}")


def _json(pushed: Pushed, where: str) -> dict[str, Any]:
    from weighbridge.report.json import SCHEMA_VERSION

    return {
        "schemaVersion": SCHEMA_VERSION,
        "name": pushed.name,
        "version": pushed.version,
        "release": pushed.digest,
        "reference": where,
        "digest": pushed.manifest.digest,
        "mediaType": pushed.manifest.media_type,
        "layers": pushed.layers,
        "size": pushed.size,
        "sent": pushed.sent,
        "evidence": list(pushed.evidence),
    }
