"""A model file refers to data outside the release.

## What it checks

Which other files a model needs, such as the external data of ONNX, the shards of an index, the
links of HDF5: an absolute path, a path that leads upwards, an address, or a file beside the model
that the manifest does not list.

## Why it matters

What the model computes then depends on bytes nobody weighed, and on a path that a stranger chose:
a model that loads `/etc/passwd` as weights gives its contents away in its answers.

## How to fix

Save the model with its data inside the file or beside it, and list that file as an artifact:
`onnx.save_model(model, path, save_as_external_data=True, location="model.onnx.data")`.

## Example

A `model.onnx` with a tensor whose `location` is `/etc/passwd` fails.

## References

- ONNX, external data: https://onnx.ai/onnx/repo-docs/ExternalData.html
- CVE-2022-25882 and CVE-2024-27318, path traversal by external data of ONNX models
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import FileReference, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule
from weighbridge.rules.reported import judge_reported, reported_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts, ObservedFile

CODE = "SEC007"

_judge_outside = judge_reported(
    CODE,
    cause="the model was saved with a path of another machine, or prepared by hand",
    remediation="save the model with its data inside the file or beside it",
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report references that leave the release, and those to files it does not list."""
    yield from _judge_outside(examined, facts)
    if facts.release is not None and not examined.in_image:
        yield from _unlisted(observed(examined.file), facts)


def _unlisted(file: ObservedFile, facts: Facts) -> Iterator[Judgement]:
    structure = observed(file.structure)
    needed = {one.beside(file.path): one.path for one in structure.references}
    for path, named in sorted(needed.items()):
        is_folder = any(listed.startswith(f"{path}/") for listed in facts.files)
        if path not in facts.files and not is_folder:
            yield Judgement(
                message=f"{file.path} needs {path}, which the manifest does not list",
                seen=path,
                wanted="an artifact of the manifest with that path",
                cause="the model was saved in several files",
                remediation=(f"add {path} to `spec.artifacts` and run `weighbridge capture`",),
                threat=Threat(level="needs-review", name=named),
            )


def examples() -> list[Example]:
    """Show a model that refers to a system's file, and one whose data is not listed."""
    release = sample.release({"/spec/artifacts/0/format": "onnx"})
    needed = (FileReference(path="weights.data"),)
    split = Structure(format="onnx", status="complete", references=needed)
    model = sample.file(structure=split)
    data = sample.file("weights.data", structure=Structure(format="onnx", status="complete"))
    return [
        *reported_examples(CODE, "onnx", "external data at the absolute path /etc/passwd"),
        Example(
            title="data beside the model that the manifest does not list",
            facts=replace(release, files=model),
            verdict=Verdict.FAIL,
            seen="weights.data",
        ),
        Example(
            title="data beside the model that the manifest lists",
            facts=replace(release, files={**model, **data}),
            verdict=Verdict.PASS,
        ),
    ]


RULE = Rule(
    code=CODE,
    name="external-reference",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
