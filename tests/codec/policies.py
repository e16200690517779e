"""Policies and environments for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.validating import read_authored
from weighbridge.model.environment import Environment
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.policy import PromotionPolicy

if TYPE_CHECKING:
    from weighbridge.model.authoring.base import Section

POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata:
  name: production
  version: "3"
  owner: {team: platform, contact: platform@example.com}
spec:
  include: [baseline]
  ruleSet: standard
  riskWhen:
    - {risk: high, when: 'release.spec.model.task == "credit-scoring"'}
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning, min: 2}
    - {type: replay, atLeast: predictions-within-tolerance, when: 'release.effectiveRisk == "high"'}
    - {type: "https://example.com/review/v1", inconclusive: allow}
  approvals:
    - {min: 2, roles: [ml-lead, "role:sre"], when: 'release.effectiveRisk == "high"'}
  conditions:
    - id: pinned-images
      title: Every image is pinned by digest
      forEach: release.images
      when: 'environment.metadata.name == "production"'
      expr: has(item.digest)
      message: '"image " + item.ref + " has no digest"'
      remediation: [weighbridge capture --update]
      effectiveOn: "2026-12-01T00:00:00+01:00"
      expiresOn: "2027-12-01T00:00:00Z"
      tests:
        pass: [{item: {ref: a, digest: d}, now: "2026-12-02T00:00:00Z", data: {}, findings: []}]
        fail: [{item: {ref: a}, release: {spec: null}, environment: {}, evidence: [{}]}]
    - id: known-task
      title: The task is one of ours
      expr: release.spec.model.task in data.tasks
      message: '"unknown task"'
      tests: {pass: [{data: {tasks: [a]}}], fail: [{data: {tasks: []}}]}
  targets: {required: all-validated}
  onDeny: {action: request-change}
  rollbackPolicy: {allow: previously-promoted, hold: false}
"""

ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  promotesFrom: staging
  policy: production@3
  roles: {approvers: [ml-lead, "role:sre"], deployers: [platform]}
  windows:
    - {rrule: "FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9,10", duration: 1h, timezone: Europe/Berlin}
  soak: 24h
  enforcement: observe
  target: {kind: argo-rollouts, version: "1.8", namespace: ml, options: {cluster: eu}}
"""

COLLECTION = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: baseline, version: "1", owner: {team: weighbridge}}
spec:
  conditions:
    - id: licence
      title: A licence is stated
      expr: has(release.spec.model.license)
      message: '"no licence"'
      tests:
        pass: [{release: {spec: {model: {license: MIT}}}}]
        fail: [{release: {spec: {model: {}}}}]
"""


def policy_of(text: str) -> PromotionPolicy:
    """Read a policy."""
    return read_authored(text.encode(), "policy.yaml", PromotionPolicy)[0]


def environment_of(text: str) -> Environment:
    """Read an environment."""
    return read_authored(text.encode(), "environment.yaml", Environment)[0]


def faults_of(text: str, kind: type[Section]) -> tuple[Fault, ...]:
    """List the faults of a document of a kind."""
    try:
        read_authored(text.encode(), "f.yaml", kind)
    except DocumentError as error:
        return error.faults
    return ()
