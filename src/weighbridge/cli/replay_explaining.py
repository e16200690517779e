"""`weighbridge replay REF --explain`: why a replay differs, said by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.cli.console import Session
    from weighbridge.model.ports import Registry


def explaining(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options of an explanation."""
    options = (
        click.option("--explain", metavar="PATH", help="Say why this output differs."),
        click.option("--tensor", metavar="NAME", help="The tensor that differs."),
        click.option("--factor", metavar="NAME", help="What it depends on, if it was changed."),
        click.option("--reason", metavar="TEXT", help="Why that is harmless."),
        click.option("--bound", metavar="NUMBER", help="What numbers may be off by at most."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def explain(
    session: Session,
    registry: Registry,
    reference: str | None,
    key_names: tuple[str, ...],
    said: Mapping[str, str | None],
) -> str:
    """Sign an explanation, and keep it as evidence.

    Args:
        session: The run.
        registry: The registry.
        reference: The release.
        key_names: Who says it.
        said: What was given, by the name of its option.
    """
    from weighbridge.cli.identity import unlock
    from weighbridge.usecases.evidence import add_evidence, log_size
    from weighbridge.usecases.replaying.explaining import Explanation, explanation_statement

    path, why = said["explain"], said["reason"]
    if not path or not why:
        raise click.UsageError("--explain PATH needs --reason TEXT; the rest says of what")
    if reference is None:
        raise click.UsageError("--explain needs a sealed release: it is kept as evidence of it")
    named = session.sealed(reference, registry)
    explanation = Explanation(
        path=path,
        tensor=said["tensor"] or "",
        factor=said["factor"] or "",
        why=why,
        bound=said["bound"] or "",
    )
    size = log_size(registry)
    added = add_evidence(
        explanation_statement(named, explanation, registry=registry, after=size),
        release=str(named.digest),
        signers=unlock(session, key_names),
        registry=registry,
    )
    for one in added:
        session.hint(f"explained by {one.signer.person}, entry {one.index}")
    return "pass"
