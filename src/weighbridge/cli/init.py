"""`weighbridge init`."""

from __future__ import annotations

import click

from weighbridge.cli.console import Session
from weighbridge.cli.filling_in import advise
from weighbridge.cli.options import Verb, dry_run

KINDS = ("mlflow", "hf", "bentoml", "modelkit")


@click.command(name="init", cls=Verb)
@click.argument("directory", required=False, metavar="[DIR]")
@click.option(
    "--from",
    "source",
    type=(click.Choice(KINDS), str),
    metavar="KIND PATH",
    help="Read the folder PATH as mlflow, hf, bentoml or modelkit; it lies in DIR, which it is if "
    "left out.",
)
@click.option(
    "--template",
    metavar="TEMPLATE",
    help="Extend a template of a catalogue (`weighbridge template list`).",
)
@dry_run
def command(
    *,
    directory: str | None,
    source: tuple[str, str] | None,
    template: str | None,
    dry_run: bool,
) -> None:
    """Look at what is there and write a first manifest.

    Model files are found by content, the rest by name: tokenizers, labels, the lock, a
    Dockerfile, git, the Python environment. Of a Hugging Face folder, an MLflow model, a
    bento or an unpacked ModelKit, its own description is read. What cannot be known is written
    as TODO.
    """
    from weighbridge.model.wording import some_of
    from weighbridge.report.visible import visible
    from weighbridge.usecases.init import propose, write
    from weighbridge.usecases.references import shown_path

    session = Session.current()
    proposal = propose(
        directory,
        start=session.start,
        environ=session.environ,
        catalogues=session.catalogues,
        source=source,
        template=template,
        reader=session.reader(),
    )
    if dry_run:
        session.result(proposal.text)
    else:
        write(proposal)
        shown = shown_path(proposal.path, session.start)
        looks_like = [f"  looks like {proposal.looks_like}"] if proposal.looks_like else []
        found = [f"  found {line}" for line in proposal.found]
        lines = [f"wrote {shown}", *looks_like, *found]
        session.result("".join(f"{visible(line)}\n" for line in lines))
        advise(session, proposal.path, proposal.todos)
    for line in proposal.unread:
        session.hint(visible(f"not read: {line}"))
    if proposal.left_out:
        named = some_of(proposal.left_out)
        session.hint(visible(f"not listed: {named}; list in spec.artifacts what the release needs"))
