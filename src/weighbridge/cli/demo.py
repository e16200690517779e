"""`weighbridge demo`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb


@click.command(name="demo", cls=Verb)
@click.option("--keep", metavar="DIR", help="Keep the release and its registry in a new folder.")
def command(*, keep: str | None) -> None:
    """Tell the whole story on a real model.

    Runs the commands a user would type, in a folder, registry and git repository of its own.
    Needs the extra: pip install "weighbridge[demo]".
    """
    from weighbridge.usecases.demo import tell

    session = Session.current()
    tell(
        keep=None if keep is None else session.start / keep,
        say=session.result,
        environ=session.environ,
        styled=session.styled,
    )
