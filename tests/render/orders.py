"""Renderings of one full manifest, or of it with a change, for the tests of every target."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from weighbridge.codec.resolved import release_digest
from weighbridge.model.release import ModelRelease
from weighbridge.render.rendering import render
from weighbridge.render.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.rendering import Rendering

HERE = Path(__file__).parent
HOSTILE = [
    *("$HOME", "${HOME}", "$$", "${HOME:?}", "$(id)", "`id`", "a; id", "a && id", "a | id", "> x"),
    *("it's", 'say "x"', "\\", "\\n", "a\nb", "\n", "a\tb", " a ", "", "#", "# a", "%h", "%%", "%"),
    *("~", "*", "?", "!x", "&x", "*x", "{}", "[]", "- a", "a: b", "yes", "null", "1e3", "0o7"),
    *("--", "-x", "é", "\u2028", "\u00a0", "\U0001f40d", "a" * 300, "]]>", "'\"'\"'$(id)"),
]
"""Texts that mean something else to shells, units, YAML, or Compose."""


def release_of(change: Mapping[str, Any] | None = None) -> ModelRelease:
    """Read the manifest, with a JSON merge patch (RFC 7396) over it."""
    document = yaml.safe_load((HERE / "release.yaml").read_text(encoding="utf-8"))
    return ModelRelease.model_validate(_merged(document, change or {}))


def rendered(
    kind: str,
    *,
    version: str = "",
    namespace: str = "",
    options: Mapping[str, str] | None = None,
    change: Mapping[str, Any] | None = None,
) -> Rendering:
    """Render it for a target.

    Args:
        kind: Kind of the target.
        version: Its version; the newest if empty.
        namespace: Namespace of the objects.
        options: What is said of the target.
        change: Merge patch over the manifest.
    """
    target = target_of(kind)
    assert target is not None
    release = release_of(change)
    return render(
        target,
        release,
        release_digest(release),
        version=version,
        namespace=namespace,
        options=options or {},
    )


def files_of(done: Rendering) -> dict[str, str]:
    """Return what was rendered as text, by path; nothing was refused."""
    assert done.refusals == (), [one.message for one in done.refusals]
    return {one.path: one.content.decode() for one in done.files}


@functools.cache
def watching() -> frozenset[str]:
    """Return the paths of what watches a release, the same on every cluster."""
    return frozenset(files_of(rendered("prometheus")))


def objects_of(done: Rendering) -> list[dict[str, Any]]:
    """Return the objects of a cluster that were rendered, those of later steps too."""
    return [
        yaml.safe_load(text)
        for path, text in files_of(done).items()
        if path.endswith(".yaml") and not path.startswith(("rules/", "tests/"))
    ]


def refused(done: Rendering) -> dict[str, tuple[str, ...]]:
    """Return the alternatives of each refusal, by the field that asks for too much."""
    return {one.pointer: one.alternatives for one in done.refusals}


def write(done: Rendering, folder: Path) -> Path:
    """Write what was rendered into a folder, and return it."""
    for path, text in files_of(done).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o755 if path.endswith(".sh") else 0o644)
    return folder


def _merged(document: object, patch: object) -> object:
    if not isinstance(patch, dict) or not isinstance(document, dict):
        return patch
    found = dict(document)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key, {}), value)
    return found
