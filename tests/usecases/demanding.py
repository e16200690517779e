"""Policies and environments as people write them, to be tested, published and applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  approvals:
    - {min: 1, roles: [ml-lead]}
  conditions:
    - id: known-task
      title: The task is one of ours
      when: 'environment.metadata.name == "production"'
      expr: release.spec.model.task in data.tasks
      message: '"nobody here knows " + release.spec.model.task'
      tests:
        pass:
          - release: {spec: {model: {task: a}}}
            environment: {metadata: {name: production}}
            data: {tasks: [a]}
          - environment: {metadata: {name: staging}}
        fail:
          - release: {spec: {model: {task: b}}}
            environment: {metadata: {name: production}}
            data: {tasks: [a]}
"""
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: staging}
spec:
  policy: house@1
"""
PRODUCTION = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  promotesFrom: staging
  policy: house@1
  roles: {approvers: [ml-lead], deployers: [sre, releaser]}
  soak: 24h
"""


def write_policy(folder: Path, text: str = POLICY, *, tasks: str = '["classification"]') -> Path:
    """Write the folder of a policy."""
    policy = folder / "policy"
    (policy / "data").mkdir(parents=True, exist_ok=True)
    (policy / "policy.yaml").write_text(text)
    (policy / "data/tasks.json").write_text(tasks)
    return policy
