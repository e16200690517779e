"""`weighbridge render`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.ports import Registry
    from weighbridge.model.rendering import Rendering
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.render import Where


@click.command(name="render", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--target", metavar="T", help="Kind of the target; an unknown one lists them.")
@click.option("--target-version", metavar="V", default="", help="Its version; the newest if none.")
@click.option("--namespace", metavar="NAME", default="", help="Namespace of the objects.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="What is said of the target beside the manifest; may be repeated.",
)
@click.option("--in", "environment", metavar="ENV", help="Take all that from an environment.")
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write the files into this folder, which is new or empty.",
)
@click.option("--sign", is_flag=True, help="Sign the files' digests as a checker.")
@acting
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the list of files.",
)
def command(
    *,
    reference: str | None,
    target: str | None,
    target_version: str,
    namespace: str,
    options: tuple[str, ...],
    environment: str | None,
    output: str | None,
    sign: bool,
    key_names: tuple[str, ...],
    output_format: str,
) -> str:
    """Write the files that deliver a release on a target, pinned by digest.

    REF is a sealed release, or a manifest: then it is a preview of what would be sealed, and the
    manifest must name the digest of everything the release consists of.

    Everything is pinned by digest and says of which release it is. The same release, target,
    version and options give the same bytes. Without --output the files are listed with their
    digests, and nothing is written.

    With --sign the digests of the files become evidence about the sealed release.

    What the target cannot honour is refused, with what could be done instead. What it does
    otherwise, and no less strictly, is said.

    Exit codes: 0 rendered, 2 refused.
    """
    from weighbridge.report.rendering import render_rendering, rendering_json
    from weighbridge.usecases.render import render_release, write
    from weighbridge.usecases.statements import sealed

    if key_names and not sign:
        raise click.UsageError("--key is for --sign")
    session = Session.current()
    registry = session.registry_of(reference)
    where = _where(registry, target, environment)
    where = replace(
        where,
        version=target_version or where.version,
        namespace=namespace or where.namespace,
        options={**where.options, **named_options(options)},
    )
    named = session.find(reference, registry)
    if sign:
        named = sealed(
            named, registry=registry, environ=session.environ, reader=session.reader(examine=False)
        )
    done = render_release(named, where)
    if output is not None:
        write(done.rendering, session.start / output)
    for line in done.rendering.notices:
        session.hint(f"notice: {line}")
    if sign:
        _sign(session, registry, named, done.rendering, key_names)
    render = rendering_json if output_format == "json" else render_rendering
    session.result(render(done.rendering, digest=done.digest, sealed=done.sealed, folder=output))
    return "pass"


def _where(registry: Registry, target: str | None, environment: str | None) -> Where:
    from weighbridge.usecases.render import Where, where_of

    if environment is not None:
        where = where_of(environment, registry)
        return where if target is None else replace(where, target=target)
    if target is None:
        raise click.UsageError("--target says for what: kubernetes, argo, kserve …")
    return Where(target=target)


def named_options(options: Sequence[str]) -> dict[str, str]:
    """Read options of a target as they are given: NAME=VALUE."""
    found = {}
    for one in options:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise click.UsageError(f"--option is NAME=VALUE, not {one}")
        found[name] = value
    return found


def _sign(
    session: Session,
    registry: Registry,
    named: Named,
    done: Rendering,
    key_names: tuple[str, ...],
) -> None:
    """Keep which files it is rendered as, as evidence about the release."""
    from weighbridge.cli.identity import unlock
    from weighbridge.model.permissions import Operation
    from weighbridge.usecases.evidence import add_evidence
    from weighbridge.usecases.render import rendering_statement

    added = add_evidence(
        rendering_statement(named, done),
        release=str(named.digest),
        signers=unlock(session, key_names),
        registry=registry,
        operation=Operation.CHECK,
    )
    for one in added:
        session.hint(f"signed by {one.signer.person} as evidence, entry {one.index}")
