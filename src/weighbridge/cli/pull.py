"""`weighbridge pull`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run

if TYPE_CHECKING:
    from typing import Any

    from weighbridge.usecases.pull import Pulled


@click.command(name="pull", cls=Verb)
@click.argument("address", metavar="FROM")
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write the files there besides; DIR must not exist, or be empty.",
)
@click.option("--no-evidence", is_flag=True, help="Take no signed statements beside it.")
@dry_run
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the result.",
)
def command(
    *, address: str, output: str | None, no_evidence: bool, dry_run: bool, output_format: str
) -> None:
    """Pull a release from a registry or an image layout, if every byte is what was sealed.

    FROM is oci://HOST/REPOSITORY[:TAG|@DIGEST], or oci:FOLDER[:TAG|@DIGEST] for an OCI image
    layout; without TAG the only one there is. Every file is held against the sealed manifest. The
    release is bound in this registry when all of it is there; what an interrupted pull has stored
    is not sent again. Statements beside it are kept as evidence if their signer is trusted here.
    """
    from weighbridge.adapters.new_folder import NewFolder
    from weighbridge.report.json import json_text
    from weighbridge.usecases.pull import pull

    session = Session.current()
    folder = None if output is None else NewFolder(session.start / output)
    repository, reference = session.repository(address, resumable=not dry_run)
    pulled = pull(
        repository,
        reference,
        registry=session.registry(),
        progress=session.progress,
        output=folder,
        evidence=not no_evidence,
        dry_run=dry_run,
    )
    if output_format == "json":
        session.result(json_text(_json(pulled, output)))
    else:
        session.result(f"{pulled.digest}  {pulled.name}@{pulled.version}\n")
    _hint(session, pulled, dry_run=dry_run)


def _hint(session: Session, pulled: Pulled, *, dry_run: bool) -> None:
    if dry_run:
        session.hint("nothing was stored; the files were not read")
    elif not pulled.new:
        session.hint("the registry held it before")
    ownerless = [one for one in pulled.evidence if one.outcome == "no-owners"]
    if ownerless:
        session.hint(f"signed statements beside it, not kept: {len(ownerless)}; {ownerless[0].why}")
    for one in pulled.evidence:
        if one not in ownerless:
            signed = f" signed by {one.person}" if one.person else ""
            why = f": {one.why}" if one.why else ""
            kind = one.predicate_type or one.bundle
            session.hint(f"evidence {one.outcome.value.replace('-', ' ')}: {kind}{signed}{why}")
    for line in pulled.unread:
        session.hint(f"evidence not read: {line}")


def _json(pulled: Pulled, output: str | None) -> dict[str, Any]:
    from weighbridge.report.json import SCHEMA_VERSION

    return {
        "schemaVersion": SCHEMA_VERSION,
        "name": pulled.name,
        "version": pulled.version,
        "digest": pulled.digest,
        "packedAs": pulled.manifest,
        "files": pulled.files,
        "fetched": pulled.fetched,
        "new": pulled.new,
        "output": output,
        "evidence": [
            {
                "bundle": one.bundle,
                "predicateType": one.predicate_type,
                "outcome": one.outcome.value,
                "person": one.person,
                "why": one.why,
            }
            for one in pulled.evidence
        ],
        "unread": list(pulled.unread),
    }
