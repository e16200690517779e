"""What an artifact is said to be for does not go with what it is said to be.

## What it checks

- At least one artifact has the role `weights`, and at most one the role `card`.
- A role goes with the format and the media type beside it. Only what cannot be is refused: weights
  that are Markdown, a card or a schema that is a file of tensors, code that is a table.
- `spec.card.path` is the path of the artifact with the role `card`, where there are both.
- `spec.model.format`, where it is the format of a file (`onnx`, `safetensors`, `gguf`, `tflite`,
  `pickle`, `joblib`, `hdf5`, `keras`, `skops`), is the format of one of the weights.

What the files really are is judged from their bytes, by INT008.

## Why it matters

Roles decide what is loaded, what is scanned for code, and what counts in a memory budget. A
release without weights, or with the weights under another role, is one those checks look past.

## How to fix

Correct the role or the format: `weighbridge set spec.artifacts.labels.role schema`.

## Example

    artifacts:
      - {name: model, role: weights, path: README.md, format: markdown}

fails: a page of Markdown holds no weights.

## References

- OCI image specification 1.1, descriptors; CNCF ModelPack, media types of model artifacts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Artifact, ModelRelease

ARTIFACTS = "/spec/artifacts"

_TENSORS = frozenset({"onnx", "safetensors", "gguf", "ggml", "tflite", "keras", "hdf5", "h5"})
_PICKLES = frozenset({"pickle", "pkl", "joblib", "cloudpickle", "skops"})
_PAGES = frozenset({"markdown", "md", "html", "pdf", "text/markdown", "text/html"}) | {
    "application/pdf"
}
_TABLES = frozenset({"csv", "tsv", "parquet", "text/csv", "application/vnd.apache.parquet"})

_IMPOSSIBLE: Mapping[str, frozenset[str]] = {
    "weights": _PAGES | _TABLES,
    "tokenizer": _PAGES | _TABLES | {"safetensors", "tflite"},
    "preprocessing": _PAGES | {"gguf", "ggml"},
    "schema": _TENSORS | _PICKLES,
    "code": _TENSORS | _TABLES,
    "dataset": frozenset({"onnx", "gguf", "ggml", "tflite"}),
    "card": _TENSORS | _PICKLES | _TABLES,
}
"""Formats and media types that no file of a role can have; in doubt, one is not listed."""

_FORMATS: Mapping[str, str] = {
    **{name: name for name in ("onnx", "safetensors", "gguf", "tflite", "keras", "skops")},
    **dict.fromkeys(("pickle", "pkl", "joblib", "cloudpickle"), "pickle"),
    **dict.fromkeys(("hdf5", "h5"), "hdf5"),
}
"""Words that say how a file is written, not with what: `pytorch` can mean three formats."""


def each(facts: Facts) -> Iterator[Item[ModelRelease | items.Declared]]:
    """Yield the release, placed at its artifacts, and every artifact."""
    for release in items.release(facts, ARTIFACTS):
        yield Item(subject="spec.artifacts", location=release.location, value=release.value)
    for artifact in items.artifacts(facts):
        yield Item(subject=artifact.subject, location=artifact.location, value=artifact.value)


def judge(value: ModelRelease | items.Declared, facts: Facts) -> Iterator[Judgement]:
    """Hold roles against formats, and the artifacts against the rest of the manifest."""
    if isinstance(value, items.Declared):
        yield from _role(value, facts)
    else:
        yield from _weights(value, facts)
        yield from _card(value, facts)
        yield from _format(value, facts)


def _role(declared: items.Declared, facts: Facts) -> Iterator[Judgement]:
    artifact = declared.artifact
    media = (artifact.media_type or "").partition(";")[0].strip().lower()
    for field, said in (("format", (artifact.format or "").lower()), ("mediaType", media)):
        if said in _IMPOSSIBLE.get(artifact.role, frozenset()):
            at = f"{declared.pointer}/{field}"
            yield placed.against(
                facts,
                at,
                f"artifact {artifact.name} has the role {artifact.role} and the {field} {said}",
                seen=f"role: {artifact.role}, {field}: {said}",
                wanted=f"a role that goes with {said}",
                remediation=(
                    placed.setting(facts, f"{declared.pointer}/role"),
                    f"or {placed.setting(facts, at)}",
                ),
            )


def _of_role(release: ModelRelease, role: str) -> list[tuple[str, Artifact]]:
    listed = enumerate(release.spec.artifacts)
    return [(f"{ARTIFACTS}/{index}", each) for index, each in listed if each.role == role]


def _weights(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    # One whose role is still open may be the weights.
    roles = {str(each.role) for each in release.spec.artifacts}
    if not roles & {"weights", TODO}:
        yield placed.against(
            facts,
            ARTIFACTS,
            "no artifact has the role weights: there is no model in this release",
            location=items.place(facts, ARTIFACTS, key=True),
            seen=", ".join(sorted(roles)),
            wanted="role: weights",
            remediation=(placed.setting(facts, f"{ARTIFACTS}/0/role", "weights"),),
        )


def _card(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    cards = _of_role(release, "card")
    if len(cards) > 1:
        at, second = cards[1]
        yield placed.against(
            facts,
            f"{at}/role",
            f"there are {len(cards)} artifacts with the role card",
            seen=", ".join(card.name for _, card in cards),
            wanted="one card",
            remediation=(f"give {second.name} another role, or take it out",),
        )
    path = release.spec.card.path if release.spec.card else None
    paths = [card.path for _, card in cards if card.path is not None]
    if path is not None and paths and path not in paths:
        yield placed.against(
            facts,
            "/spec/card/path",
            f"the card is {path} in spec.card, and {paths[0]} among the artifacts",
            seen=path,
            wanted=paths[0],
            remediation=(placed.setting(facts, "/spec/card/path", paths[0]),),
        )


def _format(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    said = release.spec.model.format or ""
    weights = [each.format or "" for _, each in _of_role(release, "weights")]
    known = {_FORMATS.get(each.lower(), "") for each in weights}
    wanted = _FORMATS.get(said.lower())
    # One weights file of a format that is not known here may be the one that is meant.
    if wanted is not None and weights and not known & {"", wanted}:
        yield placed.against(
            facts,
            "/spec/model/format",
            f"the model is of the format {said}, and its weights are {', '.join(weights)}",
            seen=said,
            wanted=weights[0],
            remediation=(placed.setting(facts, "/spec/model/format", weights[0]),),
        )


def examples() -> list[Example]:
    """Show roles that fit, and some that cannot be."""
    page: dict[str, Any] = {"name": "page", "role": "card", "path": "CARD.md", "format": "markdown"}
    first, second = f"{ARTIFACTS}/0", f"{ARTIFACTS}/1"
    return [
        Example(
            title="weights and a card",
            facts=sample.release({second: page, "/spec/card": {"path": "CARD.md"}}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="no weights",
            facts=sample.release({f"{first}/role": "preprocessing"}),
            verdict=Verdict.FAIL,
            seen="no artifact has the role weights",
        ),
        Example(
            title="a page for weights",
            facts=sample.release({second: {**page, "role": "weights"}}),
            verdict=Verdict.FAIL,
            seen="role: weights, format: markdown",
        ),
        Example(
            title="two cards",
            facts=sample.release({second: page, f"{ARTIFACTS}/2": {**page, "name": "other"}}),
            verdict=Verdict.FAIL,
            seen="2 artifacts with the role card",
        ),
        Example(
            title="a model of another format than its weights",
            facts=sample.release({"/spec/model/format": "onnx"}),
            verdict=Verdict.FAIL,
            seen="its weights are safetensors",
        ),
    ]


RULE = Rule(
    code="CFG010",
    name="artifact-role-mismatch",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
