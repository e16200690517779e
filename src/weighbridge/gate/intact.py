"""Whether a case is what its digests say; nothing else in it is worth reading if it is not.

What guards (an expiry, a revocation, a demand of the policy) guards by being there. Whoever could
take it away would have to take its digest along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.trust import snapshot_digest

if TYPE_CHECKING:
    from weighbridge.gate.case import Case


def judge_integrity(case: Case) -> Judged:
    """Compare policy, environment, trust and manifest with their digests."""
    pairs = {
        "policy": (bundle_digest(case.bundle), case.bundle_digest),
        "environment": (digest(canonical_bytes(case.environment)), case.environment_digest),
        "trust": (snapshot_digest(case.trust), case.trust_digest),
        "manifest": (digest(canonical_bytes(case.manifest)), case.release),
    }
    wrong = [name for name, (seen, wanted) in pairs.items() if seen != wanted]
    if not wrong:
        return Judged(id="case-intact", outcome=Outcome.MET, why="everything is what it was")
    return Judged(
        id="case-intact",
        outcome=Outcome.UNMET,
        why=f"{', '.join(wrong)} changed since it was signed",
        seen=", ".join(pairs[name][0] for name in wrong),
        wanted=", ".join(pairs[name][1] for name in wrong),
        remedy=("weighbridge log verify --deep",),
    )
