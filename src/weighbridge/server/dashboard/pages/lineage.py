"""What a model was made from, as its manifest says, and what was made from it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import WeighbridgeError
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.evidence_about import evidence_about
from weighbridge.server.dashboard.pages.one_release import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.server.dashboard.page import Asked

_ANCESTORS: Final = 50
_VERSIONS: Final = 200
"""Releases of the same name that are looked into: others would mean to read all manifests."""
_ORIGINS: Final = 200

Row = dict[str, Any]


def lineage(asked: Asked) -> dict[str, Any]:
    """Tell origins, ancestors and descendants of a release, and draw them."""
    release = release_of(asked)
    digest: str = release["digest"]
    with asked.registry.reading() as view:
        versions = view.versions(release["name"])
    told = asked.services.kept.get(
        ("lineage", digest, len(versions)), lambda: _told(asked, release, versions)
    )
    return {**release, **told, "made": list(_made(asked, digest))}


def _told(asked: Asked, release: Row, versions: list[tuple[str, str]]) -> dict[str, Any]:
    manifest = _manifest(asked, release["digest"])
    origins = list(_origins(asked, manifest))
    name = f"{release['name']}@{release['version']}"
    ancestors = _ancestors(asked, name, origins)
    children = list(_children(asked, release, versions))
    spec = manifest.get("spec", {})
    return {
        "origins": origins[:_ORIGINS],
        "originsLeftOut": max(len(origins) - _ORIGINS, 0),
        "ancestors": ancestors,
        "children": children,
        "looked": min(len(versions), _VERSIONS),
        "versions": len(versions),
        "source": {"repo": "", "commit": "", "dirty": False, **spec.get("source", {})},
        "command": [*spec.get("build", {}).get("command", ())],
        "drawing": _drawing(name, origins[:_ORIGINS], ancestors, children),
    }


def _manifest(asked: Asked, digest: str) -> Mapping[str, Any]:
    """Read a sealed manifest as plain values; nothing if its bytes are not there."""
    try:
        found: Mapping[str, Any] = json.loads(asked.registry.blobs.read(digest))
    except WeighbridgeError:
        return {}
    return found


def _origins(asked: Asked, manifest: Mapping[str, Any]) -> Iterator[Row]:
    """List what a manifest says that its model was made from."""
    said = manifest.get("spec", {}).get("lineage", {})
    base = [said["baseModel"]] if "baseModel" in said else []
    for what, found in (
        ("base model", base),
        ("parent", said.get("parents", ())),
        ("dataset", said.get("datasets", ())),
    ):
        for one in found:
            yield {
                "what": what,
                "ref": one["ref"],
                "digest": one.get("digest", ""),
                "licence": one.get("license", ""),
                **_known(asked, one),
            }


def _known(asked: Asked, origin: Mapping[str, Any]) -> Row:
    """Find the release of this registry that an origin names, by its digest or its name."""
    name, _, version = str(origin["ref"]).partition("@")
    said = str(origin.get("digest", ""))
    with asked.registry.reading() as view:
        bound = dict(view.versions(name)).get(version, "")
        if said and view.names_of(said):
            return {"release": said, "differs": bool(bound) and bound != said}
    # Another digest than that of the name: the name alone proves nothing.
    return {"release": "" if said else bound, "differs": bool(bound and said)}


def _ancestors(asked: Asked, name: str, origins: list[Row]) -> list[Row]:
    """Follow parents within the registry, the nearest first."""
    found: list[Row] = []
    seen: set[str] = set()
    waiting = deque((name, one) for one in origins if one["release"])
    while waiting and len(found) < _ANCESTORS:
        child, one = waiting.popleft()
        if one["release"] in seen:
            continue
        seen.add(one["release"])
        manifest = _manifest(asked, one["release"])
        metadata = manifest.get("metadata", {})
        label = f"{metadata.get('name', '')}@{metadata.get('version', '')}"
        found.append({"release": one["release"], "name": label, "of": child})
        waiting.extend((label, each) for each in _origins(asked, manifest) if each["release"])
    return found


def _children(asked: Asked, release: Row, versions: list[tuple[str, str]]) -> Iterator[Row]:
    """Find releases of the same name that name this one as what they continue."""
    name = f"{release['name']}@{release['version']}"
    for version, digest in reversed(versions[-_VERSIONS:]):
        said = _manifest(asked, digest).get("spec", {}).get("lineage", {})
        origins = [*said.get("parents", ()), said.get("baseModel", {})]
        if any(_is(one, name, release["digest"]) for one in origins):
            yield {"release": digest, "name": f"{release['name']}@{version}"}


def _is(origin: Mapping[str, Any], name: str, digest: str) -> bool:
    said = origin.get("digest", "")
    return said == digest if said else origin.get("ref") == name


def _made(asked: Asked, digest: str) -> Iterator[Row]:
    """List evidence of how it was made: provenance of a build, and builds that were made again."""
    from weighbridge.model.predicates import PROVENANCE, REPLAY  # noqa: PLC0415 - as the others

    words = {PROVENANCE: "record of its build", REPLAY: "build made again"}
    for index, event in evidence_about(asked, digest):
        if what := words.get(event.body["predicateType"]):
            person = event.body["person"]
            yield {"entry": index, "at": event.time, "by": person, "what": what}


def _drawing(name: str, origins: list[Row], ancestors: list[Row], children: list[Row]) -> Row:
    """Draw what came from what, from left to right."""
    from weighbridge.model.graph import Graph, Link, Node  # noqa: PLC0415 - as the others
    from weighbridge.report.graph_drawing import draw  # noqa: PLC0415 - as the others

    pairs = {(_label(one), name) for one in origins if not one["release"]}
    # Of those further back the releases alone: what these were made from is on their pages.
    pairs |= {(one["name"], one["of"]) for one in ancestors}
    pairs |= {(name, one["name"]) for one in children}
    ids = sorted({name, *(id_ for pair in pairs for id_ in pair)})
    links: dict[str, tuple[Link, ...]] = {}
    for source, target in sorted(pairs):
        links[source] = (*links.get(source, ()), Link(source=source, target=target))
    graph = Graph(nodes={id_: Node(id=id_, name=id_) for id_ in ids}, links=links)
    return asdict(draw(graph, {}, chosen=(name,), everything=True))


def _label(origin: Row) -> str:
    ref: str = origin["ref"]
    return ref if origin["what"] == "parent" else f"{origin['what']}: {ref}"


PARTS: Final = Parts(
    pages=(
        Page(
            path="/releases/{digest}/lineage",
            template="lineage.html",
            view=lineage,
            docs="how-to/look-at-lineage.md",
            tab="All releases",
        ),
    ),
)
