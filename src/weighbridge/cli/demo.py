"""`weighbridge demo`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb


@click.command(name="demo", cls=Verb)
@click.option("--keep", metavar="DIR", help="Keep the release and its registry in a new folder.")
@click.option("--course", metavar="DIR", help="Lay out the repository of the course, and end.")
@click.option("--lesson", type=int, metavar="N", help="With --course: as this lesson finds it.")
def command(*, keep: str | None, course: str | None, lesson: int | None) -> None:
    """Tell the whole story on a real model.

    Runs the commands a user would type, in a folder, registry and git repository of its own.
    Needs the extra: pip install "weighbridge[demo]".

    With --course it tells nothing. It lays out a small repository with faults planted in it, for
    the course in the docs, with nothing installed but weighbridge and git.
    """
    session = Session.current()
    if course is not None:
        from weighbridge.usecases.demo.course import lay_out

        if keep is not None:
            raise click.UsageError("--keep goes without --course, which keeps what it lays out")
        folder = session.start / course
        lay_out(folder, lesson=lesson, name=course, say=session.result, environ=session.environ)
        return
    if lesson is not None:
        raise click.UsageError("--lesson goes with --course")
    from weighbridge.usecases.demo import tell

    tell(
        keep=None if keep is None else session.start / keep,
        say=session.result,
        environ=session.environ,
        styled=session.styled,
    )
