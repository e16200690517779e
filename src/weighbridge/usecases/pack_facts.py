"""What the papers of a pack say, put so that controls can be held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.approvals import counted
from weighbridge.gate.reuse import about
from weighbridge.packing.evidence_pack import evidence_name, proof_name
from weighbridge.report.controls.interface import Facts, Signed

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.model.pack import Told, Word


def facts_of(told: Told, case: Case) -> Facts:
    """Gather the facts of a promotion that was decided again.

    Args:
        told: What there is to tell of it.
        case: What the gate decided on; its evidence is that of `told`, in the same order.
    """
    said = [one.predicate for one in about(case)]
    approved = {one.entry for one in counted(case, told.decision.outcome_digest)}
    acts = tuple(
        Signed(word=word, path=evidence_name(word.bundle), predicate={}) for word in told.acts
    )
    return Facts(
        told=told,
        manifest=case.today,
        environment=case.environment,
        evidence=tuple(
            Signed(word=word, path=evidence_name(word.bundle), predicate=predicate)
            for word, predicate in zip(told.evidence, said, strict=True)
        ),
        acts=acts,
        approvals=tuple(one for one in acts if one.word.entry in approved),
        control=tuple(map(_owners_act, told.control)),
    )


def _owners_act(word: Word) -> Signed:
    """Point at the entry: it names the bundles of all the owners who signed."""
    return Signed(word=word, path=proof_name(word.entry), predicate={})
