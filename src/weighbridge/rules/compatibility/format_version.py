"""The locked version of a framework or runtime does not read what is in the model's file.

## What it checks

The IR version and the standard operator set of every ONNX model against what the onnxruntime of the
runtime lock reads. The version that wrote a Keras, XGBoost or TensorFlow model, as the file notes
it, and `spec.model.frameworkVersion` for a model in the framework's own format, against the locked
version of that framework: it must not be older. scikit-learn promises nothing between different
versions, so there it must be the same. A runtime the compatibility data does not know is
inconclusive.

## Why it matters

An operator set that is too new is refused at start. A pickle that another version wrote may load,
warn in a log nobody reads, and predict something else.

## How to fix

Lock the version that is named, or save the model again with the one that is locked.

## Example

A model of operator set 23 with `onnxruntime==1.20.1` fails: it reads 21 at most.

## References

- ONNX Runtime, compatibility: https://onnxruntime.ai/docs/reference/compatibility.html
- ONNX, versions: https://github.com/onnx/onnx/blob/main/docs/Versioning.md
- scikit-learn, model persistence: https://scikit-learn.org/stable/model_persistence.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import NotObservedError, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.model.structure import Structure
from weighbridge.rules import items, promises, sample
from weighbridge.rules.compatibility import model_formats, stack, told
from weighbridge.rules.compatibility.model_formats import Written
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.fact import Facts

_EXPORTED: Final = frozenset({"coreml", "gguf", "onnx", "openvino", "pmml", "tflite"})
"""Formats that others than their framework read."""

_REMEDY: Final = "lock a version that reads it, or save the model again with the locked one"
_VERSION: Final = "/spec/model/frameworkVersion"
_FORMATS: Final = frozenset({"keras", "onnx", "tf-saved-model", "xgboost-json", "xgboost-ubj"})


def each(facts: Facts) -> Iterator[Item[Structure | Written | Unavailable]]:
    """Yield every model that notes a version, and what the manifest says of the framework."""
    for item in items.examined(facts) if facts.release else ():
        if item.value.in_image:
            continue
        file = item.value.file
        structure = file if isinstance(file, Unavailable) else file.structure
        found: list[Structure | Unavailable] = []
        if isinstance(structure, Structure):
            found.extend(one for one in structure.walk() if one.format in _FORMATS)
        elif promises.by_word(item.value.format or _suffix(item.subject)) & _FORMATS:
            found.append(structure)
        for one in found:
            yield Item(subject=item.subject, location=item.location, value=one)
    made = _declared(facts)
    if made:
        place = items.place(facts, _VERSION)
        yield Item(subject="spec.model.frameworkVersion", location=place, value=made)


def _suffix(path: str) -> str:
    return path.rpartition(".")[2]


def _declared(facts: Facts) -> Written | None:
    model = facts.release.spec.model if facts.release else None
    if model is None or not model.framework or not model.framework_version:
        return None
    package = model_formats.PACKAGES.get(model.framework.lower(), "")
    if not package or (model.format or "").lower() in _EXPORTED:
        return None
    if model.framework_version == TODO:
        return None
    return Written(package=package, version=model.framework_version, by="the manifest")


def judge(value: Structure | Written | Unavailable, facts: Facts) -> Iterator[Judgement]:
    """Hold a model against what the runtime lock loads it with."""
    pins = observed(stack.runtime_lock(facts)).pins
    if isinstance(value, Unavailable):
        raise NotObservedError(value)
    if isinstance(value, Structure) and value.format == "onnx":
        name = value.container or "the model"
        cells = model_formats.onnx_cells(facts, name, value, pins)
        yield from told.judgements(cells, _REMEDY)
        return
    made = model_formats.written(value) if isinstance(value, Structure) else value
    if made is not None:
        yield from _written(made, pins)


def _written(made: Written, pins: Sequence[Pin]) -> Iterator[Judgement]:
    found = [
        model_formats.written_cell(made.by, made, pin) for pin in pins if pin.name == made.package
    ]
    yield from told.judgements([cell for cell in found if cell is not None], _REMEDY)


def examples() -> list[Example]:
    """Show models the locked runtime reads, does not read, and is not known to read."""
    release = sample.release({"/spec/artifacts/0/format": "onnx"})
    cases = [
        ("an operator set the runtime reads", "1.20.1", "21", Verdict.PASS, ""),
        ("an operator set too new", "1.20.1", "23", Verdict.FAIL, "operator set 23"),
        ("a runtime nobody knows", "9.0.0", "21", Verdict.INCONCLUSIVE, ""),
    ]
    found = []
    for title, version, opset, verdict, seen in cases:
        model = Structure(
            format="onnx",
            status="complete",
            version="8",
            metadata=(("opset", f"ai.onnx {opset}"),),
        )
        facts = replace(
            release,
            files=sample.file(structure=model),
            locks=sample.lock(Pin(name="onnxruntime", version=version, hashed=True)),
            now=sample.NOW,
        )
        found.append(Example(title=title, facts=facts, verdict=verdict, seen=seen))
    pickled = sample.release(
        {"/spec/model/framework": "scikit-learn", "/spec/model/frameworkVersion": "1.4.2"}
    )
    locked = sample.lock(Pin(name="scikit-learn", version="1.5.0", hashed=True))
    found.append(
        Example(
            title="a model another version of scikit-learn wrote",
            facts=replace(pickled, locks=locked, now=sample.NOW),
            verdict=Verdict.FAIL,
            seen="scikit-learn 1.4.2 wrote it",
        )
    )
    return found


RULE = Rule(
    code="CMP008",
    name="format-version",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
