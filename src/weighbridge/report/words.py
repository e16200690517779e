"""What things are called where people read who are not experts; everywhere the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.predicates import (
    BEHAVIOUR,
    DELIVERY,
    DRILL,
    EXPLANATION,
    IMPORT,
    OPENVEX,
    PARITY,
    PROVENANCE,
    PUBLISH,
    RELEASE,
    RENDERING,
    REPLAY,
    SARIF,
    SBOM,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES,
    family,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIDENCE: Final[Mapping[str, str]] = {
    RELEASE: "Its author signed the release",
    TEST_RESULT: "A check of the release, with its result",
    PROVENANCE: "How it was built",
    REPLAY: "It was built again and compared",
    BEHAVIOUR: "How it behaved when it was tried",
    SBOM: "What it is made of",
    VULNERABILITIES: "Known weaknesses of what it is made of",
}
"""What statements are that decisions rest on, by the type of the predicate.

Pages of packs say this: another word is another page, and a pack of before is told to be wrong.
"""
_MORE: Final[Mapping[str, str]] = {
    SPDX: "What it is made of",
    OPENVEX: "Which known weaknesses matter here, and which do not",
    SARIF: "What another tool found",
    PARITY: "Two environments were compared",
    DELIVERY: "How it was brought to where it runs, and how that ended",
    RENDERING: "The files it is delivered with",
    EXPLANATION: "Why two builds of it differ",
    DRILL: "The gate was tried with planted faults",
    VSA: "A decision of a gate",
    IMPORT: "What another registry said of it",
    PUBLISH: "Who published a package of it",
}

ACTS: Final[Mapping[str, str]] = {
    "approve": "approved",
    "withdraw": "took back what was said before",
    "reject": "rejected",
    "hold": "held the environment for this model",
    "lift": "lifted what held it",
    "lift-rejection": "lifted the rejection of another",
    "waive": "answers for findings",
    "request-waiver": "asked that somebody answer for findings",
    "withdraw-waiver": "took back that anybody answers for findings",
    "delegate": "handed the right to approve to",
    "break-glass": "broke the glass",
    "review": "reviewed that the glass was broken",
}
"""What somebody said of a release in an environment."""
CHANGES: Final[Mapping[str, str]] = {
    "key.trust": "trusted the",
    "key.revoke": "revoked the",
    "policy.publish": "published the policy",
    "environment.apply": "set up the environment",
    "data.publish": "published the data",
    "environment.freeze": "froze the environment",
    "environment.unfreeze": "lifted the freeze of the environment",
    "release.block": "blocked",
    "release.unblock": "lifted the block of",
    "rules.publish": "published the rule pack",
}
"""What owners changed."""


def evidence_words(predicate_type: str) -> str:
    """Say what a statement is; one of a type nobody here knows is named by that."""
    known = {**EVIDENCE, **_MORE}
    plain = known.get(predicate_type) or known.get(family(predicate_type))
    return plain or f"A statement of type {predicate_type}"
