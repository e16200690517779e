"""`weighbridge sbom`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from weighbridge.cli.console import Session
from weighbridge.cli.options import Verb, reading

if TYPE_CHECKING:
    from weighbridge.usecases.sbom import BillFormat, Made, Subject


@click.command(name="sbom", cls=Verb)
@click.argument("reference", metavar="[REF]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["cyclonedx-1.6", "spdx-3.0"]),
    default="cyclonedx-1.6",
    show_default=True,
    help="Format of the bill.",
)
@click.option("--with-dev", is_flag=True, help="List what is only needed for development too.")
@click.option("--against", metavar="REF", help="Of a bill of others: the release or lock it is of.")
@reading("text", "json")
def command(
    *,
    reference: str | None,
    form: BillFormat,
    with_dev: bool,
    against: str | None,
    output_format: str,
) -> str:
    """Write the bill of materials of a release or a lock, or judge somebody else's.

    REF is a manifest or its folder, NAME@VERSION, NAME@ENV, a release digest, or a lock file
    (pylock.toml, uv.lock, requirements.txt): then the bill is written, as JSON whatever the output
    format. The same release has the same bill, to the byte. Licences of packages are read from the
    Python environment, where it has the same version.

    REF may also be a bill of materials: CycloneDX in JSON, or SPDX 3. Then it is judged: by the
    schema of its format (CycloneDX, with the extra `sbom`), and for what no schema sees. With
    --against it is also held against the lock, the base model, the datasets and the chat templates
    of a release, or against a lock.

    Exit codes: 0 consistent, 1 faults, 2 usage, 3 the schema could not be checked.
    """
    session = Session.current()
    data = _bill_of_others(session, reference)
    if data is not None:
        return _judge(session, str(reference), data, against, output_format)
    if against is not None:
        raise click.UsageError("--against is for a bill of materials that is judged")
    return _write(session, _make(session, reference, with_dev=with_dev), form)


def _bill_of_others(session: Session, reference: str | None) -> bytes | None:
    """Read what was named if it is a bill of materials: a JSON file that is no manifest."""
    from weighbridge.usecases.sbom import SIZE, looks_like_bill

    if reference is None or not os.path.isfile(session.start / reference):  # noqa: PTH113 - never raises
        return None
    head = session.read(reference, limit=4_096)
    if not looks_like_bill(head):
        return None
    return session.read(reference, limit=SIZE)


def _make(session: Session, reference: str | None, *, with_dev: bool) -> Made:
    from weighbridge.usecases import sbom
    from weighbridge.usecases.named_locks import named_lock

    lock = named_lock(reference, session.start)
    if lock is not None:
        folder = (session.start / lock.path).parent
        return sbom.of_lock(lock, folder, environ=session.environ)
    registry = session.registry_of(reference)
    return sbom.of_release(
        session.find(reference, registry),
        registry=registry,
        environ=session.environ,
        start=session.start,
        reader=session.reader(),
        with_dev=with_dev,
    )


def _write(session: Session, made: Made, form: BillFormat) -> str:
    from weighbridge.packing.sbom.cyclonedx import sbom_text
    from weighbridge.report.sbom import fault_lines, schema_lines
    from weighbridge.usecases.sbom import judge_bill, write

    document = write(made.bill, form)
    session.result(sbom_text(document))
    for line in made.said:
        session.hint(line)
    found = judge_bill(document, made.subject)
    schema = _schema(session, document)
    for line in [*fault_lines(found), *schema_lines(schema)]:
        session.hint(line)
    return "fail" if found or schema else "pass"


def _judge(
    session: Session, reference: str, data: bytes, against: str | None, output_format: str
) -> str:
    from weighbridge.codec.sbom.cyclonedx import is_cyclonedx
    from weighbridge.report.sbom import render_sbom_json, render_sbom_text
    from weighbridge.usecases.sbom import judge_bill, read_bill

    document = read_bill(data, reference)
    subject = None if against is None else _subject(session, against)
    told: dict[str, Any] = {
        "schema": _schema(session, document),
        "inconsistencies": judge_bill(document, subject),
    }
    name = "SPDX 3"
    if is_cyclonedx(document):
        name = f"CycloneDX {str(document.get('specVersion'))[:20]}"
    render = render_sbom_json if output_format == "json" else render_sbom_text
    session.result(render(reference, name, **told))
    if told["schema"] or told["inconsistencies"]:
        return "fail"
    return "pass" if told["schema"] is not None else "inconclusive"


def _schema(session: Session, document: dict[str, Any]) -> list[tuple[str, str]] | None:
    """Hold a bill against its schema; None, and a hint why, where that cannot be done."""
    from weighbridge.adapters.sbom.schema import schema_faults
    from weighbridge.codec.sbom.cyclonedx import is_cyclonedx
    from weighbridge.model.errors import UnavailableError

    if not is_cyclonedx(document):
        session.hint("the schema was not checked: there is none of SPDX here")
        return None
    try:
        return schema_faults(document)
    except UnavailableError as error:
        for fault in error.faults:
            session.hint("\n".join([fault.message, *fault.help]))
        return None


def _subject(session: Session, reference: str) -> Subject:
    from weighbridge.usecases import sbom
    from weighbridge.usecases.named_locks import named_lock

    lock = named_lock(reference, session.start)
    if lock is not None:
        return sbom.subject_of_lock(lock)
    registry = session.registry_of(reference)
    return sbom.subject_of(
        session.find(reference, registry),
        registry=registry,
        environ=session.environ,
        reader=session.reader(),
    )
