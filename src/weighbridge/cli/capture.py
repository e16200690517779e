"""`weighbridge capture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from weighbridge.usecases.capture import Captured


@click.command(name="capture", cls=Verb)
@click.argument("path", required=False)
@click.option("--update", is_flag=True, help="Put what was observed into the manifest.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="PATH",
    help="A copy of the container image or its base: OCI layout, or archive.",
)
@dry_run
@reading("text", "json")
def command(
    *,
    path: str | None,
    update: bool,
    images: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Show what is observed; with --update, put it into the manifest.

    --update changes only the values that differ, and no other byte of the file.

    Of a container image what it says of itself is shown, from a copy named with --image or from
    its registry, unless --offline says otherwise. Its digest is filled in where it is TODO: that
    of the copy, or of what the tag stands for today. One that is pinned is left as it is.
    """
    from weighbridge.usecases.capture import captured, edits
    from weighbridge.usecases.editing import changes
    from weighbridge.usecases.observing import observe

    session = Session.current()
    named, file = session.authored(path)
    registry = session.registry(file.parent)
    facts = observe(named, blobs=registry.blobs, environ=session.environ, reader=session.reader())
    papers = None
    if named.release.spec.environment.image is not None:
        from weighbridge.usecases.images import read_papers

        papers = read_papers(named.release, session.images(images))
    found = captured(named.release, facts, papers)
    session.result(_json(found) if output_format == "json" else _text(found))
    if not update:
        stale = len(edits(named, found))
        if stale:
            said = "1 value differs" if stale == 1 else f"{stale} values differ"
            session.hint(f"{said} from the manifest: `weighbridge capture --update`")
        return
    prepare = session.preparing(file.parent)
    for change in changes(edits(named, found), file.parent, prepare=prepare):
        if not dry_run:
            change.write()
        session.hint(change.diff())


def _text(found: list[Captured]) -> str:
    from weighbridge.report.visible import visible

    lines = []
    for entry in found:
        value = f"({entry.reason})" if entry.observed is None else entry.observed
        kept = ", which is left as it is" if entry.shown_only else ""
        told = entry.mark == "~" and entry.declared is not None
        declared = f"  (manifest: {entry.declared}{kept})" if told else ""
        what = f"  {entry.what}" if entry.what else ""
        lines.append(visible(f"{entry.mark} {entry.pointer}{what}  {value}{declared}") + "\n")
    return "".join(lines)


def _json(found: list[Captured]) -> str:
    from weighbridge.report.json import SCHEMA_VERSION, json_text

    entries = [
        {
            "pointer": entry.pointer,
            "observed": entry.observed,
            "declared": entry.declared,
            "reason": entry.reason,
            **({"what": entry.what} if entry.what else {}),
        }
        for entry in found
    ]
    return json_text({"schemaVersion": SCHEMA_VERSION, "facts": entries})
