"""`sign`, `attest` and `check --sign`: say something of a sealed release, and sign it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest, section_digests
from weighbridge.codec.predicates.recognising import Document, UnrecognisedError, recognise
from weighbridge.codec.resolved import release_digest
from weighbridge.codec.sections import depended_sections
from weighbridge.model.errors import UnsealedError, UsageError
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.predicates import OURS, RELEASE, TEST_RESULT
from weighbridge.seal.statement import Statement, StatementError, statement_around, write_statement
from weighbridge.usecases.observing import observe
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import Report
    from weighbridge.usecases.references import Named

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", re.ASCII)
"""What a type can be (RFC 3986), roughly: a scheme and something after it."""


def sealed(
    named: Named,
    *,
    registry: Registry,
    environ: Mapping[str, str],
    reader: FileReader | None = None,
) -> Named:
    """Find the sealed release of what was named: evidence is about nothing else.

    Raises:
        UnsealedError: The files beside the manifest are not those of a sealed release.
    """
    if named.digest is not None:
        return named
    facts = observe(named, blobs=registry.blobs, environ=environ, reader=reader)
    resolver = Resolver(facts)
    found = release_digest(resolver.resolve(named.release))
    with registry.reading() as view:
        is_sealed = bool(view.names_of(found))
    if resolver.obstacles or not is_sealed:
        name = f"{named.release.metadata.name}@{named.release.metadata.version}"
        raise UnsealedError(
            f"{named.document.file} and the files beside it are not sealed",
            seen=found if not resolver.obstacles else resolver.obstacles[0].message,
            wanted="a sealed release",
            help=["weighbridge seal", f"or name the sealed release: {name}"],
        )
    return sealed_release(found, registry)


def release_statement(named: Named) -> bytes:
    """Write what an author says of a release: that it is his, section by section."""
    manifest = json.loads(named.document.text)
    predicate = {
        "name": named.release.metadata.name,
        "sections": section_digests(manifest),
        "version": named.release.metadata.version,
    }
    return write_statement(Statement(RELEASE, subjects=(subject(named),), predicate=predicate))


def document_of(data: bytes, predicate_type: str | None) -> Document:
    """Tell what somebody wants attested: a document others know, or a predicate of a type.

    Args:
        data: The file.
        predicate_type: What he says that it is; None to look.

    Raises:
        UsageError: Nobody can tell what it is, or it is not what it is said to be.
    """
    if predicate_type and not _URI.fullmatch(predicate_type):
        help_ = ["for example: --type https://example.com/evaluation/v1"]
        raise UsageError("the type of a predicate is a URI", seen=predicate_type, help=help_)
    try:
        return recognise(data, predicate_type)
    except UnrecognisedError as error:
        help_ = ["give one JSON object, or JUnit XML", "say what it is: --type URI"]
        raise UsageError(f"this cannot be attested: {error}", help=help_) from error


def attestation(
    named: Named,
    predicate: bytes,
    *,
    predicate_type: str,
    subjects: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Write a statement around somebody's predicate, whose bytes stay as they are.

    Args:
        named: The sealed release.
        predicate: What is said.
        predicate_type: What that means.
        subjects: What it is said of, name and digest, where that is not the release as a whole.

    Raises:
        UsageError: The predicate is not a JSON object.
    """
    try:
        return statement_around(
            predicate,
            predicate_type=predicate_type,
            subjects=tuple(subjects) or (subject(named),),
        )
    except StatementError as error:
        help_ = ["give a file that holds one JSON object, and its type as a URI"]
        raise UsageError(f"this cannot be attested: {error}", help=help_) from error


def report_statement(
    named: Named, report: Report, document: Mapping[str, Any], *, after: int = 0
) -> bytes:
    """Write a report as an in-toto test result.

    Args:
        named: The sealed release.
        report: The report.
        document: The report as `check --output-format json` writes it.
        after: How many entries the log had: no other report is this one, whatever it says.
    """
    verdict = report.verdict
    noted = {f.code for f in report.findings if f.severity is Severity.NOTE}
    warned = {f.code for f in report.findings} - {f.code for f in report.failures} - noted
    failed = {f.code for f in report.failures} | {
        f.code for f in report.findings if f.verdict is Verdict.INCONCLUSIVE
    }
    # A report that was not restricted was made for every target there is.
    made_for = {"targets": sorted(report.targets)} if report.targets else {}
    result = "FAILED" if verdict is not Verdict.PASS else "WARNED" if warned else "PASSED"
    predicate = {
        "configuration": [
            {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
            for name, digest in (
                ("rules", report.rule_set.digest),
                *((pack.title, pack.digest) for pack in report.packs),
            )
        ],
        "failedTests": sorted(failed),
        # A note is for reading: it takes nothing from what the rule found in order.
        "passedTests": sorted({*report.passed, *noted} - failed - warned),
        "result": result,
        "warnedTests": sorted(warned - failed),
        OURS: {
            "dependsOn": depended_sections(json.loads(named.document.text)),
            "report": dict(document),
            **made_for,
            **({"after": after} if after else {}),
        },
    }
    return write_statement(Statement(TEST_RESULT, subjects=(subject(named),), predicate=predicate))


def subject(named: Named) -> tuple[str, str]:
    """Name a sealed release as what a statement is about: its title and its digest."""
    metadata = named.release.metadata
    return f"{metadata.name}@{metadata.version}", digest(named.document.text.encode())
