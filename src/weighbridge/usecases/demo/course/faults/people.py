"""Faults of what people do: lessons 5 to 8. Nothing is planted, the reader does them."""

from __future__ import annotations

from weighbridge.usecases.demo.course.faults.fault import Fault

SIGNING = (
    Fault(
        name="one-key-two-owners",
        lesson=5,
        codes=("one key is named twice",),
        told="One key is to be two owners.",
        by="registry init",
    ),
    Fault(
        name="wrong-role",
        lesson=5,
        codes=("WB170", "wrong-role"),
        told="A builder signs the report that checks his own release.",
        by="check --sign",
    ),
    Fault(
        name="changed-since",
        lesson=5,
        codes=("INT001",),
        told="A file differs from the release that was signed.",
        by="verify",
    ),
    Fault(
        name="two-keys-one-person",
        lesson=5,
        codes=("INT005",),
        told="Two keys of one person are to be two signers.",
        by="verify",
    ),
    Fault(
        name="revoked-key",
        lesson=5,
        codes=("INT006", "revoked"),
        told="A signature was made by a key that was stolen before.",
        by="verify",
    ),
)
"""Of the lesson on keys and evidence."""

GATE = (
    Fault(
        name="self-approval",
        lesson=6,
        codes=("WB170", "own-approval"),
        told="Who asks for a promotion approves it himself.",
        by="approve",
    ),
    Fault(
        name="void-approvals",
        lesson=6,
        codes=("GOV002", "given before the outcome changed"),
        told="The approvals are for what was known before.",
        by="promote",
    ),
    Fault(
        name="waiver-too-long",
        lesson=6,
        codes=("WB170", "it lasts longer than the policy lets it"),
        told="A finding is waived for longer than the owners let anybody.",
        by="waive",
    ),
    Fault(
        name="waiver-over",
        lesson=6,
        codes=("allowed -> denied",),
        told="A waiver ends, and the finding is still there.",
        by="policy what-if",
    ),
)
"""Of the lesson on the gate."""

PLACES = (
    Fault(
        name="drift",
        lesson=7,
        codes=("drift", "not at parity"),
        told="Staging runs with another parameter than production.",
        by="parity",
    ),
    Fault(
        name="no-way-back-to-there",
        lesson=7,
        codes=("not-left",),
        told="The way back leads to what was just left.",
        by="rollback",
    ),
    Fault(
        name="held",
        lesson=7,
        codes=("not-held",),
        told="Somebody wants to go on before it is said why that is safe.",
        by="promote",
    ),
)
"""Of the lesson on places."""

AUDIT = (
    Fault(
        name="changed-pack",
        lesson=8,
        codes=("WB137",),
        told="A byte of the evidence was changed on its way.",
        by="evidence verify",
    ),
    Fault(
        name="rewritten-entry",
        lesson=8,
        codes=("WB135",),
        told="Somebody put another name into an entry of the ledger.",
        by="log verify",
    ),
    Fault(
        name="older-copy",
        lesson=8,
        codes=("WB135", "entries are gone"),
        told="The registry was put back to what it was yesterday.",
        by="log verify --since",
    ),
)
"""Of the lesson for auditors."""
