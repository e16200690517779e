"""Whether a case is what its digests say; nothing else in it is worth reading if it is not.

What guards (an expiry, a revocation, a demand of the policy) guards by being there. Whoever could
take it away would have to take its digest along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import NotCanonicalError, canonical_bytes, digest
from weighbridge.codec.sections import depended_sections
from weighbridge.codec.versions import refusal
from weighbridge.gate.signed import unsound
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.trust import snapshot_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case

ID = "case-intact"


def judge_integrity(case: Case) -> Judged:
    """Compare a case with its digests, and what was said in it with who is trusted."""
    pairs = {
        "policy": (bundle_digest(case.bundle), case.bundle_digest),
        "policy of the environment": (case.bundle_digest, _pinned(case.environment)),
        "environment": (_digest(case.environment), case.environment_digest),
        "trust": (snapshot_digest(case.trust), case.trust_digest),
        "manifest": (_digest(case.manifest), case.release),
    }
    held = (("lock", case.locks), ("document", case.documents), ("rule pack", case.packs))
    for kind, found in held:
        pairs |= {f"{kind} {wanted}": (digest(data), wanted) for wanted, data in found.items()}
    compared = (
        ("the release now there", case.serving, case.serving_manifest),
        ("the release promoted before", case.preceding, case.preceding_manifest),
        *((release, release, manifest) for release, manifest in case.past.items()),
    )
    for named, release, manifest in compared:
        if manifest is not None:
            pairs[f"manifest of {named}"] = (_digest(manifest), release)
    wrong = [name for name, (seen, wanted) in pairs.items() if not seen or seen != wanted]
    if wrong:
        return _broken(
            f"{', '.join(wrong)} changed since it was signed",
            seen=", ".join(pairs[name][0] or "nothing" for name in wrong),
            wanted=", ".join(pairs[name][1] or "nothing" for name in wrong),
        )
    refused = refusal(str(case.manifest.get("apiVersion")))
    if refused is not None:
        return _broken(f"of the manifest, {refused.message}", wanted=refused.help)
    if _reuses(case) and dict(case.sections) != depended_sections(case.manifest):
        return _broken("the digests of the sections are not those of the manifest")
    if why := unsound(case):
        return _broken(why)
    return Judged(id=ID, outcome=Outcome.MET, why="everything is what it was")


def _reuses(case: Case) -> bool:
    """Tell whether anything could be taken over from other releases, by sections that are equal."""
    return any(case.release not in one.subjects for one in case.evidence)


def _broken(why: str, *, seen: str = "", wanted: str = "") -> Judged:
    return Judged(
        id=ID,
        outcome=Outcome.UNMET,
        why=why,
        seen=seen,
        wanted=wanted,
        remedy=("weighbridge log verify --deep",),
    )


def _pinned(environment: Mapping[str, object]) -> str:
    """Return the digest of the policy an environment is pinned to, or empty."""
    found = environment.get(POLICY_DIGEST)
    return found if isinstance(found, str) else ""


def _digest(tree: Mapping[str, object]) -> str:
    """Digest plain values; what has no canonical form has no digest."""
    try:
        return digest(canonical_bytes(tree))
    except NotCanonicalError:
        return ""
