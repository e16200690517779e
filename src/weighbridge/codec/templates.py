"""Templates: read one, and put a manifest over it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.describing import field_at
from weighbridge.codec.layers import merged
from weighbridge.codec.validating import in_order, part_faults, read_authored
from weighbridge.model.authoring import API_VERSION, KIND
from weighbridge.model.document import Document
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.release import ModelRelease
from weighbridge.model.template import ReleaseTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.document import Plain

RELEASE = "/spec/release"
_PARTS = ("metadata", "spec")


def read_template(data: bytes, file: str) -> tuple[ReleaseTemplate, Document]:
    """Read and validate a template, the part of a manifest in it included.

    Raises:
        DocumentError: With every fault of text and meaning, in document order.
    """
    template, document = read_authored(data, file, ReleaseTemplate)
    found = [*_part_faults(document), *_hook_faults(template, document)]
    if found:
        raise DocumentError.from_faults(in_order(found, document))
    return template, document


def extended(document: Document, template: ReleaseTemplate, given: Document) -> Document:
    """Put a manifest over the template it extends.

    Args:
        document: The manifest as it was written.
        template: The template.
        given: The document the template was read from.

    Raises:
        DocumentError: It takes out what is not there, or leaves out what the template demands.
    """
    whole = merged(given, RELEASE, document, ModelRelease)
    found = [
        Fault(
            faults.MISSING_KEY,
            f"{template.metadata.name} asks for {hook.at}, and it is missing",
            document.location("/extends"),
            wanted=hook.description,
            help=(f"write {hook.at}",),
        )
        for hook in template.spec.hooks or ()
        if hook.required and not _is_there(whole.data, hook.at)
    ]
    if found:
        raise DocumentError.from_faults(found)
    return whole


def _part_faults(document: Document) -> Iterator[Fault]:
    """Hold the part of a manifest against the model, but for what it leaves to the manifest."""
    part = document.data["spec"]
    release = part["release"] if isinstance(part, dict) else None
    for key in release if isinstance(release, dict) else ():
        if key not in _PARTS:
            close = difflib.get_close_matches(key, _PARTS, n=1, cutoff=0.5)
            advice = f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(_PARTS)}"
            where = document.location(RELEASE + pointer(key), key=True)
            message = f"spec.release.{key} is not a part of a template"
            yield Fault(faults.UNKNOWN_KEY, message, where, seen=key, help=(advice,))
    header: dict[str, Plain] = {"apiVersion": API_VERSION, "kind": KIND}
    whole = merged(document, RELEASE, Document(file=document.file, data=header), ModelRelease)
    for fault in part_faults(whole, ModelRelease):
        at = fault.location.pointer if fault.location is not None else ""
        if at.startswith(tuple(f"{RELEASE}/{part}" for part in _PARTS)):
            yield fault


def _hook_faults(template: ReleaseTemplate, document: Document) -> Iterator[Fault]:
    order = sorted(template.spec.hooks or (), key=lambda hook: hook.name)
    names = _hook_places(document)
    for hook in order:
        if field_at(tuple(hook.at.split(".")), ModelRelease) is None:
            message = f"{hook.at} is not a field of the manifest"
            where = document.location(names.get(hook.name, RELEASE))
            advice = "write its path, such as spec.processing.pre"
            yield Fault(faults.WRONG_VALUE, message, where, seen=hook.at, help=(advice,))


def _hook_places(document: Document) -> dict[str, str]:
    spec = document.data["spec"]
    hooks = spec.get("hooks") if isinstance(spec, dict) else None
    found: dict[str, str] = {}
    for index, hook in enumerate(hooks if isinstance(hooks, list) else ()):
        if isinstance(hook, dict):
            found[str(hook.get("name"))] = pointer("spec", "hooks", index, "at")
    return found


def _is_there(data: Plain, path: str) -> bool:
    for part in pointer_parts("/" + path.replace(".", "/")):
        if not isinstance(data, dict) or data.get(part) in (None, [], {}):
            return False
        data = data[part]
    return True
