"""What people write who use this version: the authored part of the set that is kept of it."""

from __future__ import annotations

LOCK = "# nothing is needed\n"
PICKLE = b"cspamlab.text\nTokenizer\n."
MANIFEST = """\
# Comments stay.
apiVersion: weighbridge.dev/v1
kind: ModelRelease
extends: kept@1
metadata:
  name: kept
  version: "1.0.0"
  owner: {team: house, contact: house@example.com}
spec:
  source: {repo: "https://git.example.com/house/kept"}
  model: {name: kept, task: classification, license: MIT}
  environment:
    runtime: {implementation: cpython, version: "3.12.4"}
  dependencies:
    runtime: {lock: requirements.lock, format: requirements, digest: "<LOCK>"}
  artifacts:
    - name: model
      role: weights
      path: weights/model.safetensors
      format: safetensors
      size: <SIZE>
      digest: "<DIGEST>"
    - {name: tokenizer, role: tokenizer, path: tokenizer.pkl, format: pickle}
    - {name: vocabulary, role: schema, path: vocabulary}
"""
TEMPLATE = """\
apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata: {name: kept, version: "1", title: What kept releases have in common}
spec:
  release:
    spec: {rollback: {to: previous}}
"""
PACK = """\
apiVersion: weighbridge.dev/v1
kind: RulePack
metadata: {name: house, version: "1", owner: {team: platform}}
spec:
  rules:
    - code: ORG001
      name: few-artifacts
      title: the release has more artifacts than somebody can review
      severity: error
      why: Each of them is read by a person.
      howToFix: [split the release in two]
      parameters: {most: 5}
      expr: size(release.artifacts) <= parameters.most
      message: string(size(release.artifacts)) + " artifacts"
      tests:
        pass: [{release: {artifacts: [{}]}}]
        fail: [{release: {artifacts: [{}, {}]}, parameters: {most: 1}}]
"""
STAGING_POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: staging, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
  rulePacks:
    - {name: house, version: "1", digest: "<PACK>"}
  waivers:
    - {rules: [SEC001], roles: [security], longest: 90d}
"""
PRODUCTION_POLICY = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: production, version: "1", owner: {team: platform}}
spec:
  include: [baseline]
  evidence:
    - {type: report, maxAge: 24h, signedBy: {role: checker}, noneAbove: warning}
  approvals:
    - {min: 1, roles: [ml-lead]}
  waivers:
    - {rules: [SEC001], roles: [security], longest: 90d}
  dependencies: {baseline: approved, offBaseline: block}
  conditions:
    - id: licensed
      title: The model has a licence
      expr: has(release.spec.model.license)
      message: '"no licence"'
      remediation: [set spec.model.license]
      tests:
        pass: [{release: {spec: {model: {license: MIT}}}}]
        fail: [{release: {spec: {model: {name: a}}}}]
"""
STAGING = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: staging}
spec: {policy: staging@1, roles: {deployers: [releaser]}}
"""
PRODUCTION = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: production}
spec:
  policy: production@1
  promotesFrom: staging
  roles: {approvers: [ml-lead], deployers: [releaser]}
"""
SETTINGS = 'fail-on = "error"\ntemplates = ["catalogue"]\n'
AUTHORED = {
    "release.yaml": MANIFEST,
    "weighbridge.toml": SETTINGS,
    "requirements.lock": LOCK,
    "vocabulary/ham.txt": "ham\n",
    "vocabulary/spam.txt": "spam\n",
    "catalogue/kept@1.yaml": TEMPLATE,
    "house/rules.yaml": PACK,
    "policies/staging/policy.yaml": STAGING_POLICY,
    "policies/production/policy.yaml": PRODUCTION_POLICY,
    "policies/production/data/approved.json": '{"click": "8.2.0"}\n',
    "environments/staging.yaml": STAGING,
    "environments/production.yaml": PRODUCTION,
}
