"""Rule packs as people write them, and short ways to publish and demand them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast

ACME = """\
apiVersion: weighbridge.dev/v1
kind: RulePack
metadata: {name: acme, version: "1", owner: {team: platform}}
spec:
  rules:
    - code: ORG001
      name: few-artifacts
      title: the release has more artifacts than somebody can review
      severity: error
      why: Each of them is read by a person.
      howToFix: [split the release in two]
      references: ["https://example.com/handbook/releases"]
      parameters: {max: 5}
      expr: size(release.artifacts) <= parameters.max
      message: >-
        string(size(release.artifacts)) + " artifacts, and "
        + string(parameters.max) + " can be reviewed"
      tests:
        pass:
          - release: {artifacts: [{}]}
        fail:
          - release: {artifacts: [{}, {}]}
            parameters: {max: 1}
    - code: ORG002
      name: weights-format
      title: weights are kept in a format that may hold code
      severity: error
      why: A pickle is a program.
      howToFix: [convert the weights to safetensors or ONNX]
      forEach: release.artifacts
      when: item.role == "weights"
      expr: has(item.format) && item.format in ["onnx", "safetensors"]
      message: item.name + " is not in a format without code"
      tests:
        pass: [{item: {role: weights, name: a, format: onnx}}, {item: {role: card}}]
        fail: [{item: {role: weights, name: a}}]
    - code: ORG003
      name: no-urllib3
      title: a package is locked that we do not use
      severity: warning
      why: It was agreed on.
      howToFix: [use requests]
      forEach: facts.packages
      expr: item.name != "urllib3"
      message: item.name + " is locked in " + item.lock
      tests:
        pass: [{item: {name: numpy, lock: l}}]
        fail: [{item: {name: urllib3, lock: l}}]
"""


def write_pack(folder: Path, text: str = ACME, name: str = "acme") -> Path:
    """Write a pack into a folder of its own."""
    made = folder / name
    made.mkdir(exist_ok=True)
    (made / "rules.yaml").write_text(text, encoding="utf-8")
    return made


def published(cast: Cast, text: str = ACME, name: str = "acme") -> str:
    """Publish a pack; return how it is named where it is loaded."""
    write_pack(cast.folder, text, name)
    said = cast.done("policy", "publish", name, by="ann ben").out
    digest, _, title, *_ = said.split()
    return f"{title.removesuffix(':')}#{digest}"


def policy_with(named: str, parameters: str = "{}", *, more: str = "") -> str:
    """Write the spec of a policy that demands a pack."""
    title, _, digest = named.partition("#")
    name, _, version = title.partition("@")
    return f"""\
  include: [baseline]
  evidence:
    - {{type: report, maxAge: 24h, signedBy: {{role: checker}}, noneAbove: warning}}
  rulePacks:
    - {{name: {name}, version: "{version}", digest: "{digest}", parameters: {parameters}}}
{more}"""


def single(for_each: str, expr: str, wrong: str) -> str:
    """Write a pack of one rule about items; `wrong` is one in which it does not hold."""
    return f"""\
apiVersion: weighbridge.dev/v1
kind: RulePack
metadata: {{name: acme, version: "1", owner: {{team: platform}}}}
spec:
  rules:
    - code: ORG009
      name: one-rule
      title: an item is not as it should be
      severity: error
      why: It matters.
      howToFix: [mend it]
      forEach: {for_each}
      expr: '{expr}'
      message: '"this is wrong"'
      tests:
        pass: [{{item: {{name: a, role: a, size: 99, uri: x}}}}]
        fail: [{{item: {{{wrong}}}}}]
"""
