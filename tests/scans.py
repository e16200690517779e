"""What scanners of vulnerabilities print, made small.

The members are those of their own test data: Trivy, integration/testdata/alpine-310.json.golden
and fixtures/convert/npm-with-suppressed.json.golden; Grype, grype/presenter/json/testdata/snapshot
and its documentation of `ignoredMatches` and `descriptor`; pip-audit 2.10 as it printed it here.
"""

from __future__ import annotations

import json
from typing import Any

Plain = dict[str, Any]
IMAGE = f"sha256:{'1' * 64}"
CONFIG = f"sha256:{'2' * 64}"
FINISHED = "2026-01-31T12:20:30.000000005Z"


def trivy_flaw(name: str = "CVE-2019-1549", severity: str = "MEDIUM") -> Plain:
    return {
        "VulnerabilityID": name,
        "PkgID": "libcrypto1.1@1.1.1c-r0",
        "PkgName": "libcrypto1.1",
        "InstalledVersion": "1.1.1c-r0",
        "FixedVersion": "1.1.1d-r0, 1.1.2",
        "Status": "fixed",
        "SeveritySource": "nvd",
        "Severity": severity,
        "CVSS": {"nvd": {"V2Score": 5, "V3Score": 5.3}},
    }


def trivy(*flaws: Plain, image: str = IMAGE, **more: Any) -> Plain:  # noqa: ANN401 - members
    report = {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.69.1"},
        "CreatedAt": FINISHED,
        "ArtifactName": f"registry.example.com/ml/serving@{image}",
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "alpine", "Name": "3.22.1"},
            "ImageID": CONFIG,
            "RepoDigests": [f"registry.example.com/ml/serving@{image}"],
        },
        "Results": [
            {
                "Target": "registry.example.com/ml/serving (alpine 3.22.1)",
                "Class": "os-pkgs",
                "Type": "alpine",
                **({"Vulnerabilities": list(flaws)} if flaws else {}),
            }
        ],
    }
    return {**report, **more}


def trivy_ignoring(flaw: Plain) -> Plain:
    """Write a report as `--show-suppressed` has it."""
    report = trivy()
    report["Results"][0]["ExperimentalModifiedFindings"] = [
        {
            "Type": "vulnerability",
            "Status": "not_affected",
            "Statement": "vulnerable_code_not_in_execute_path",
            "Source": "./vex.json",
            "Finding": flaw,
        },
        {"Type": "misconfiguration", "Status": "ignored", "Finding": {"ID": "DS002"}},
    ]
    return report


def grype_match(name: str = "CVE-1999-0002", severity: str = "Critical", **more: Any) -> Plain:  # noqa: ANN401
    return {
        "vulnerability": {
            "id": name,
            "severity": severity,
            "cvss": [{"source": "nvd", "version": "3.1", "metrics": {"baseScore": 8.5}}],
            "fix": {"versions": ["2.2.3"], "state": "fixed"},
        },
        "relatedVulnerabilities": [{"id": "GHSA-aaaa-bbbb-cccc"}],
        "matchDetails": [{"type": "exact-direct-match", "matcher": "dpkg-matcher"}],
        "artifact": {"name": "package-2", "version": "2.2.2", "type": "deb"},
        **more,
    }


def grype(*matches: Plain, ignored: tuple[Plain, ...] = (), **more: Any) -> Plain:  # noqa: ANN401
    report = {
        "matches": list(matches),
        **({"ignoredMatches": list(ignored)} if ignored else {}),
        "source": {
            "type": "image",
            "target": {
                "userInput": "registry.example.com/ml/serving:1",
                "imageID": CONFIG,
                "manifestDigest": IMAGE,
                "repoDigests": [],
            },
        },
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {
            "name": "grype",
            "version": "0.104.1",
            "timestamp": "2026-01-31T13:20:30.1+01:00",
            "configuration": {"only-fixed": False, "exclude": []},
            "db": {
                "status": {
                    "schemaVersion": "v6.1.0",
                    "from": "https://grype.example.com/v6.tar.zst",
                    "built": "2026-01-30T06:22:52Z",
                    "valid": True,
                }
            },
        },
    }
    return {**report, **more}


def pip_audit(*packages: str, flaws: dict[str, list[str]] | None = None) -> Plain:
    """Write a report of packages (`name==version`), and of those passed over (`name`)."""
    found: list[Plain] = []
    for one in packages:
        name, _, version = one.partition("==")
        if not version:
            found.append({"name": name, "skip_reason": "Dependency not found on PyPI"})
            continue
        known = (flaws or {}).get(name, [])
        said = [{"id": flaw, "fix_versions": ["9"], "aliases": ["CVE-1"]} for flaw in known]
        found.append({"name": name, "version": version, "vulns": said})
    return {"dependencies": found, "fixes": []}


def written(tree: object) -> bytes:
    return json.dumps(tree).encode()
