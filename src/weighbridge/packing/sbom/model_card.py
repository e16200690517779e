"""The model card of a CycloneDX document, and how the model was made: out of the manifest."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.bill import Bill


def model_card(bill: Bill) -> dict[str, Any]:
    """Write the model card; empty for the bill of a lock."""
    spec = bill.spec
    if not spec:
        return {}
    card = {
        "modelParameters": _parameters(bill),
        "quantitativeAnalysis": _said({"performanceMetrics": list(_metrics(spec))}),
        "considerations": _considerations(spec),
        "properties": list(_properties(spec)),
    }
    return _said(card)


def _parameters(bill: Bill) -> dict[str, Any]:
    model, signature = bill.spec["model"], bill.spec.get("signature", {})
    datasets = [{"ref": part.ref} for part in bill.parts if part.role == "dataset"]
    found = {
        "task": model.get("task", ""),
        "architectureFamily": model.get("family", ""),
        "datasets": datasets,
        "inputs": [{"format": _tensor(one)} for one in signature.get("inputs", ())],
        "outputs": [{"format": _tensor(one)} for one in signature.get("outputs", ())],
    }
    return _said(found)


def _tensor(one: Mapping[str, Any]) -> str:
    """Write a tensor as `images: float32[-1, 3, 224, 224]`."""
    shape = one.get("shape")
    return f"{one['name']}: {one['dtype']}" + ("" if shape is None else str(list(shape)))


def _metrics(spec: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in spec.get("evaluation", {}).get("metrics", ()):
        found = {
            "type": one["name"],
            "value": one.get("value", ""),
            "slice": one.get("dataset", ""),
        }
        yield _said(found)


def _considerations(spec: Mapping[str, Any]) -> dict[str, Any]:
    promises = spec.get("evaluation", {}).get("performance", ())
    limits = [f"{one['id']}: {one['symptom']}" for one in spec.get("failureModes", ())]
    trade_offs = [", ".join(f"{key} {_plain(one[key])}" for key in sorted(one)) for one in promises]
    return _said({"performanceTradeoffs": trade_offs, "technicalLimitations": limits})


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={value[key]}" for key in sorted(value))
    return "yes" if value is True else str(value)


def _properties(spec: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in spec.get("evaluation", {}).get("metrics", ()):
        for key in ("floor", "confidence"):
            if key in one:
                yield {"name": f"weighbridge:metric:{one['name']}:{key}", "value": str(one[key])}


def formulation(build: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write how the model was made, where the manifest says by which command."""
    command = build.get("command")
    if not command:
        return []
    properties = [
        {"name": f"weighbridge:build:seed:{one['name']}", "value": str(one["value"])}
        for one in build.get("seeds", ())
    ]
    workflow = {
        "bom-ref": "build",
        "uid": "build",
        "taskTypes": ["build"],
        "steps": [{"commands": [{"executed": shlex.join(command)}]}],
        **_said({"properties": properties}),
    }
    return [{"bom-ref": "formula", "workflows": [workflow]}]


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", [], {})}
