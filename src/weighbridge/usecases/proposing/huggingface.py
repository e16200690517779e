"""A Hugging Face folder: `config.json`, a model card, weights that may lie in several shards.

Format: https://huggingface.co/docs/hub/model-cards and the files `save_pretrained` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.usecases.proposing.folder import is_inside
from weighbridge.usecases.proposing.model_card import (
    CARD,
    front_matter,
    licence,
    lineage,
    metrics,
)
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import mapping, members, text, version

if TYPE_CHECKING:
    from weighbridge.usecases.proposing.folder import Folder

CONFIG = "config.json"
_SENTENCE_CONFIG = "config_sentence_transformers.json"
_INDEXES = (
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
    "diffusion_pytorch_model.safetensors.index.json",
)
# What only a hub's card says; `license` or `tags` alone stand in front matters of other kinds.
_MARKS = frozenset({"base_model", "library_name", "model-index", "pipeline_tag"})
_MOST_WORDS = 8


def recognise(folder: Folder) -> Partial | None:
    """Read a Hugging Face folder; None if it is none."""
    config = folder.mapping(CONFIG) if folder.kind(CONFIG) else {}
    front = front_matter(folder) if folder.kind(CARD) else {}
    if not (config.keys() & {"architectures", "model_type"} or front.keys() & _MARKS):
        return None
    framework, framework_version = _framework(folder, config, front)
    model = {
        "family": text(config.get("model_type")),
        "task": text(front.get("pipeline_tag")),
        "framework": framework,
        "frameworkVersion": framework_version,
        "license": licence(front),
    }
    measured = metrics(folder, front)
    document = {
        "metadata": {"annotations": _annotations(config)},
        "spec": {
            "model": model,
            "evaluation": {"metrics": measured} if measured else {},
            "lineage": lineage(front),
            "card": {"path": folder.at(CARD)} if front else {},
        },
    }
    return Partial(
        looks_like="a Hugging Face model",
        document=document,
        found=tuple(_found(folder, front, measured)),
        roles={folder.at(CONFIG): "schema", **_shards(folder), **_code(folder, config)},
    )


def _framework(folder: Folder, config: dict[str, Any], front: dict[str, Any]) -> tuple[str, str]:
    """Name the library the model is for, and the version that wrote it where a file says so."""
    written_by = version(config.get("transformers_version"))
    own = folder.mapping(_SENTENCE_CONFIG) if folder.kind(_SENTENCE_CONFIG) else {}
    versions = mapping(own.get("__version__"))
    library = text(front.get("library_name"))
    if not library and versions:
        library = "sentence-transformers"
    if not library and written_by:
        library = "transformers"
    known = {
        "transformers": written_by,
        "sentence-transformers": version(versions.get("sentence_transformers")),
    }
    return library, known.get(library, "")


def _annotations(config: dict[str, Any]) -> dict[str, str]:
    """Keep what no section of a manifest has a word for."""
    architectures = [text(name) for name in members(config.get("architectures"))[:_MOST_WORDS]]
    found = {
        "huggingface.co/architectures": ", ".join(filter(None, architectures)),
        # Renamed by transformers 4.56.
        "huggingface.co/dtype": text(config.get("dtype")) or text(config.get("torch_dtype")),
    }
    return {key: value for key, value in found.items() if value}


def _found(folder: Folder, front: dict[str, Any], measured: list[dict[str, str]]) -> list[str]:
    card = folder.at(CARD)
    lines = []
    if len(members(front.get("license"))) > 1:
        lines.append(f"several licences: {card}; say how they go together")
    if measured:
        lines.append(f"metrics: {card}")
    if lineage(front):
        lines.append(f"lineage: {card}")
    return lines


def _shards(folder: Folder) -> dict[str, str]:
    """Name the indexes of sharded weights; a shard that is not there is told of."""
    found = {}
    for index in filter(folder.kind, _INDEXES):
        found[folder.at(index)] = "schema"
        weight_map = mapping(folder.mapping(index).get("weight_map"))
        shards = sorted({name for name in map(text, weight_map.values()) if name})
        missing = [name for name in shards if folder.kind(name) != "file"]
        if missing:
            folder.note(index, f"{len(missing)} of its {len(shards)} shards are not there")
    return found


def _code(folder: Folder, config: dict[str, Any]) -> dict[str, str]:
    """Name the Python files that `trust_remote_code` would run."""
    classes = [
        name for value in mapping(config.get("auto_map")).values() for name in members(value)
    ]
    modules = {f"{text(name).rpartition('.')[0]}.py" for name in classes[:_MOST_WORDS]}
    return {
        folder.at(name): "code"
        for name in sorted(modules)
        if is_inside(name) and folder.kind(name) == "file"
    }
