"""`weighbridge build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import ADDED, Verb

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.build_record import BuildRecord, SeedValue
    from weighbridge.model.build_watch import Watcher
    from weighbridge.usecases.references import Named


MANIFEST = "release.yaml"


@click.command(name="build", cls=Verb)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    required=True,
    metavar="FILE",
    help="What the command makes: a file, or a folder of files; may be repeated.",
)
@click.option(
    "--intermediate",
    "intermediates",
    multiple=True,
    metavar="FILE",
    help="What it leaves on the way, to be compared as well; may be repeated.",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="FILE",
    help="What it reads, beside spec.build.inputs: a file, or a folder; may be repeated.",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    metavar="NAME=VALUE",
    help="A seed it uses, beside spec.build.seeds; may be repeated.",
)
@click.option("--record", metavar="FILE", help="Write the record here, too.")
@click.argument("build_command", metavar="COMMAND...", nargs=-1, required=True)
def command(
    *,
    outputs: tuple[str, ...],
    intermediates: tuple[str, ...],
    inputs: tuple[str, ...],
    seeds: tuple[str, ...],
    record: str | None,
    build_command: tuple[str, ...],
) -> None:
    """Run the training or packaging command and record its provenance.

    The command runs as it would without weighbridge: in this folder, with this environment, and
    with standard input, output and error. What it reads, writes, starts and speaks to is seen by
    strace; without strace only what Python itself opens is, and the record says so.

    The record is kept beside the registry, where `replay` and `check` find it. It names every file
    that was read with its digest, the environment as a whole, and of secrets the name alone. A
    command that fails, or does not make what it is to make, is recorded as nothing.

    Exit codes: 0 recorded, whatever was found; 1 the command failed.
    """
    from weighbridge import __version__
    from weighbridge.adapters.build_records import BuildRecords
    from weighbridge.codec.build_record import write_build_record
    from weighbridge.usecases.build import Order, build, kept_moment

    session = Session.current()
    named = _manifest(session)
    order = Order(
        command=build_command,
        outputs=outputs,
        intermediates=intermediates,
        inputs=inputs,
        seeds=_seeds(seeds, named),
        folder=session.start,
        named=named,
    )
    environ = {name: value for name, value in session.environ.items() if name not in ADDED}
    made = build(order, watcher=_watcher(session), environ=environ, version=__version__)
    data = write_build_record(made)
    home = session.local_folder(session.settings(order.root))
    kept = BuildRecords(home).keep(data, folder=order.root, moment=kept_moment(made))
    if record is not None:
        from weighbridge.adapters.files import write_file

        write_file(session.start / record, data)
    _tell(session, made, session.start / record if record is not None else kept)


def _manifest(session: Session) -> Named | None:
    """Find the manifest this folder belongs to, if there is one."""
    from weighbridge.usecases.project import project_folders

    # Looked for before what reads manifests is imported: that costs more than all else here.
    if not any((folder / MANIFEST).is_file() for folder in project_folders(session.start)):
        return None
    return session.authored(None)[0]


def _seeds(said: tuple[str, ...], named: Named | None) -> tuple[SeedValue, ...]:
    """Read the seeds; what the command line says comes before what the manifest says."""
    from weighbridge.model.build_record import SeedValue

    section = named.release.spec.build if named is not None else None
    found = {one.name: one.value for one in (section.seeds if section else None) or ()}
    for text in said:
        name, equals, value = text.partition("=")
        try:
            found[name] = int(value)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise click.UsageError(f"--seed {text}: give a name and an integer, as numpy=0")
    return tuple(SeedValue(name=name, value=value) for name, value in sorted(found.items()))


def _watcher(session: Session) -> Watcher:
    """Choose who looks on, and say so where it is not the one who sees all."""
    from weighbridge.adapters.tracing.choosing import open_watcher

    watcher, why = open_watcher(session.environ, session.hint)
    if why:
        session.hint(
            f"{why}: only what Python itself opens is seen, and the record says that it is partial"
        )
    return watcher


def _tell(session: Session, record: BuildRecord, path: Path) -> None:
    """Say what was recorded, what was found, and what comes next."""
    from weighbridge.report.build import build_text

    shown = str(path)
    if path.is_relative_to(session.start):
        shown = str(path.relative_to(session.start))
    session.hint(build_text(record, shown))
