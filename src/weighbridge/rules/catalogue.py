"""The catalogue: every rule this version judges with, in the order of their codes.

Rules are imported by name; none is found by looking into folders.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.model.retirement import Reserved
from weighbridge.rules.compatibility import (
    cuda_mismatch,
    format_version,
    image_architecture,
    memory_budget,
    native_libc_floor,
    no_wheel_for_target,
    orchestrator_version,
    python_out_of_range,
    signature_break,
    unvalidated_target,
)
from weighbridge.rules.configuration import (
    artifact_role_mismatch,
    cross_release_contamination,
    external_service_without_fallback,
    implicit_default,
    inline_secret,
    rollout_inconsistent,
    setting_without_effect,
    todo_left,
    undeclared_metric,
    undocumented_parameter,
    value_out_of_range,
)
from weighbridge.rules.dependencies import (
    baseline_drift,
    deprecated_or_end_of_life,
    dev_dependency_in_runtime,
    known_vulnerability,
    license_not_allowed,
    lock_drift,
    malicious_package,
    missing_hash,
    sbom_inconsistent,
    source_not_allowed,
    stale_advisory_data,
    undeclared_or_unused_import,
    unexpected_transitive,
    unpinned_dependency,
    unpinned_os_package,
    unsatisfiable,
    yanked_or_quarantined,
)
from weighbridge.rules.governance import (
    approvals_insufficient,
    card_missing,
    lineage_gap,
    owner_missing,
    risk_lowered,
    separation_of_duties,
    unusual_change,
    waiver_expired_or_unused,
)
from weighbridge.rules.integrity import (
    corrupt_artifact,
    digest_mismatch,
    image_digest_mismatch,
    missing_file,
    mutable_reference,
    path_escape,
    signature_missing_or_invalid,
    tampered_environment,
    unlisted_file,
    untrusted_signer,
    wheel_record_mismatch,
)
from weighbridge.rules.reproducibility import (
    dead_input,
    dirty_source,
    environment_parity,
    golden_output_mismatch,
    metric_floor,
    network_in_build,
    nondeterministic,
    performance_constraint_missed,
    provenance_incomplete,
    replay_differs,
    undeclared_input,
)
from weighbridge.rules.security import (
    archive_attack,
    behaviour_when_loaded,
    embedded_code,
    embedded_secret,
    encryption_missing,
    external_reference,
    image_hardening,
    pickled_weights,
    polyglot_or_hidden_payload,
    secret_rotation_overdue,
    start_up_hook,
    template_injection,
    unsafe_deserialisation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.retirement import Retired
    from weighbridge.rules.interface import GateRule, Rule

RULES: tuple[Rule[Any], ...] = (
    value_out_of_range.RULE,
    undocumented_parameter.RULE,
    implicit_default.RULE,
    inline_secret.RULE,
    rollout_inconsistent.RULE,
    undeclared_metric.RULE,
    external_service_without_fallback.RULE,
    cross_release_contamination.RULE,
    todo_left.RULE,
    artifact_role_mismatch.RULE,
    setting_without_effect.RULE,
    no_wheel_for_target.RULE,
    python_out_of_range.RULE,
    cuda_mismatch.RULE,
    memory_budget.RULE,
    image_architecture.RULE,
    orchestrator_version.RULE,
    format_version.RULE,
    native_libc_floor.RULE,
    unpinned_dependency.RULE,
    missing_hash.RULE,
    lock_drift.RULE,
    unsatisfiable.RULE,
    known_vulnerability.RULE,
    malicious_package.RULE,
    deprecated_or_end_of_life.RULE,
    yanked_or_quarantined.RULE,
    source_not_allowed.RULE,
    dev_dependency_in_runtime.RULE,
    license_not_allowed.RULE,
    unpinned_os_package.RULE,
    undeclared_or_unused_import.RULE,
    stale_advisory_data.RULE,
    sbom_inconsistent.RULE,
    owner_missing.RULE,
    lineage_gap.RULE,
    card_missing.RULE,
    digest_mismatch.RULE,
    missing_file.RULE,
    unlisted_file.RULE,
    mutable_reference.RULE,
    corrupt_artifact.RULE,
    path_escape.RULE,
    wheel_record_mismatch.RULE,
    image_digest_mismatch.RULE,
    tampered_environment.RULE,
    provenance_incomplete.RULE,
    dirty_source.RULE,
    undeclared_input.RULE,
    dead_input.RULE,
    network_in_build.RULE,
    unsafe_deserialisation.RULE,
    archive_attack.RULE,
    embedded_code.RULE,
    template_injection.RULE,
    embedded_secret.RULE,
    start_up_hook.RULE,
    external_reference.RULE,
    image_hardening.RULE,
    polyglot_or_hidden_payload.RULE,
    encryption_missing.RULE,
    secret_rotation_overdue.RULE,
    behaviour_when_loaded.RULE,
    pickled_weights.RULE,
)

GATE_RULES: tuple[GateRule, ...] = (
    unvalidated_target.GATE_RULE,
    signature_break.GATE_RULE,
    baseline_drift.GATE_RULE,
    unexpected_transitive.GATE_RULE,
    approvals_insufficient.GATE_RULE,
    waiver_expired_or_unused.GATE_RULE,
    unusual_change.GATE_RULE,
    separation_of_duties.GATE_RULE,
    risk_lowered.GATE_RULE,
    signature_missing_or_invalid.GATE_RULE,
    untrusted_signer.GATE_RULE,
    replay_differs.GATE_RULE,
    nondeterministic.GATE_RULE,
    golden_output_mismatch.GATE_RULE,
    performance_constraint_missed.GATE_RULE,
    environment_parity.GATE_RULE,
    metric_floor.GATE_RULE,
)
"""Rules no check asks, in the order of their codes: the gate, `verify` or `try` judges them."""

EXPLAINED: tuple[Rule[Any] | GateRule, ...] = (*RULES, *GATE_RULES)
"""Rules there is something to be said of, whoever judges them."""

RETIRED: Mapping[str, Retired] = {}
"""Codes that once were rules, with what became of them; none is ever given out again."""

RESERVED: Mapping[str, Reserved] = {
    "INT007": Reserved(
        name="provenance-missing",
        purpose="nobody signed how the release was built, or of something else",
        until="the condition `evidence:provenance`, and INT005 for what is about something else",
    ),
    "INT012": Reserved(
        name="seal-broken",
        purpose="the stored bytes of a manifest are not those of its release digest",
        until="WB132 of whatever reads them, which then judges nothing",
    ),
}
"""Codes that stand where rules are spoken of (the table of `diff`), and that nobody asks yet."""

SECTIONS = ("What it checks", "Why it matters", "How to fix", "Example", "References")
"""The titles every rule's text has, in this order."""

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def rule(code: str) -> Rule[Any] | None:
    """Find a rule of `check` by its code."""
    return next((found for found in RULES if found.code == code), None)


def explained(code: str) -> Rule[Any] | GateRule | None:
    """Find a rule by its code, whoever judges it."""
    return next((found for found in EXPLAINED if found.code == code), None)


def summary(rule: Rule[Any] | GateRule) -> str:
    """Return the sentence that says what a failure means."""
    return rule.text.strip().partition("\n")[0]


def sections(rule: Rule[Any] | GateRule) -> dict[str, str]:
    """Split a rule's text into its sections, by title and in their order (Markdown)."""
    _, *parts = _HEADING.split(rule.text)
    return {
        title: body.strip("\n").rstrip()
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    }
