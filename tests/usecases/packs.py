"""Packs of promotions, and what an attacker makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.usecases.promoted import FIRST
from weighbridge.ledger.proof import read_proof
from weighbridge.model.event import Kind, read_event
from weighbridge.packing.evidence_pack import evidence_name, proofs_in, read_pack, write_pack
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from weighbridge.model.pack import PackVerification

PRODUCTION = "production"
SINGLE = {
    "manifest.json",
    "decision.json",
    "policy.json",
    "environment.json",
    "trust.json",
    "outcome.json",
    "checkpoint",
    "report.html",
    "controls.json",
}


def exported(promoted: Promoted, name: str = FIRST, environment: str = PRODUCTION) -> bytes:
    return export_pack(promoted.digest(name), environment, registry=promoted.registry)


def judged(promoted: Promoted, pack: bytes) -> PackVerification:
    return verify_pack(pack, log_key=promoted.registry.log_key)


def edited(pack: bytes, **changes: bytes | None) -> bytes:
    """Change papers by name (None: take it away) and make the index anew, as an attacker would."""
    papers, about = read_pack(pack)
    kept = {name: data for name, data in {**papers, **changes}.items() if data is not None}
    return write_pack(kept, about=about)


def complaints(found: PackVerification) -> list[str]:
    assert not found.ok
    return [f"{problem.code} {problem.subject}: {problem.message}" for problem in found.problems]


def events(pack: bytes) -> dict[int, Any]:
    proofs = proofs_in(read_pack(pack)[0])
    return {index: read_event(read_proof(data).extra) for index, data in sorted(proofs.items())}


def entry_of(pack: bytes, kind: Kind) -> int:
    return next(index for index, event in events(pack).items() if event.kind is kind)


def bundle_name(pack: bytes, index: int) -> str:
    return evidence_name(events(pack)[index].body["bundle"])
