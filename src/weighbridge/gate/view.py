"""What expressions see of a release: the sealed manifest, and lists the engine goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Item = dict[str, Any]


def release_view(manifest: Mapping[str, Any], *, digest: str, risk: str) -> Item:
    """Build the variable `release`.

    Args:
        manifest: The sealed manifest, in the form of today's schema.
        digest: The release digest.
        risk: The effective risk.
    """
    spec = manifest["spec"]
    return {
        "name": manifest["metadata"]["name"],
        "version": manifest["metadata"]["version"],
        "digest": digest,
        "effectiveRisk": risk,
        "metadata": manifest["metadata"],
        "spec": spec,
        **{name: list(items(spec, name)) for name in COLLECTIONS},
    }


def items(spec: Mapping[str, Any], collection: str) -> Iterator[Item]:
    """List a collection of a manifest, each item with its place; what is not there is empty."""
    if collection == "images":
        yield from _images(spec)
        return
    path = COLLECTIONS[collection]
    found: Any = spec
    for name in path:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    at = ("spec", *path)
    if isinstance(found, dict):
        for name, item in found.items():
            yield {"name": name, **item, "pointer": pointer(*at, name)}
    else:
        for index, item in enumerate(found):
            yield {**item, "pointer": pointer(*at, _key(item, index))}


def _key(item: Item, index: int) -> str:
    """Name an element as changes do: by its key where it has one, else by its index."""
    for key in ("name", "alert", "id"):
        if isinstance(item.get(key), str):
            return str(item[key])
    return str(index)


def _images(spec: Mapping[str, Any]) -> Iterator[Item]:
    """List the image and, behind it, the one it was built from."""
    image = spec.get("environment", {}).get("image")
    at: tuple[str, ...] = ("spec", "environment", "image")
    while isinstance(image, dict):
        yield {
            **{name: image[name] for name in ("ref", "digest") if name in image},
            "pointer": pointer(*at),
        }
        image, at = image.get("base"), (*at, "base")


COLLECTIONS: dict[str, tuple[str, ...]] = {
    "images": ("environment", "image"),
    "artifacts": ("artifacts",),
    "parameters": ("parameters",),
    "targets": ("compatibility", "targets"),
    "externalServices": ("externalServices",),
    "alerts": ("observability", "alerts"),
}
"""Every collection of a release, and where it stands in `spec`."""
