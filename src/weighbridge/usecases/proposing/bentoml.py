"""A bento (`bento.yaml`) or a model of BentoML's store (`model.yaml`).

Formats: `BentoInfo`, `BentoInfoV2` and `ModelInfo` of BentoML 1.4, read without BentoML.
Environment variables of a bento are not taken: they may hold secrets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.base import TODO
from weighbridge.usecases.proposing.images import image
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import (
    mapping,
    members,
    patch_level,
    slug,
    text,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.proposing.folder import Folder

BENTO = "bento.yaml"
STORED_MODEL = "model.yaml"
_PYTHON = "env/python/version.txt"
_LOCKS = ("env/python/requirements.lock.txt", "env/python/requirements.txt")
_MODULE = re.compile(r"(?:bentoml\.|bentoml\._internal\.frameworks\.)(\w{1,60})", re.ASCII)
_DISTRIBUTIONS = {"pytorch": "torch", "sklearn": "scikit-learn", "picklable_model": ""}


def recognise(folder: Folder) -> Partial | None:
    """Read a bento or a stored model; None if it is neither."""
    if folder.kind(BENTO) == "file":
        bento = folder.mapping(BENTO)
        if bento.keys() >= {"name", "bentoml_version"}:
            return _bento(folder, bento)
    if folder.kind(STORED_MODEL) == "file":
        stored = folder.mapping(STORED_MODEL)
        if "bentoml_version" in mapping(stored.get("context")):
            return _stored_model(folder, stored)
    return None


# A bento ----------------------------------------------------------------------------------------


def _bento(folder: Folder, bento: dict[str, Any]) -> Partial:
    models = _models(bento)
    labels = {
        key: text(value)
        for key, value in mapping(bento.get("labels")).items()
        if key != "owner" and text(value)
    }
    name = text(bento.get("name"))
    document = {
        "metadata": {
            "name": slug(name, "") if name else "",
            "version": version(bento.get("version")),
            "releasedAt": text(bento.get("creation_time")),
            "owner": {"team": text(mapping(bento.get("labels")).get("owner"))},
            "labels": labels,
        },
        "spec": {
            "model": _model(folder, models[0]) if len(models) == 1 else {},
            "environment": {
                "runtime": _runtime(folder, bento),
                "image": image(_base_image(bento)),
            },
        },
    }
    return Partial(
        looks_like="a bento",
        document=document,
        found=tuple(_found(folder, bento)),
        roles=dict(_files(folder, models)),
        artifacts=tuple(_elsewhere(folder, models)),
        locks=tuple((folder.at(name), "requirements") for name in _LOCKS if folder.kind(name)),
    )


def _models(bento: dict[str, Any]) -> list[dict[str, Any]]:
    """List the models of a bento and of its services, each once."""
    services = [mapping(service) for service in members(bento.get("services"))]
    listed = [*members(bento.get("models"))]
    for service in services:
        listed += members(service.get("models"))
    by_tag = {text(mapping(model).get("tag")): mapping(model) for model in reversed(listed)}
    by_tag.pop("", None)
    return [*by_tag.values()][::-1]


def _model(folder: Folder, model: dict[str, Any]) -> dict[str, str]:
    name, _, number = text(model.get("tag")).partition(":")
    stored = f"{_place(model)}/{STORED_MODEL}"
    kept = folder.mapping(stored) if folder.kind(stored) == "file" else {}
    return {
        "name": name,
        "version": number,
        **_wrote({"module": model.get("module"), **kept}),
    }


def _place(model: dict[str, Any]) -> str:
    """Say where in a bento a model lies."""
    name, _, number = text(model.get("tag")).partition(":")
    return f"models/{name}/{number}"


def _wrote(stored: dict[str, Any]) -> dict[str, str]:
    """Name the framework that wrote a stored model, and its version."""
    context = mapping(stored.get("context"))
    framework = text(context.get("framework_name")) or _framework(stored.get("module"))
    framework = _DISTRIBUTIONS.get(framework, framework)
    versions = mapping(context.get("framework_versions"))
    return {"framework": framework, "frameworkVersion": version(versions.get(framework))}


def _framework(module: object) -> str:
    found = _MODULE.fullmatch(text(module))
    return _DISTRIBUTIONS.get(found[1], found[1]) if found else ""


def _runtime(folder: Folder, bento: dict[str, Any]) -> dict[str, str]:
    """Say the Python of the bento: what the build noted, else what its image asks for."""
    noted = folder.start(_PYTHON, 64) if folder.kind(_PYTHON) else None
    asked = [
        mapping(bento.get("image")).get("python_version"),
        mapping(bento.get("docker")).get("python_version"),
    ]
    said = [(noted or b"").decode("ascii", "replace"), *map(text, asked)]
    if not any(said):
        return {}
    return {"version": next(filter(None, map(patch_level, said)), TODO)}


def _base_image(bento: dict[str, Any]) -> str:
    asked = (mapping(bento.get("image")), mapping(bento.get("docker")))
    return next(filter(None, (text(part.get("base_image")) for part in asked)), "")


def _found(folder: Folder, bento: dict[str, Any]) -> Iterator[str]:
    if _base_image(bento):
        yield f"base image: {folder.at(BENTO)}"
    if members(bento.get("envs")):
        yield f"environment variables: {folder.at(BENTO)}; not taken, they may hold secrets"


def _files(folder: Folder, models: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield folder.at(BENTO), "schema"
    for model in models:
        yield folder.at(f"{_place(model)}/{STORED_MODEL}"), "schema"
    if folder.kind("src") == "directory":
        for path in folder.files("src"):
            yield path, "code"


def _elsewhere(folder: Folder, models: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """List the models a bento names that do not lie in it."""
    for model in models:
        name, _, number = text(model.get("tag")).partition(":")
        if folder.kind(_place(model)) == "directory":
            continue
        is_on_hub = text(model.get("registry")) == "huggingface"
        address = f"hf://{name}" + (f"@{number}" if number else "")
        entry = {"name": slug(name), "role": "weights", "uri": address if is_on_hub else TODO}
        yield {**entry, **({"version": number} if number else {})}


# A stored model ---------------------------------------------------------------------------------


def _stored_model(folder: Folder, stored: dict[str, Any]) -> Partial:
    context = mapping(stored.get("context"))
    python = text(context.get("python_version"))
    name = text(stored.get("name"))
    document = {
        "metadata": {
            "name": slug(name, "") if name else "",
            "owner": {"team": text(mapping(stored.get("labels")).get("owner"))},
        },
        "spec": {
            "model": {
                "name": name,
                "version": text(stored.get("version")),
                **_wrote(stored),
            },
            "environment": {
                "runtime": {"version": patch_level(python) or TODO} if python else {},
            },
        },
    }
    return Partial(
        looks_like="a model of BentoML",
        document=document,
        roles={folder.at(STORED_MODEL): "schema"},
    )
