"""`weighbridge attest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from weighbridge.cli.console import Session
from weighbridge.cli.identity import acting
from weighbridge.cli.options import Verb, dry_run, reading
from weighbridge.cli.signing import show_added, sign_evidence

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.references import Named


@click.command(name="attest", cls=Verb)
@click.argument("reference", metavar="REF")
@click.option(
    "--predicate",
    metavar="FILE",
    help="What is said: CycloneDX, SPDX, SARIF, OpenVEX, JUnit, what Trivy, Grype, pip-audit, OPA "
    "or Conftest printed, provenance, or any JSON object.",
)
@click.option(
    "--type",
    "predicate_type",
    metavar="URI",
    help="What kind of predicate it is, where that cannot be told from the file.",
)
@click.option(
    "--bundle",
    metavar="FILE",
    help="What somebody else signed: a Sigstore bundle, a DSSE envelope, or PEP 740.",
)
@acting
@dry_run
@reading("text", "json")
def command(
    *,
    reference: str,
    predicate: str | None,
    predicate_type: str | None,
    bundle: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    """Keep a statement about a sealed release as evidence.

    With --predicate you sign it: the file's bytes stand in the in-toto statement as they are, or
    what was counted in JUnit XML or in what OPA and Conftest print. What Trivy, Grype and
    pip-audit print becomes one form for all, about the image or the lock they looked at. With
    --bundle somebody else signed, and his signature must count. Whether it is enough is for
    policies to say.
    """
    from weighbridge.model.errors import UsageError

    if (predicate is None) == (bundle is None):
        help_ = [
            "--predicate FILE: you sign it",
            "--bundle FILE: somebody else has signed it",
            "weighbridge attest --help",
        ]
        raise UsageError("give either a predicate or a bundle", help=help_)
    if bundle is not None and (key_names or predicate_type is not None):
        message = "what somebody else signed is not signed again, and says itself what it is"
        raise UsageError(message, help=["leave out --key and --type"])
    session = Session.current()
    registry = session.registry_of(reference)
    named = session.sealed(reference, registry)
    if bundle is not None:
        _keep(session, bundle, named, registry, dry_run=dry_run, output_format=output_format)
        return
    _sign(
        session,
        str(predicate),
        named,
        registry,
        predicate_type=predicate_type,
        key_names=key_names,
        dry_run=dry_run,
        output_format=output_format,
    )


def _sign(
    session: Session,
    predicate: str,
    named: Named,
    registry: Registry,
    *,
    predicate_type: str | None,
    key_names: tuple[str, ...],
    dry_run: bool,
    output_format: str,
) -> None:
    from weighbridge.model.permissions import Operation
    from weighbridge.report.visible import visible
    from weighbridge.seal.bundle import LARGEST
    from weighbridge.usecases.scanned import left_open, placed
    from weighbridge.usecases.statements import attestation, document_of

    document = document_of(session.read(predicate, limit=LARGEST), predicate_type)
    subjects: list[tuple[str, str]] = []
    if document.scan is not None:
        document, subjects = placed(document, named, registry)
    payload = attestation(
        named,
        document.predicate,
        predicate_type=document.predicate_type,
        subjects=subjects,
    )
    for line in left_open(document):
        session.hint(f"warning: the scan leaves something open: {visible(line)}")
    if document.kept and not dry_run:
        registry.blobs.put(document.kept)
    sign_evidence(
        session,
        payload,
        release=str(named.digest),
        registry=registry,
        key_names=key_names,
        dry_run=dry_run,
        output_format=output_format,
        operation=Operation.ATTEST,
    )


def _keep(
    session: Session,
    path: str,
    named: Named,
    registry: Registry,
    *,
    dry_run: bool,
    output_format: str,
) -> None:
    from weighbridge.seal.bundle import LARGEST, read_bundle
    from weighbridge.usecases.foreign import add_foreign, read_foreign

    bundles = read_foreign(session.read(path, limit=LARGEST), registry=registry)
    if dry_run:
        for bundle in bundles:
            session.result(read_bundle(bundle).payload.decode() + "\n")
        session.hint("nothing was kept")
        return
    found = add_foreign(bundles, release=str(named.digest), registry=registry)
    show_added(session, [one.added for one in found], output_format)
    for one in found:
        if one.known:
            what = "it" if len(found) == 1 else f"entry {one.added.index}"
            session.hint(f"{what} was evidence about this release before; nothing was added")
