"""Predicate types of in-toto statements: what may be said of a release, each by its URI.

Sealing, the gate and the reports speak of them, and none of these may know another.
"""

from __future__ import annotations

import re

OURS = "https://weighbridge.dev/v1"
"""The key our own fields stand under inside other people's predicates."""

RELEASE = "https://weighbridge.dev/release/v1"
CONTROL = "https://weighbridge.dev/control/v1"
APPROVAL = "https://weighbridge.dev/approval/v1"
WAIVER = "https://weighbridge.dev/waiver/v1"
WAIVER_REQUEST = "https://weighbridge.dev/waiver-request/v1"
WAIVER_WITHDRAWAL = "https://weighbridge.dev/waiver-withdrawal/v1"
DELEGATION = "https://weighbridge.dev/delegation/v1"
REPLAY = "https://weighbridge.dev/replay/v1"
EXPLANATION = "https://weighbridge.dev/explanation/v1"
BEHAVIOUR = "https://weighbridge.dev/behaviour/v1"
PARITY = "https://weighbridge.dev/parity/v1"
DELIVERY = "https://weighbridge.dev/delivery/v1"
DELIVERY_ORDER = "https://weighbridge.dev/delivery-order/v1"
RENDERING = "https://weighbridge.dev/rendering/v1"
DRILL = "https://weighbridge.dev/drill/v1"
IMPORT = "https://weighbridge.dev/import/v1"
"""What another registry said of a model's version when it was imported."""
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
VULNERABILITIES = "https://in-toto.io/attestation/vulns/v0.1"
VULNERABILITIES_02 = "https://in-toto.io/attestation/vulns/v0.2"
VSA = "https://slsa.dev/verification_summary/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SBOM = "https://cyclonedx.org/bom"
SPDX = "https://spdx.dev/Document"
OPENVEX = "https://openvex.dev/ns"
SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0"
PUBLISH = "https://docs.pypi.org/attestations/publish/v1"
"""What PyPI's publishers sign of a file they upload (PEP 740); it says nothing beside that."""

WAIVER_ACTS = {
    WAIVER: "waive",
    WAIVER_REQUEST: "request-waiver",
    WAIVER_WITHDRAWAL: "withdraw-waiver",
}
"""What is said of waivers, by the type of the statement, as entries of the ledger call it."""

_OWN = "https://weighbridge.dev/"
_VERSIONED = re.compile(rf"({'|'.join(map(re.escape, (SBOM, SPDX, OPENVEX)))})/v[0-9][0-9.]*")


def family(predicate_type: str) -> str:
    """Return a type without its version, where others write one type with and without it."""
    found = _VERSIONED.fullmatch(predicate_type)
    return found[1] if found else predicate_type


def is_own(predicate_type: str) -> bool:
    """Tell whether nobody but weighbridge makes statements of a type."""
    return predicate_type.startswith(_OWN)
