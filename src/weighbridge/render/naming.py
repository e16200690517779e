"""How rendered objects are called, and how they say of which release they are.

Names follow RFC 1123 as Kubernetes demands it of labels of DNS. The release digest stands whole in
an annotation, in metrics and in traces. A label of Kubernetes holds 63 characters and a sha256 has
64 digits: there it goes without its last one.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.rendering import Order

RELEASE_LABEL: Final = "weighbridge.dev/release"
"""Label (63 digits) and annotation (the whole digest) of everything that is rendered."""
RELEASE_ATTRIBUTE: Final = "weighbridge.release"
"""Resource attribute of traces, logs and metrics (OpenTelemetry)."""
METRIC_LABEL: Final = "release"
"""Label of metrics; `$release` in a manifest's queries stands for its value."""
LABEL_DIGITS: Final = 63
_LONGEST: Final = 40
_SHORT: Final = 8
_NO_NAME: Final = re.compile(r"[^a-z0-9-]+")
_NO_LABEL: Final = re.compile(r"[^A-Za-z0-9._-]+")


def object_name(order: Order) -> str:
    """Return what the objects of a release are called: the same in every version.

    What cannot stand in a name of DNS is replaced, and then a piece of the digest of the name
    keeps it apart from others.
    """
    return dns_name(order.release.metadata.name)


def dns_name(text: str, longest: int = _LONGEST) -> str:
    """Turn a text into a label of DNS that no other text is turned into.

    It begins with a letter, as Services and InferenceServices demand (RFC 1035).
    """
    name = _NO_NAME.sub("-", text.lower()).strip("-")
    if name == text and len(name) <= longest and name[:1].isalpha():
        return name
    head = name if name[:1].isalpha() else f"x-{name}"
    return f"{head[: longest - _SHORT - 1].rstrip('-')}-{short_hash(text.encode(), _SHORT)}"


def short_hash(data: bytes, digits: int = 10) -> str:
    """Return the first digits of a sha256."""
    return hashlib.sha256(data).hexdigest()[:digits]


def release_label(order: Order) -> str:
    """Return the release digest as far as a label holds it."""
    return order.digest.removeprefix("sha256:")[:LABEL_DIGITS]


def selector(order: Order) -> dict[str, str]:
    """Return the labels every replica of a release of this name has, whichever version it is."""
    return {"app.kubernetes.io/name": object_name(order)}


def every_pod(order: Order) -> dict[str, str]:
    """Return the label that even pods have which a controller copied and gave another name."""
    return {"app.kubernetes.io/instance": object_name(order)}


def labels(order: Order) -> dict[str, str]:
    """Return the labels of everything that is rendered."""
    version = _NO_LABEL.sub("_", order.release.metadata.version)[:LABEL_DIGITS].strip("._-")
    return {
        **selector(order),
        **every_pod(order),
        "app.kubernetes.io/version": version or "unnamed",
        "app.kubernetes.io/managed-by": "weighbridge",
        RELEASE_LABEL: release_label(order),
    }


def release_annotations(order: Order) -> dict[str, str]:
    """Return the annotations of everything that is rendered."""
    meta = order.release.metadata
    return {RELEASE_LABEL: order.digest, "weighbridge.dev/name": f"{meta.name}@{meta.version}"}


def metadata(order: Order, name: str = "", **more: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of an object.

    Args:
        order: What is rendered.
        name: Its name; that of the release if empty.
        more: `labels` and `annotations` it has besides.
    """
    about: dict[str, Any] = {"name": name or object_name(order)}
    if order.namespace:
        about["namespace"] = order.namespace
    about["labels"] = {**labels(order), **more.get("labels", {})}
    about["annotations"] = {**release_annotations(order), **more.get("annotations", {})}
    return about


def resource_attributes(order: Order) -> dict[str, str]:
    """Return what a release is known by to OpenTelemetry (semantic conventions: service.*)."""
    meta = order.release.metadata
    return {
        "service.name": meta.name,
        "service.version": meta.version,
        RELEASE_ATTRIBUTE: order.digest,
    }
