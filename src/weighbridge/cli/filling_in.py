"""What is left to say in a manifest that was proposed, as commands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.cli.console import Session


def advise(session: Session, path: Path, todos: Sequence[str]) -> None:
    """Say what is left to do, in commands that work from the folder the user is in.

    Args:
        session: The session.
        path: The manifest.
        todos: Paths of what its author has yet to say.
    """
    from weighbridge.report.visible import visible
    from weighbridge.usecases.references import shown_path

    elsewhere = path.parent.resolve() != session.start.resolve()
    manifest = shlex.quote(shown_path(path, session.start))
    if todos:
        session.hint("yours to fill in:")
        where = f" --manifest {manifest}" if elsewhere else ""
        for todo in todos:
            session.hint(visible(f"  weighbridge set {shlex.quote(todo)} VALUE{where}"))
    session.hint("then: weighbridge check" + (f" {manifest}" if elsewhere else ""))
