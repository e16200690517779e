"""A model card's front matter: the YAML between `---` lines that begins a hub's README.md."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.usecases.proposing.licences import spdx
from weighbridge.usecases.proposing.values import mapping, members, text

if TYPE_CHECKING:
    from weighbridge.usecases.proposing.folder import Folder

CARD = "README.md"
FRONT_MATTER = 1 << 20
MOST_METRICS = 50
_START = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n")
_END = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[\w.-]{1,96})?", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,2})?", re.ASCII)


def front_matter(folder: Folder) -> dict[str, Any]:
    """Read the front matter of the card; empty if there is none."""
    data = folder.start(CARD, FRONT_MATTER) or b""
    begins = _START.match(data)
    if begins is None:
        return {}
    ends = _END.search(data, begins.end())
    if ends is None:
        folder.note(CARD, f"no end of its front matter in {len(data)} bytes")
        return {}
    inner = data[begins.end() : ends.start()]
    return folder.yaml(inner, CARD) if inner.strip() else {}


def licence(front: dict[str, Any]) -> str:
    """Say the licence; empty if the card names several, or none that can be told."""
    words = members(front.get("license"))
    return spdx(words[0], front.get("license_name")) if len(words) == 1 else ""


def lineage(front: dict[str, Any]) -> dict[str, Any]:
    """Say what the model was made from, as far as the card tells; digests it does not know."""
    models = _references(front.get("base_model"), "hf://")
    datasets = _references(front.get("datasets"), "hf://datasets/")
    found: dict[str, Any] = {}
    if len(models) == 1:
        found["baseModel"] = models[0]
    elif models:
        found["parents"] = models
    if datasets:
        found["datasets"] = datasets
    return found


def _references(value: object, scheme: str) -> list[dict[str, str]]:
    """Write what stands on the hub as an address; what does not, as it is named."""
    named = dict.fromkeys(filter(None, map(text, members(value))))
    return [{"ref": f"{scheme}{name}" if _HUB_ID.fullmatch(name) else name} for name in named]


def metrics(folder: Folder, front: dict[str, Any]) -> list[dict[str, str]]:
    """List the metrics of the card's model-index, in its order."""
    found = [
        _metric(metric, mapping(result.get("dataset")))
        for model in map(mapping, members(front.get("model-index")))
        for result in map(mapping, members(model.get("results")))
        for metric in map(mapping, members(result.get("metrics")))
    ]
    sound = [metric for metric in found if metric]
    if len(sound) < len(found):
        folder.note(CARD, f"metrics without a name or a number: {len(found) - len(sound)}")
    if len(sound) > MOST_METRICS:
        folder.note(
            CARD, f"metrics left out behind the first {MOST_METRICS}: {len(sound) - MOST_METRICS}"
        )
    return sound[:MOST_METRICS]


def _metric(metric: dict[str, Any], dataset: dict[str, Any]) -> dict[str, str]:
    name = text(metric.get("type")) or text(metric.get("name"))
    value = metric.get("value")
    number = str(value) if isinstance(value, int | str | Decimal) else ""
    if not name or isinstance(value, bool) or not _NUMBER.fullmatch(number):
        return {}
    on = text(dataset.get("type")) or text(dataset.get("name"))
    return {"name": name, "value": number, **({"dataset": on} if on else {})}
