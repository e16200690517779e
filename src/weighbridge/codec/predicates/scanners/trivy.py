"""Trivy's report, schema version 2: `trivy image --format json`.

https://github.com/aquasecurity/trivy, pkg/types/report.go. What it ignores it shows only if it was
asked to (`--show-suppressed`), and what it filters (`--severity`, `--ignore-unfixed`) it never
shows: neither can be told from the report. Of misconfigurations, secrets and licences nothing is
read here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.scanners.scan import Flaw, Scan, ScanError, ordered, short
from weighbridge.codec.predicates.shape import (
    ShapeError,
    boolean,
    integer,
    list_of,
    mapping,
    record,
    text,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION: Final = 2
_PACKAGES: Final = frozenset({"os-pkgs", "lang-pkgs"})
"""Classes of results in which vulnerabilities are looked for."""
_DIGEST: Final = re.compile(r"(?:.*@)?(sha256:[0-9a-f]{64})", re.DOTALL)

_FLAW: Final = record(
    {"VulnerabilityID": word, "PkgName": word},
    {"InstalledVersion": text, "FixedVersion": text, "Severity": text},
    closed=False,
)
_MODIFIED: Final = record(
    {"Type": text, "Finding": mapping}, {"Status": text, "Statement": text}, closed=False
)
_RESULT: Final = record(
    {"Target": text},
    {
        "Class": text,
        "Vulnerabilities": list_of(_FLAW),
        "ExperimentalModifiedFindings": list_of(_MODIFIED),
    },
    closed=False,
)
_REPORT: Final = record(
    {"SchemaVersion": integer, "ArtifactName": text, "ArtifactType": word},
    {
        "CreatedAt": text,
        "Metadata": record(
            {},
            {
                "ImageID": text,
                "OS": record({}, {"EOSL": boolean, "Family": text, "Name": text}, closed=False),
                "RepoDigests": list_of(text),
            },
            closed=False,
        ),
        "Results": list_of(_RESULT),
        "Trivy": record({}, {"Version": text}, closed=False),
    },
    closed=False,
)


def is_trivy(tree: Mapping[str, Any]) -> bool:
    """Tell whether a document is a report of Trivy."""
    return {"SchemaVersion", "ArtifactName", "ArtifactType"} <= tree.keys()


def read_trivy(tree: Mapping[str, Any]) -> Scan:
    """Read a report.

    Raises:
        ScanError: It is none, or of another version.
    """
    try:
        _REPORT(tree, ())
    except ShapeError as error:
        raise ScanError(str(error)) from error
    if tree["SchemaVersion"] != _VERSION:
        raise ScanError(f"its SchemaVersion is {tree['SchemaVersion']}, not {_VERSION}")
    return Scan(
        tool="trivy",
        uri="pkg:github/aquasecurity/trivy",
        about=short(tree["ArtifactName"]),
        version=short((tree.get("Trivy") or {}).get("Version")),
        finished=str(tree.get("CreatedAt") or ""),
        flaws=ordered(_flaws(tree)),
        open=tuple(_open(tree)),
        digests=tuple(dict.fromkeys(_digests(tree))),
    )


def _digests(tree: Mapping[str, Any]) -> Iterator[str]:
    """List the digests it reckoned itself; `ArtifactName` is whatever somebody typed."""
    said = tree.get("Metadata") or {}
    for one in (*(said.get("RepoDigests") or ()), said.get("ImageID")):
        found = _DIGEST.fullmatch(one or "")
        if found:
            yield found[1]


def _flaws(tree: Mapping[str, Any]) -> Iterator[Flaw]:
    for result in tree.get("Results") or ():
        for one in result.get("Vulnerabilities") or ():
            yield _flaw(one)
        for one in result.get("ExperimentalModifiedFindings") or ():
            if one["Type"] != "vulnerability":
                continue
            try:
                _FLAW(one["Finding"], ("Finding",))
            except ShapeError as error:
                raise ScanError(f"what it was told to ignore cannot be read: {error}") from error
            reasons = filter(None, (one.get("Status"), one.get("Statement")))
            yield _flaw(one["Finding"], short(": ".join(reasons)) or "ignored")


def _flaw(one: Mapping[str, Any], suppressed: str = "") -> Flaw:
    fixed = (each.strip() for each in (one.get("FixedVersion") or "").split(","))
    return Flaw(
        id=one["VulnerabilityID"],
        package=one["PkgName"],
        version=short(one.get("InstalledVersion")),
        score=short(one.get("Severity")) or "UNKNOWN",
        fixed=tuple(filter(None, fixed)),
        suppressed=suppressed,
    )


def _open(tree: Mapping[str, Any]) -> Iterator[str]:
    looked = {one.get("Class") for one in tree.get("Results") or ()}
    if looked.isdisjoint(_PACKAGES):
        yield "it found no packages to look at"
    system = (tree.get("Metadata") or {}).get("OS") or {}
    if system.get("EOSL"):
        name = f"{short(system.get('Family'))} {short(system.get('Name'))}".strip()
        yield f"flaws of {name or 'its system'} are published no longer"
