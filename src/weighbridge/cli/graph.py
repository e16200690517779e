"""`weighbridge graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.advisory import Level
    from weighbridge.model.graph import Graph
    from weighbridge.model.lock import Lock
    from weighbridge.usecases.graph import Drawn, Purpose


@click.command(name="graph", cls=Verb)
@click.argument("reference", metavar="[REF|LOCK]", required=False)
@click.option(
    "--lock", "purpose", type=click.Choice(["runtime", "dev", "test"]), help="Which lock."
)
@click.option("--against", metavar="REF|LOCK", help="Tell what differs from this one instead.")
@click.option("--to", "package", metavar="PACKAGE", help="Show the shortest paths to a package.")
@click.option("--invert", is_flag=True, help="With --to: show who needs the package, as a tree.")
@click.option("--depth", type=click.IntRange(0), metavar="N", help="Levels below the first.")
@click.option("--all", "everything", is_flag=True, help="Draw all of a large graph.")
@reading("text", "json", "svg")
def command(
    *,
    reference: str | None,
    purpose: Purpose | None,
    against: str | None,
    package: str | None,
    invert: bool,
    depth: int | None,
    everything: bool,
    output_format: str,
) -> None:
    """Draw who needs whom among the packages of a lock.

    REF is a manifest or its folder, read with what is installed beside it; or NAME@VERSION,
    NAME@ENV or a release digest. LOCK is a lock file: pylock.toml, uv.lock, requirements,
    conda-lock. Without either, the nearest release.yaml is read.

    Who needs whom is what the lock records; where it does not, what is installed there in the
    same version tells it. Nothing is resolved, and nothing is fetched.

    Packages that advisories loaded here speak of are marked with the worst severity; `--to` shows
    how one comes in, and `weighbridge audit` tells the advisories.

    In the tree, (*) stands for what was shown above. A picture (svg) of more than 80 packages
    shows the shortest paths to what is vulnerable or in conflict, or its first levels.
    """
    if invert and (package is None or output_format != "text"):
        raise click.UsageError("--invert is for --to, as text")
    if output_format == "svg" and (package is not None or against is not None):
        raise click.UsageError("svg is for whole graphs: leave out --to and --against")
    if package is not None and against is not None:
        raise click.UsageError("--to and --against are two questions: ask one")
    session = Session.current()
    drawn = _drawn(session, reference, purpose)
    if against is not None:
        other = _drawn(session, against, purpose)
        session.result(_differences(session, other, drawn, output_format))
        return
    marks = _marks(session, drawn.lock)
    if package is not None and invert:
        session.result(_needed_by(session, drawn.graph, package, depth, marks))
    elif package is not None:
        session.result(_paths(session, drawn.graph, package, output_format, marks))
    else:
        session.result(
            _whole(session, drawn, output_format, depth=depth, everything=everything, marks=marks)
        )


def _drawn(session: Session, reference: str | None, purpose: Purpose | None) -> Drawn:
    from weighbridge.usecases.graph import graph_of_file, graph_of_release
    from weighbridge.usecases.named_locks import named_lock

    lock = named_lock(reference, session.start)
    if lock is not None:
        if purpose is not None:
            raise click.UsageError("--lock is for releases: a lock file is named itself")
        return graph_of_file(lock, (session.start / lock.path).parent, environ=session.environ)
    registry = session.registry_of(reference)
    return graph_of_release(
        session.find(reference, registry),
        blobs=registry.blobs,
        environ=session.environ,
        purpose=purpose or "runtime",
    )


def _marks(session: Session, lock: Lock) -> Mapping[str, str]:
    """Say how bad what advisories of this place say of each entry is; nothing if there are none."""
    from weighbridge.model.advisory import Bearing
    from weighbridge.model.errors import UnavailableError
    from weighbridge.rules.advisories.exposure import exposures

    source = session.advisories()
    try:
        if source.data() is None:
            if session.globals.verbose:
                session.hint("no advisories were loaded here: nothing is marked")
            return {}
        about = source.about(sorted({pin.name for pin in lock.pins}))
    except UnavailableError as error:
        session.hint(f"nothing is marked: {error}")
        return {}
    marks: dict[str, Level] = {}
    for one in exposures(lock.pins, about):
        if one.bearing is Bearing.AFFECTED:
            entry = f"{one.package}=={one.version}" if one.version else one.package
            known = marks.setdefault(entry, one.level)
            marks[entry] = max(known, one.level, key=lambda level: level.rank)
    return {entry: level.value for entry, level in marks.items()}


def _whole(
    session: Session,
    drawn: Drawn,
    output_format: str,
    *,
    depth: int | None,
    everything: bool,
    marks: Mapping[str, str],
) -> str:
    if output_format == "json":
        from weighbridge.report.graph_json import render_graph_json

        return render_graph_json(drawn.graph, marks=marks)
    if output_format == "svg":
        from weighbridge.report.graph_svg import render_graph_svg

        return render_graph_svg(
            drawn.graph, title=drawn.title, marks=marks, depth=depth, everything=everything
        )
    from weighbridge.report.graph_text import render_graph_text

    return render_graph_text(drawn.graph, marks=marks, depth=depth, styled=session.styled)


def _paths(
    session: Session, graph: Graph, package: str, output_format: str, marks: Mapping[str, str]
) -> str:
    from weighbridge.model.graph.paths import shortest_paths
    from weighbridge.usecases.graph import ids_of

    paths = shortest_paths(graph, ids_of(graph, package))
    if output_format == "json":
        from weighbridge.report.graph_json import render_paths_json

        return render_paths_json(package, paths)
    from weighbridge.report.graph_text import render_paths_text

    return render_paths_text(graph, paths, marks=marks, styled=session.styled)


def _needed_by(
    session: Session, graph: Graph, package: str, depth: int | None, marks: Mapping[str, str]
) -> str:
    from weighbridge.report.graph_text import render_needed_by
    from weighbridge.usecases.graph import ids_of

    return render_needed_by(
        graph, ids_of(graph, package), marks=marks, depth=depth, styled=session.styled
    )


def _differences(session: Session, before: Drawn, after: Drawn, output_format: str) -> str:
    from weighbridge.diffing.graph import graph_changes

    changes = graph_changes(before.graph, after.graph)
    if output_format == "json":
        from weighbridge.report.graph_json import render_changes_json

        return render_changes_json(changes)
    from weighbridge.report.graph_text import render_changes_text

    return render_changes_text(changes, styled=session.styled)
