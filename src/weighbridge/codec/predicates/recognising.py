"""What a document is that somebody wants attested, and the predicate it becomes.

JSON stands in the statement as it came, byte for byte. JUnit is not JSON: what it says is counted,
and the document itself is kept beside and named; so is what scanners of vulnerabilities print,
each in a form of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.junit import JUnitError, is_xml, read_junit
from weighbridge.codec.predicates.rego import RegoError, is_rego, read_rego
from weighbridge.codec.predicates.scanners.known import read_scan
from weighbridge.codec.predicates.scanners.scan import Scan, ScanError, predicate_of
from weighbridge.codec.predicates.table import shape_fault
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.predicates import (
    IMPORT,
    OPENVEX,
    PROVENANCE,
    SARIF,
    SBOM,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES_02,
    family,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KNOWN: Final = (
    "CycloneDX, SPDX, SARIF, OpenVEX, JUnit, OPA, Conftest, "
    "Trivy, Grype, pip-audit, SLSA provenance or summary, in-toto results, "
    "what `registry import` wrote"
)


class UnrecognisedError(ValueError):
    """Nobody can tell what a document is, or it is not what it is taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it can be attested.

    Attributes:
        predicate_type: What it is.
        predicate: The bytes of the predicate.
        kept: The document, where the predicate is not itself the document; else empty.
        scan: What a scanner says in it, where one does: it is about what that looked at.
    """

    predicate_type: str
    predicate: bytes
    kept: bytes = b""
    scan: Scan | None = None


def recognise(data: bytes, predicate_type: str | None = None) -> Document:
    """Tell what a document is, and see that it is whole.

    Args:
        data: The document.
        predicate_type: What whoever gives it says that it is; None to look.

    Raises:
        UnrecognisedError: It is none of the documents known here, or has not the shape of one.
    """
    if is_xml(data):
        return _junit(data, predicate_type)
    tree = _read(data)
    if is_rego(tree) and predicate_type in {None, TEST_RESULT}:
        return _rego(tree, data)
    if not isinstance(tree, dict):
        raise UnrecognisedError("the predicate is not a mapping")
    scan = _scan(tree) if predicate_type in {None, VULNERABILITIES_02} else None
    if scan is not None:
        return scanned(scan, data)
    found = _type_of(tree) if predicate_type is None else predicate_type
    if fault := shape_fault(found, tree):
        raise UnrecognisedError(f"as {found} it is not whole: {fault}")
    return Document(predicate_type=found, predicate=data)


def _junit(data: bytes, predicate_type: str | None) -> Document:
    if predicate_type not in {None, TEST_RESULT}:
        raise UnrecognisedError(f"it is XML, which can be attested as {TEST_RESULT} only")
    try:
        predicate = read_junit(data)
    except JUnitError as error:
        raise UnrecognisedError(f"as JUnit it cannot be read: {error}") from error
    return Document(predicate_type=TEST_RESULT, predicate=canonical_bytes(predicate), kept=data)


def _rego(tree: object, data: bytes) -> Document:
    try:
        predicate = read_rego(tree, data)
    except RegoError as error:
        raise UnrecognisedError(
            f"as what OPA or Conftest prints it does not count: {error}"
        ) from error
    return Document(predicate_type=TEST_RESULT, predicate=canonical_bytes(predicate), kept=data)


def scanned(scan: Scan, data: bytes, *, open_: Iterable[str] = ()) -> Document:
    """Write what a scanner printed as a predicate.

    Args:
        scan: What it says.
        data: What it printed.
        open_: Why it may not be about all that it is said to be about.

    Raises:
        UnrecognisedError: What comes of it is not whole.
    """
    document = f"sha256:{sha256(data).hexdigest()}"
    predicate = predicate_of(scan, document=document, open_=open_)
    if fault := shape_fault(VULNERABILITIES_02, predicate):
        raise UnrecognisedError(f"as a scan of {scan.tool} it is not whole: {fault}")
    return Document(
        predicate_type=VULNERABILITIES_02,
        predicate=canonical_bytes(predicate),
        kept=data,
        scan=scan,
    )


def _scan(tree: Mapping[str, Any]) -> Scan | None:
    try:
        return read_scan(tree)
    except ScanError as error:
        raise UnrecognisedError(str(error)) from error


def _read(data: bytes) -> object:
    try:
        tree = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise UnrecognisedError(f"the predicate cannot be read: {error}") from error
    if isinstance(tree, dict) and "_type" in tree and "predicateType" in tree:
        raise UnrecognisedError("it is a whole statement: give its predicate, or a signed bundle")
    return tree


def _type_of(tree: Mapping[str, Any]) -> str:
    context = tree.get("@context")
    if isinstance(context, str) and family(context) == OPENVEX:
        return OPENVEX
    for members, predicate_type in _TELLING:
        if members <= tree.keys():
            return predicate_type
    raise UnrecognisedError(f"it is not one of {KNOWN}: say what it is by --type")


_TELLING: Final = (
    ({"bomFormat", "specVersion"}, SBOM),
    ({"spdxVersion"}, SPDX),
    ({"@context", "@graph"}, SPDX),
    ({"runs", "version"}, SARIF),
    ({"buildDefinition", "runDetails"}, PROVENANCE),
    ({"verificationResult", "verifier"}, VSA),
    ({"scanner", "metadata"}, VULNERABILITIES_02),
    ({"result", "configuration"}, TEST_RESULT),
    ({"from", "model", "version"}, IMPORT),
)
"""Members that tell what a document is."""
