"""`weighbridge init`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, dry_run


@click.command(name="init", cls=Verb)
@click.argument("directory", default=".", metavar="[DIR]")
@dry_run
def command(*, directory: str, dry_run: bool) -> None:
    """Look at what is there and write a first manifest.

    Model files are found by content, the rest by name: tokenizers, labels, the lock, git, the
    Python environment. What cannot be known is written as TODO.
    """
    from weighbridge.usecases.init import propose, write
    from weighbridge.usecases.references import shown_path

    session = Session.current()
    folder = session.start / directory
    proposal = propose(folder, environ=session.environ, progress=session.progress)
    if dry_run:
        session.result(proposal.text)
        return
    write(proposal)
    shown = shown_path(proposal.path, session.start)
    lines = [f"wrote {shown}", *(f"  found {line}" for line in proposal.found)]
    session.result("\n".join(lines) + "\n")
    if proposal.todos:
        session.hint("yours to fill in:")
        for path in proposal.todos:
            session.hint(f"  weighbridge set {path} …")
    session.hint("then: weighbridge check")
