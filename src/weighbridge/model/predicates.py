"""Predicate types of in-toto statements: what may be said of a release, each by its URI.

Sealing, the gate and the reports speak of them, and none of these may know another.
"""

from __future__ import annotations

OURS = "https://weighbridge.dev/v1"
"""The key our own fields stand under inside other people's predicates."""

RELEASE = "https://weighbridge.dev/release/v1"
CONTROL = "https://weighbridge.dev/control/v1"
APPROVAL = "https://weighbridge.dev/approval/v1"
WAIVER = "https://weighbridge.dev/waiver/v1"
REPLAY = "https://weighbridge.dev/replay/v1"
BEHAVIOUR = "https://weighbridge.dev/behaviour/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
VULNERABILITIES = "https://in-toto.io/attestation/vulns/v0.1"
VSA = "https://slsa.dev/verification_summary/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SBOM = "https://cyclonedx.org/bom"
