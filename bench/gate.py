"""What the gate costs: `python bench/gate.py texts|compiled|items COUNT`.

Everything is prepared whatever COUNT is; with 0 that is all. `texts` compiles COUNT conditions and
decides by them over a manifest of 200 KB, `compiled` decides by conditions that were compiled, and
`items` goes through COUNT artifacts by one condition.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.case import Case
from weighbridge.gate.decide import decide
from weighbridge.model.decision import Outcome
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.bundle import DemandedRules, PolicyBundle
from weighbridge.model.report import RuleSet
from weighbridge.model.trust import TrustSnapshot, snapshot_digest
from weighbridge.usecases.programs import program_of

CONDITIONS = 1000
ARTIFACTS = 100_000
PARAMETERS = 1650
"""So many that the manifest is of 200 KB."""


def manifest(parameters: int, artifacts: int) -> dict[str, Any]:
    """Write a manifest as it is sealed."""
    knob = {"kind": "inference", "type": "integer", "description": "one of many knobs there are"}
    return {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "ModelRelease",
        "metadata": {"name": "large", "version": "1", "owner": {"team": "bench"}},
        "spec": {
            "model": {"name": "large", "task": "classification"},
            "parameters": {f"parameter_{at:05}": {**knob, "value": at} for at in range(parameters)},
            "artifacts": [
                {
                    "name": f"a{at:06}",
                    "role": "weights",
                    "path": f"a/{at}",
                    "digest": f"sha256:{at:064}",
                }
                for at in range(artifacts)
            ],
        },
    }


def condition(at: int, expression: str, for_each: str | None = None) -> dict[str, Any]:
    """Write a condition, its texts unlike those of all others."""
    example: dict[str, Any] = {"item": {}} if for_each else {}
    found = {
        "id": f"condition-{at}",
        "title": f"Condition {at} holds",
        "expr": expression,
        "message": f'"condition {at} of " + release.metadata.name + " does not hold"',
        "tests": {"pass": [example], "fail": [example]},
    }
    return {**found, "forEach": for_each} if for_each else found


def bundle_of(conditions: list[dict[str, Any]]) -> PolicyBundle:
    """Make the bundle of a policy with some conditions."""
    policy = {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "PromotionPolicy",
        "metadata": {"name": "bench", "version": "1", "owner": {"team": "bench"}},
        "spec": {"conditions": conditions},
    }
    rules = RuleSet(version="1", digest="sha256:" + "0" * 64)
    return PolicyBundle(
        policy=PromotionPolicy.model_validate(policy),
        included={},
        data={"limit": 1_000_000},
        rules=DemandedRules(name="standard", rule_set=rules, codes=("INT001",)),
    )


def case_of(tree: dict[str, Any], bundle: PolicyBundle) -> Case:
    """Make a case in which everything is what its digests say."""
    pinned = bundle_digest(bundle)
    environment = {"metadata": {"name": "bench"}, "spec": {}, "policyDigest": pinned}
    trust = TrustSnapshot(as_of=1, owners=("ann",), threshold=1)
    return Case(
        environment=environment,
        environment_digest=digest(canonical_bytes(environment)),
        bundle=bundle,
        bundle_digest=pinned,
        release=digest(canonical_bytes(tree)),
        manifest=tree,
        sections=depended_sections(tree),
        evidence=(),
        acts=(),
        trust=trust,
        trust_digest=snapshot_digest(trust),
        now="2026-01-01T00:00:00Z",
        requesters=frozenset(),
    )


def conditions_of(count: int) -> list[dict[str, Any]]:
    """Write conditions about one parameter each."""
    return [
        condition(
            at,
            f'release.spec.parameters["parameter_{at:05}"].value < data.limit'
            f' && release.metadata.name != "name-{at}"',
        )
        for at in range(count)
    ]


def check(case: Case, program: Any, count: int) -> None:  # noqa: ANN401 - see `program_of`
    """Decide, and see to it that every condition was met."""
    judged = decide(case, program).conditions
    met = [one for one in judged if one.id.startswith("condition-") and one.outcome is Outcome.MET]
    if len(met) != count:
        raise SystemExit(f"{len(met)} of {count} conditions are met")


def main(kind: str, count: int) -> None:
    """Prepare, and work unless the count is 0."""
    if kind == "items":
        expression = 'has(item.digest) && item.digest.startsWith("sha256:")'
        bundle = bundle_of([condition(0, expression, "release.artifacts")])
        case = case_of(manifest(1, ARTIFACTS), bundle)
    else:
        bundle = bundle_of(conditions_of(CONDITIONS))
        case = case_of(manifest(PARAMETERS, 1), bundle)
    # The engine is loaded, and set up once, in any case.
    program = program_of(bundle if kind != "texts" else bundle_of(conditions_of(1)))
    if count:
        check(
            case,
            program_of(bundle) if kind == "texts" else program,
            1 if kind == "items" else CONDITIONS,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
