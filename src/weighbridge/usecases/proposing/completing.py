"""From what sources know to a whole manifest: every section that is required, `TODO` for the rest.

The order in which sources have the say is fixed: the kind of folder, the model's own bytes, the
container file, git, the project, what surrounds it; at last the few defaults below.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring import API_VERSION, KIND
from weighbridge.model.authoring.base import TODO
from weighbridge.usecases.proposing.partial import overlay, without_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIRST_VERSION = "0.1.0"
_SEMVER = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}", re.ASCII)


def complete(
    documents: Iterable[Mapping[str, Any]], *, name: str, artifacts: list[dict[str, Any]]
) -> dict[str, Any]:
    """Make one whole document.

    Args:
        documents: What the sources know, those that have the say first.
        name: What the release is called if no source says.
        artifacts: Its files.
    """
    known = overlay(_of_one_framework([*documents]))
    metadata, spec = known.pop("metadata", {}), known.pop("spec", {})
    called = metadata.get("name") or name
    defaults = {
        "metadata": {
            "name": called,
            "version": FIRST_VERSION,
            "owner": {"team": TODO, "contact": TODO},
        },
        "spec": {
            "source": {},
            "model": {"name": called, "task": TODO, "license": TODO},
            "artifacts": artifacts,
        },
    }
    whole = overlay([{"metadata": metadata, "spec": spec}, defaults])
    if _SEMVER.fullmatch(str(whole["metadata"]["version"])):
        whole["metadata"]["versioning"] = "semver"
    card = whole["spec"].get("card", {})
    digests = {entry["path"]: entry["digest"] for entry in artifacts if "path" in entry}
    if card.get("path") in digests:
        card["digest"] = digests[card["path"]]
    return {"apiVersion": API_VERSION, "kind": KIND, **known, **without_empty(whole)}


def _of_one_framework(documents: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out the version of another framework than the one that has the say."""
    models = [document.get("spec", {}).get("model", {}) for document in documents]
    said = next(filter(None, (model.get("framework") for model in models)), "")
    for number, model in enumerate(models):
        if model.get("framework", said) != said:
            kept = {key: value for key, value in model.items() if key != "frameworkVersion"}
            spec = {**documents[number]["spec"], "model": kept}
            documents[number] = {**documents[number], "spec": spec}
    return documents
