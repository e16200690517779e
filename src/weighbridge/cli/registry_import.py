"""`weighbridge registry import`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.filling_in import advise
from weighbridge.cli.options import Verb, dry_run, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.imports import Imported


@click.command(name="import", cls=Verb)
@click.option(
    "--from",
    "source",
    type=(click.Choice(("mlflow",)), str),
    required=True,
    metavar="KIND SOURCE",
    help="mlflow, and its database (mlflow.db), its folder (mlruns) or its server's address.",
)
@click.option("--into", required=True, metavar="DIR", help="Where versions are laid out.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option(
    "--artifacts",
    metavar="DIR",
    help="The folder the files of versions lie beneath, if SOURCE does not lead there.",
)
@click.option("--update", is_flag=True, help="Write mlflow-history.json anew where it has changed.")
@dry_run
@reading("text", "json")
def import_(
    *,
    source: tuple[str, str],
    into: str,
    models: tuple[str, ...],
    artifacts: str | None,
    update: bool,
    dry_run: bool,
    output_format: str,
) -> str:
    """Lay out the versions of another registry's models, to be weighed and sealed.

    Each becomes DIR/MODEL/N: its files, the release.yaml that `init` writes for them, and
    mlflow-history.json, what was said of it there; `attest` signs that once it is sealed. What
    lies there already is left as it is. Nothing is loaded or run, and MLflow is not needed.

    Exit codes: 0 all are there, 3 the files of some are not to be had.
    """
    from weighbridge.adapters.mlflow.opening import open_mlflow
    from weighbridge.report.imported import imported_json, render_imported
    from weighbridge.report.json import json_text
    from weighbridge.usecases.importing.registry import Importer

    session = Session.current()
    registry = open_mlflow(
        source[1],
        start=session.start,
        environ=session.environ,
        artifacts=artifacts,
        names=models,
        offline=session.globals.offline,
    )
    with contextlib.closing(registry):
        importer = Importer(
            registry,
            into=session.start / into,
            environ=session.environ,
            catalogues=session.catalogues,
            reader=session.reader(),
            update=update,
            dry_run=dry_run,
        )
        found = [*importer.run(models)]
        passed_over = [*registry.passed_over()]
    if output_format == "json":
        document = imported_json(found, passed_over=passed_over, dry_run=dry_run)
        session.result(json_text(document))
    else:
        session.result(render_imported(found, dry_run=dry_run))
        _advise(session, found, into, passed_over)
    return "inconclusive" if any(one.outcome == "failed" for one in found) else "pass"


def _advise(
    session: Session, found: Sequence[Imported], into: str, passed_over: Sequence[str]
) -> None:
    from weighbridge.report.visible import visible
    from weighbridge.usecases.references import MANIFEST

    for line in passed_over:
        session.hint(visible(f"not imported: {line}"))
    for one in found:
        for line in one.left_out:
            session.hint(visible(f"not taken over of {one.path}: {line}"))
    if any(one.outcome == "outdated" for one in found):
        session.hint("of those that are outdated MLflow says other things now: see --update")
    begun = [one for one in found if one.todos]
    if len(begun) > 1:
        session.hint("each has its own TODOs; the first:")
    if begun:
        advise(session, session.start / into / begun[0].path / MANIFEST, begun[0].todos)
