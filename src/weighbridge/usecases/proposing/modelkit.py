"""A ModelKit of KitOps, unpacked: a `Kitfile`, and what it names.

Format: https://kitops.org/docs/kitfile/format/ (`manifestVersion: 1.0.0`), as `kit unpack` leaves
it. A model whose path names another ModelKit is one this was made from.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.usecases.proposing.folder import is_inside
from weighbridge.usecases.proposing.licences import spdx
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import mapping, members, slug, text, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.proposing.folder import Folder

KITFILE = "Kitfile"
_MARKS = frozenset({"package", "model", "code", "datasets", "docs"})
_PARTS = {"config": "schema", "tokenizer": "tokenizer"}
"""What a part of a model is for, by its type; any other is weights."""
_LARGEST = 2**53 - 1
_MOST = 200
_TYPES = {bool: "boolean", Decimal: "number", int: "integer", str: "string"}


def recognise(folder: Folder) -> Partial | None:
    """Read an unpacked ModelKit; None if it is none."""
    kit = folder.mapping(KITFILE) if folder.kind(KITFILE) == "file" else {}
    if "manifestVersion" not in kit or kit.keys().isdisjoint(_MARKS):
        return None
    package, model = mapping(kit.get("package")), mapping(kit.get("model"))
    name = text(package.get("name")) or text(model.get("name"))
    roles = dict(_roles(folder, kit, model))
    parameters = dict(_parameters(model.get("parameters")))
    card = next((path for path, role in roles.items() if role == "card"), "")
    document = {
        "metadata": {
            "name": slug(name, "") if name else "",
            "version": version(package.get("version")),
            "annotations": _annotations(package, model),
        },
        "spec": {
            "model": {
                "name": text(model.get("name")),
                "version": version(model.get("version")),
                "framework": text(model.get("framework")).lower(),
                "license": spdx(model.get("license")) or spdx(package.get("license")),
            },
            "parameters": parameters,
            "lineage": _lineage(folder, kit, model),
            "card": {"path": card},
        },
    }
    return Partial(
        looks_like="a ModelKit of KitOps",
        document=document,
        found=tuple(_found(folder, model, parameters)),
        roles=roles,
    )


def _annotations(package: dict[str, Any], model: dict[str, Any]) -> dict[str, str]:
    """Keep what no section of a manifest has a word for."""
    said = text(package.get("description")) or text(model.get("description"))
    authors = ", ".join(filter(None, map(text, members(package.get("authors"))[:_MOST])))
    found = {"kitops.org/authors": text(authors), "kitops.org/description": said}
    return {key: value for key, value in found.items() if value}


def _lineage(folder: Folder, kit: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """Name the ModelKit a model refers to, and data sets that do not lie here."""
    found: dict[str, Any] = {}
    base = text(model.get("path"))
    if base and not _lies_here(folder, base):
        found["baseModel"] = {"ref": base}
    paths = (mapping(one) for one in members(kit.get("datasets"))[:_MOST])
    named = [text(one.get("path")) or text(one.get("name")) for one in paths]
    elsewhere = dict.fromkeys(one for one in named if one and not _lies_here(folder, one))
    if elsewhere:
        found["datasets"] = [{"ref": one} for one in elsewhere]
    return found


def _lies_here(folder: Folder, path: str) -> bool:
    return is_inside(path) and bool(folder.kind(path))


def _roles(folder: Folder, kit: dict[str, Any], model: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List the files a Kitfile names, and what each is for."""
    parts = [mapping(part) for part in members(model.get("parts"))[:_MOST]]
    listed: list[tuple[str, str]] = [(text(model.get("path")), "weights")]
    listed += [
        (text(one.get("path")), _PARTS.get(text(one.get("type")).lower(), "weights"))
        for one in parts
    ]
    for section, role in (("code", "code"), ("datasets", "dataset"), ("docs", "card")):
        entries = map(mapping, members(kit.get(section))[:_MOST])
        listed += [(text(one.get("path")), role) for one in entries]
    seen: set[str] = set()
    carded = False
    for path, role in listed:
        for file in _files(folder, path):
            # One card a release has; further papers are no part of what runs.
            if file in seen or (role == "card" and carded):
                continue
            carded = carded or role == "card"
            seen.add(file)
            yield file, role


def _files(folder: Folder, path: str) -> list[str]:
    if not path or not is_inside(path):
        return []
    kind = folder.kind(path)
    if kind == "directory":
        return folder.files(path)
    return [folder.at(path)] if kind == "file" else []


def _parameters(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Translate parameters that are plain values; decimals are text in a manifest."""
    for name, given in list(mapping(value).items())[:_MOST]:
        kind = _TYPES.get(type(given))
        sound = not isinstance(given, int) or abs(given) <= _LARGEST
        if kind is None or not sound or not (name.isascii() and name.isprintable()):
            continue
        if " " in name or (isinstance(given, str) and not text(given)):
            continue
        plain = str(given) if isinstance(given, Decimal) else given
        yield name, {"type": kind, "value": text(plain) if isinstance(plain, str) else plain}


def _found(folder: Folder, model: dict[str, Any], parameters: dict[str, Any]) -> Iterator[str]:
    left = len(mapping(model.get("parameters"))) - len(parameters)
    if parameters:
        yield f"parameters: {folder.at(KITFILE)}"
    if left or (model.get("parameters") and not isinstance(model["parameters"], dict)):
        yield f"parameters that are no plain values: {folder.at(KITFILE)}; say them yourself"
    base = text(model.get("path"))
    if base and not _lies_here(folder, base):
        yield f"made from another ModelKit: {base}; unpack it, too, if the release needs its files"
