"""A proposal over a template: what the template says already is left to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from weighbridge.codec.templates import RELEASE
from weighbridge.model.authoring.base import TODO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.usecases.templates import LoadedTemplate

_OWN = frozenset({"name", "path"})
"""Keys of an artifact that are written even where the template says the same."""

_SAME = {"pickle": ("joblib",)}
"""What bytes are told for, and what they are called by those who write such files."""


def over(document: Mapping[str, Any], template: LoadedTemplate) -> dict[str, Any]:
    """Turn a whole manifest into one that extends a template.

    What the template demands and nobody has said is `TODO`.
    """
    given: Any = template.document.value(RELEASE)
    spec = dict(document["spec"])
    theirs = given.get("spec", {}).get("artifacts", [])
    spec["artifacts"] = [_without(a, b) for a, b in _matched(spec["artifacts"], theirs)]
    header = {key: value for key, value in document.items() if key not in ("metadata", "spec")}
    rest = {"metadata": _of_scheme(document["metadata"], given), "spec": spec}
    whole = {**header, "extends": template.file.reference, **_without(rest, given)}
    for hook in template.template.spec.hooks or ():
        if hook.required:
            _leave_to_say(whole, given, hook.at.split("."))
    return whole


def _of_scheme(metadata: Mapping[str, Any], given: Any) -> dict[str, Any]:  # noqa: ANN401 - a tree
    """Leave the scheme of versions to the template; a version of another is mended later."""
    follows = "versioning" in given.get("metadata", {})
    return {key: one for key, one in metadata.items() if key != "versioning" or not follows}


def _leave_to_say(ours: dict[str, Any], theirs: Any, path: list[str]) -> None:  # noqa: ANN401 - a tree
    """Write `TODO` at a place where neither side says anything."""
    step, rest = path[0], path[1:]
    said = theirs.get(step) if isinstance(theirs, dict) else None
    if rest:
        held = ours.setdefault(step, {})
        if isinstance(held, dict):
            _leave_to_say(held, said, rest)
    elif not ours.get(step) and not said:
        ours[step] = TODO


def _without(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the template says too, and what is open here and said there."""
    kept: dict[str, Any] = {}
    for key, value in ours.items():
        said = theirs.get(key)
        if isinstance(value, dict) and isinstance(said, dict):
            kept[key] = _without(value, said)
        elif said is None or key in _OWN or not _says(said, value):
            kept[key] = value
    return kept


def _says(said: object, value: object) -> bool:
    """Tell whether a template says what was found, or something where nothing was."""
    return value in (said, TODO) or (isinstance(value, str) and said in _SAME.get(value, ()))


def _matched(
    ours: list[dict[str, Any]], theirs: list[Mapping[str, Any]]
) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Give artifacts the names the template has for them: by path, or where one has the role."""
    sides = (ours, theirs)
    sole = [{role for role, count in _roles(side).items() if count == 1} for side in sides]
    found = []
    for artifact in ours:
        role = artifact["role"]
        same = [other for other in theirs if other.get("path") == artifact.get("path")]
        if not same and role in sole[0] & sole[1]:
            same = [other for other in theirs if other.get("role") == role]
        known = same[0] if same else {}
        found.append(({**artifact, "name": known.get("name", artifact["name"])}, known))
    return found


def _roles(artifacts: list[Any]) -> Counter[str]:
    return Counter(str(artifact.get("role")) for artifact in artifacts)
