"""`weighbridge matrix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.fact import Facts
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.lock_matrix import Asked


@click.command(name="matrix", cls=Verb)
@click.argument("what", metavar="[LOCK|REF]", required=False)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="A target, such as linux-x86_64-glibc2.28-py3.12; may be repeated.",
)
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Also this group of a lock.")
@click.option("--extra", "extras", multiple=True, metavar="NAME", help="Also this extra of a lock.")
@reading("text", "json", "markdown", "html")
def command(
    *,
    what: str | None,
    targets: tuple[str, ...],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    output_format: str,
) -> str:
    """Show which packages are to be had on which targets, decided offline.

    LOCK is a pylock.toml, uv.lock or requirements file; REF is a manifest or its folder,
    NAME@VERSION, NAME@ENV or a release digest, whose declared targets are shown and, of a sealed
    one, whether they were validated. Without either, the nearest release.yaml is read.

    Wheels are compared by their tags, markers are asked of each target and never of this machine.
    What else a target states is held against the lock too: its CUDA driver, toolkit and GPUs, its
    Kubernetes and container runtime; and of a release, whether that is supported long enough.
    Each gap is told with its cause and with what is nearest and would do. Packages that are to be
    had everywhere are listed with -v only.

    TARGET is linux-ARCH-glibcX.Y-pyX.Y, linux-ARCH-muslX.Y-pyX.Y, macosX-ARCH-pyX.Y or
    windows-ARCH-pyX.Y (free-threaded: py3.13t, PyPy: pypy3.11), or the name of a declared one.
    With CUDA it goes on: -cuda12.4-driver550.54-cc9.0, any of them.

    Exit codes: 0 all to be had, 1 something is not, 2 usage, 3 of something it is not known.
    """
    from weighbridge.report.matrix import RENDERERS

    session = Session.current()
    asked = _asked(session, what, targets, groups, extras)
    render = RENDERERS[output_format]
    session.result(render(asked.matrix, styled=session.styled, every=session.globals.verbose))
    if asked.guessed:
        session.hint("nobody said which targets: these are common ones; name yours with --target")
    return asked.matrix.verdict.value


def _asked(
    session: Session,
    what: str | None,
    targets: tuple[str, ...],
    groups: tuple[str, ...],
    extras: tuple[str, ...],
) -> Asked:
    from weighbridge.rules.wheels.coverage import Chosen
    from weighbridge.usecases.lock_matrix import lock_matrix
    from weighbridge.usecases.named_locks import named_lock

    lock = named_lock(what, session.start)
    if lock is None and (groups or extras):
        raise click.UsageError("--group and --extra are for a lock; of a release, all that is run")
    settings = session.settings_of(what)
    registry = session.open_registry(settings)
    facts = _data(registry, session.local_folder(settings))
    if lock is not None:
        chosen = Chosen(extras=frozenset(extras), groups=frozenset(groups))
        return lock_matrix(lock, facts, targets, chosen=chosen)
    from weighbridge.usecases.matrix import release_matrix

    return release_matrix(session.find(what, registry), registry, facts, targets)


def _data(registry: Registry, folder: Path) -> Facts:
    """Find what is held against the lock: the data that counts, the index, the time."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.fact import Facts
    from weighbridge.usecases.data_sets import current_data, with_data

    return with_data(Facts(now=utc_now()), current_data(registry), folder)
