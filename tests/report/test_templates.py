from __future__ import annotations

import json

from weighbridge.codec.canonical import digest
from weighbridge.codec.templates import read_template
from weighbridge.model.catalogue import TemplateFile
from weighbridge.report.json import json_text
from weighbridge.report.templates import (
    render_template,
    render_templates,
    template_json,
    templates_json,
)

TEXT = r"""apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata: {name: demo, version: "1", title: "A \u202e demo", description: "One line\nand more."}
spec:
  hooks:
    - {name: golden, at: spec.evaluation.golden, description: Known answers., required: true}
    - {name: pre, at: spec.processing.pre, description: Steps before.}
  release:
    metadata: {versioning: semver}
    spec:
      model: {family: demo}
      parameters:
        limit:
          type: number
          value: 0.5
          fallback: 0.25
          minimum: 0
          maximum: 1
          unit: ratio
          description: How much at most.
          effects: {latency: {direction: up, note: a little}, memory: {direction: none}}
          adjustWhen: it is not enough
          validations: ["value < 1", "value >= 0"]
          mapsTo: {env: LIMIT, triton: limit}
        on: {type: boolean, value: true}
        mode: {type: string, value: a, enum: [a, b]}
        open: {type: integer, enum: TODO, mapsTo: TODO, effects: TODO, validations: TODO}
      rollout: TODO
"""
SHOWN = """\
demo@1  A \\u202e demo
{digest}  ours
One line and more.

hooks
  golden  spec.evaluation.golden  (required)
    Known answers.
  pre  spec.processing.pre
    Steps before.

parameters
  limit = 0.5 ratio  (0 to 1; fallback 0.25)
    How much at most.
    raised  latency up (a little); memory none
    change  it is not enough
    holds   value < 1, value >= 0
    called  env: LIMIT, triton: limit
  on = true
  mode = a  (one of a, b)
  open  (integer)

metadata
  versioning: semver

model
  family: demo

rollout
  TODO
"""
FILE = TemplateFile(
    reference="demo@1", file="ours/demo@1.yaml", catalogue="ours", data=TEXT.encode()
)


def test_a_template_is_told_parameter_by_parameter_and_nothing_in_it_moves_the_cursor() -> None:
    template, _ = read_template(FILE.data, FILE.file)
    assert render_template(template, FILE) == SHOWN.format(digest=digest(FILE.data))
    assert "\x1b[1mhooks\x1b[0m" in render_template(template, FILE, styled=True)


def test_a_template_that_gives_nothing_is_told_too() -> None:
    text = TEXT[: TEXT.index("  hooks:")] + "  release: {}\n"
    template, _ = read_template(text.encode(), FILE.file)
    shown = render_template(template, FILE)
    assert shown.splitlines()[2:] == ["One line and more."]


def test_programs_get_all_of_it() -> None:
    template, document = read_template(FILE.data, FILE.file)
    found = json.loads(json_text(template_json(document.data, FILE)))
    assert list(found) == [
        "schemaVersion",
        "reference",
        "catalogue",
        "file",
        "digest",
        "template",
    ]
    assert found["template"]["spec"]["release"]["spec"]["parameters"]["limit"]["value"] == "0.5"
    assert found["template"]["spec"]["hooks"][0]["required"] is True
    (listed,) = json.loads(json_text(templates_json([(template, FILE)])))["templates"]
    assert listed == {
        "reference": "demo@1",
        "title": "A \u202e demo",
        "catalogue": "ours",
        "file": "ours/demo@1.yaml",
        "digest": digest(FILE.data),
    }


def test_the_list_is_aligned_and_safe() -> None:
    template, _ = read_template(FILE.data, FILE.file)
    assert render_templates([(template, FILE)]) == "demo@1  A \\u202e demo  ours\n"
    assert render_templates([]) == ""
