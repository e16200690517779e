"""Faults of the manifest: lesson 2."""

from __future__ import annotations

from weighbridge.usecases.demo.course.faults.fault import Fault, Replaced, in_manifest

PAPERS = (
    Fault(
        name="owner-unknown",
        lesson=2,
        codes=("CFG009", "GOV001"),
        told="Nobody is named who answers for the release.",
        edits=(in_manifest("team: sorting-hall\n", "team: TODO\n"),),
    ),
    Fault(
        name="out-of-range",
        lesson=2,
        codes=("CFG001",),
        told="A parameter lies above its own maximum.",
        edits=(in_manifest("value: 30\n", "value: 300\n"),),
    ),
    Fault(
        name="undescribed",
        lesson=2,
        codes=("CFG002",),
        told="A parameter does not say what it does.",
        edits=(in_manifest("      description: Heavier parcels go by hand\n", ""),),
    ),
    Fault(
        name="no-value",
        lesson=2,
        codes=("CFG003",),
        told="A parameter has a default and no value.",
        edits=(in_manifest("value: 8\n", "default: 8\n"),),
    ),
    Fault(
        name="inline-credential",
        lesson=2,
        codes=("CFG004",),
        told="A password stands in the manifest.",
        edits=(
            in_manifest(
                "    resources:\n",
                '    system: {env: {SCALE_PASSWORD: "Vk3qLm8ZtR2x"}}\n    resources:\n',
            ),
        ),
    ),
    Fault(
        name="dead-alert",
        lesson=2,
        codes=("CFG006",),
        told="An alert reads a metric that nobody publishes.",
        edits=(in_manifest("increase(scale_errors_total{", "increase(scale_error_total{"),),
    ),
    Fault(
        name="no-way-back",
        lesson=2,
        codes=("CFG005",),
        told="What is to start a rollback is declared nowhere.",
        edits=(in_manifest("automaticOn: [misrouted]", "automaticOn: [missorted]"),),
    ),
    Fault(
        name="other-release",
        lesson=2,
        codes=("CFG008",),
        told="The rollout watches the release that the manifest was copied from.",
        edits=(
            in_manifest(
                'sum(rate(parcels_misrouted_total{release="$release"}[5m]))',
                'sum(rate(parcels_misrouted_total{release="letter-sorter"}[5m]))',
            ),
        ),
    ),
    Fault(
        name="no-fallback",
        lesson=2,
        codes=("CFG007",),
        told="Nobody decided what happens when the scale does not answer.",
        edits=(in_manifest("    fallback: by-hand\n", ""),),
    ),
    Fault(
        name="unlicensed-data",
        lesson=2,
        codes=("GOV006",),
        told="The parcels it learned from have no licence.",
        edits=(in_manifest("      license: CC0-1.0\n", ""),),
    ),
    Fault(
        name="uncommitted",
        lesson=2,
        codes=("REP004",),
        told="The training was changed and not committed.",
        edits=(Replaced("train.py", "len(rows) * 4 // 5", "len(rows) * 9 // 10"),),
        after_commit=True,
    ),
)
"""Of the lesson that writes the papers."""
