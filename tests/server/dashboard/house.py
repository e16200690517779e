"""A second version of the stories' policy, an environment that observes, and an hour for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

STRICTER = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: house, version: "2", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 7d, signedBy: {role: checker}, noneAbove: warning, grace: 14d}
    - type: provenance
      when: 'has(release.spec.build)'
      signedBy: {role: builder}
      effectiveOn: "2026-04-01T00:00:00Z"
  approvals:
    - {when: 'environment.metadata.name == "production"', min: 2, roles: [ml-lead]}
    - {min: 1, roles: [ml-lead, security], validFor: 30d, risk: medium}
    - {min: 1, roles: [security]}
  waivers:
    - {rules: [SEC001, DEP005], roles: [ml-lead], longest: 30d}
  conditions:
    - id: card-sealed
      title: There is a model card, <b>sealed</b>
      expr: 'has(release.spec.card) && has(release.spec.card.digest)'
      message: '"there is no sealed model card"'
      severity: warn
      tests:
        pass:
          - release: {spec: {card: {path: README.md, digest: "sha256:9f86"}}}
        fail:
          - release: {spec: {card: {path: README.md}}}
  exceptions:
    - conditions: [card-sealed]
      environments: [shadow]
      severity: "off"
      expiresOn: "2026-06-01T00:00:00Z"
      reason: it is being written
  rollbackPolicy: {allow: previously-promoted, hold: true}
"""
SHADOW = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: shadow}
spec:
  policy: house@2
  enforcement: observe
  roles: {approvers: [ml-lead], breakGlass: [ml-lead]}
  windows: [{rrule: "FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9", duration: 8h, timezone: Europe/Berlin}]
  target: {kind: local, version: "1", options: {command: "{python} serve.py --port {port}"}}
"""


def publish(story: Promoted, text: str = STRICTER) -> None:
    """Have owners publish a policy."""
    path = story.folder / "stricter.yaml"
    path.write_text(text, encoding="utf-8")
    bundle = load_policy(path, rule_set=rule_set()).bundle
    story.registry.blobs.put(bundle_bytes(bundle))
    story.owners(publication(bundle))


def apply(story: Promoted, text: str = SHADOW) -> None:
    """Have owners apply an environment."""
    path = story.folder / "place.yaml"
    path.write_text(text, encoding="utf-8")
    applied = application(*load_environment(path), story.registry)
    story.registry.blobs.put(applied.record)
    story.owners(applied.change)
