"""Example documents of the standards, as their own pages show them, cut to what matters.

Sources: https://github.com/in-toto/attestation/tree/main/spec/predicates (test-result, vulns,
cyclonedx, spdx), https://slsa.dev/spec/v1.1/provenance, https://slsa.dev/spec/v1.1/verification_summary,
https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md, https://docs.oasis-open.org/sarif/sarif/v2.1.0,
https://spdx.github.io/spdx-spec/v2.3/document-creation-information/.
"""

from __future__ import annotations

import json
from typing import Any

Plain = dict[str, Any]

PROVENANCE: Plain = json.loads("""{
  "buildDefinition": {
    "buildType": "https://actions.github.io/buildtypes/workflow/v1",
    "externalParameters": {
      "workflow": {
        "ref": "refs/heads/main",
        "repository": "https://github.com/octocat/hello-world",
        "path": ".github/workflows/release.yml"
      }
    },
    "internalParameters": {"github": {"event_name": "workflow_dispatch"}},
    "resolvedDependencies": [{
      "uri": "git+https://github.com/octocat/hello-world@refs/heads/main",
      "digest": {"gitCommit": "c27d339ee6075c1f744c5d4b200f7901aad2c369"}
    }]
  },
  "runDetails": {
    "builder": {"id": "https://github.com/actions/runner/github-hosted"},
    "metadata": {
      "invocationId": "https://github.com/octocat/hello-world/actions/runs/1536140711/attempts/1",
      "startedOn": "2023-01-01T12:34:56Z"
    }
  }
}""")
SUMMARY: Plain = json.loads("""{
  "verifier": {"id": "https://example.com/publication_verifier",
               "version": {"slsa-verifier-linux-amd64": "v2.3.0"}},
  "timeVerified": "1985-04-12T23:20:50.52Z",
  "resourceUri": "https://example.com/example-1.2.3.tar.gz",
  "policy": {"uri": "https://example.com/example_tarball.policy",
             "digest": {"sha256": "1234abcd"}},
  "inputAttestations": [{"uri": "https://example.com/provenances/example-1.2.3.tar.gz.intoto.jsonl",
                         "digest": {"sha256": "abcd1234"}}],
  "verificationResult": "PASSED",
  "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
  "dependencyLevels": {"SLSA_BUILD_LEVEL_3": 5},
  "slsaVersion": "1.0"
}""")
TEST_RESULT: Plain = json.loads("""{
  "result": "PASSED",
  "configuration": [{
    "name": ".github/workflows/ci.yml",
    "downloadLocation": "https://github.com/in-toto/in-toto/blob/d20ace7/.github/workflows/ci.yml",
    "digest": {"gitBlob": "ebe4add40f63c3c98bc9b32ff1e736f04120b023"}
  }],
  "url": "https://github.com/in-toto/in-toto/actions/runs/4425592351",
  "passedTests": ["build (3.7, ubuntu-latest, py)", "build (3.x, ubuntu-latest, lint)"],
  "warnedTests": [],
  "failedTests": []
}""")
VULNERABILITIES: Plain = json.loads("""{
  "invocation": {"parameters": [], "event_id": "1071875574", "builder.id": "GitHub Actions"},
  "scanner": {
    "uri": "pkg:github/aquasecurity/trivy@244fd47e07d1004f0aed9",
    "version": "0.19.2",
    "db": {"uri": "pkg:github/aquasecurity/trivy-db/commit/4c76bb580b2736d67751410fa4ab66d2b6b9",
           "version": "v1-2021080612", "lastUpdate": "2021-08-06T17:45:50.52Z"},
    "result": [{"id": "CVE-123", "severity": [{"method": "nvd", "score": "medium"},
                                              {"method": "cvss_score", "score": "5.2"}]}]
  },
  "metadata": {"scanStartedOn": "2021-08-06T17:45:50.52Z",
               "scanFinishedOn": "2021-08-06T17:50:50.52Z"}
}""")
CYCLONEDX: Plain = json.loads("""{
  "bomFormat": "CycloneDX",
  "specVersion": "1.4",
  "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "version": 1,
  "components": [{"type": "library", "name": "acme-library", "version": "1.0.0"}]
}""")
SPDX: Plain = json.loads("""{
  "SPDXID": "SPDXRef-DOCUMENT",
  "spdxVersion": "SPDX-2.3",
  "name": "SPDX-Tools-v2.0",
  "dataLicense": "CC0-1.0",
  "documentNamespace": "http://spdx.org/spdxdocs/spdx-example-444504E0-4F89-41D3-9A0C-0305E82C3301",
  "creationInfo": {"created": "2010-01-29T18:30:22Z", "creators": ["Tool: LicenseFind-1.0"]},
  "packages": [{"SPDXID": "SPDXRef-Package", "name": "glibc", "versionInfo": "2.11.1",
                "downloadLocation": "http://ftp.gnu.org/gnu/glibc/glibc-ports-2.15.tar.gz"}]
}""")
OPENVEX: Plain = json.loads("""{
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://openvex.dev/docs/example/vex-9fb3463de1b57",
  "author": "Wolfi J Inkinson",
  "role": "Document Creator",
  "timestamp": "2023-01-08T18:02:03.647787998-06:00",
  "version": 1,
  "statements": [{
    "vulnerability": {"name": "CVE-2014-123456"},
    "products": [{"@id": "pkg:apk/distro/git@2.39.0-r1?arch=armv7"}],
    "status": "fixed"
  }]
}""")
SARIF: Plain = json.loads("""{
  "version": "2.1.0",
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "runs": [{
    "tool": {"driver": {"name": "CodeScanner", "rules": [
      {"id": "CA2101", "defaultConfiguration": {"level": "error"}}, {"id": "CA5350"}]}},
    "invocations": [{"executionSuccessful": true}],
    "results": [{"ruleId": "CA5350", "level": "note", "message": {"text": "Weak."}}]
  }]
}""")
EXAMPLES: dict[str, Plain] = {
    "https://slsa.dev/provenance/v1": PROVENANCE,
    "https://slsa.dev/verification_summary/v1": SUMMARY,
    "https://in-toto.io/attestation/test-result/v0.1": TEST_RESULT,
    "https://in-toto.io/attestation/vulns/v0.1": VULNERABILITIES,
    "https://in-toto.io/attestation/vulns/v0.2": VULNERABILITIES,
    "https://cyclonedx.org/bom/v1.4": CYCLONEDX,
    "https://cyclonedx.org/bom": CYCLONEDX,
    "https://spdx.dev/Document": SPDX,
    "https://spdx.dev/Document/v2.3": SPDX,
    "https://openvex.dev/ns/v0.2.0": OPENVEX,
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0": SARIF,
    "https://docs.pypi.org/attestations/publish/v1": {},
}
