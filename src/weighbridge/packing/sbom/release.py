"""The bill of a release: everything its resolved manifest names, and what its locks pin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.purl import Purl, write_purl
from weighbridge.model.bill import Bill, Part, PartKind, Service
from weighbridge.model.lock import Lock
from weighbridge.packing.sbom.locked import locked, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.listing import ListingEntry
    from weighbridge.packing.sbom.locked import Locked

MOST_FILES: Final = 1_000
"""Files of a folder that are listed one by one; more are named by the digest of their listing."""

_OS_PURLS: Final = {
    **dict.fromkeys(("debian", "ubuntu"), "deb"),
    "alpine": "apk",
    **dict.fromkeys(
        ("almalinux", "amzn", "centos", "fedora", "ol", "opensuse", "rhel", "rocky", "sles"), "rpm"
    ),
}
_KINDS: Final[Mapping[str, PartKind]] = {
    "weights": "machine-learning-model",
    "dataset": "data",
    "featureStore": "data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What of a release does not stand in its manifest.

    Attributes:
        digest: The release digest; empty if it could not be sealed as it stands.
        runtime: The lock of what it needs to run; None if it could not be read.
        others: The locks of what it needs to be developed and tested.
        licences: What is known of the licence of a package, by normalised name and version.
        listings: The files of each directory artifact, by its path.
        templates: Digests of the chat templates in each file, each with where it stands, by path.
    """

    digest: str = ""
    runtime: Lock | None = None
    others: Sequence[Lock] = ()
    licences: Mapping[tuple[str, str], str] = field(default_factory=dict)
    listings: Mapping[str, Sequence[ListingEntry]] = field(default_factory=dict)
    templates: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def release_bill(tree: Mapping[str, Any], observed: Observed, *, version: str) -> Bill:
    """Make the bill of a release.

    Args:
        tree: The resolved manifest as plain values.
        observed: What does not stand in it.
        version: Version of weighbridge.
    """
    metadata, spec = tree["metadata"], tree["spec"]
    packages = _packages(observed)
    parts = [
        *_artifacts(spec, observed),
        *_origins(spec.get("lineage", {})),
        *_environment(spec["environment"]),
    ]
    services = tuple(_services(spec))
    subject = _subject(metadata, spec, observed.digest)
    own = [part.ref for part in parts] + [service.ref for service in services]
    edges: dict[str, tuple[str, ...]] = {
        subject.ref: tuple(sorted((*own, *packages.roots))),
        **packages.edges,
    }
    return Bill(
        subject=subject,
        parts=tuple(sorted((*parts, *packages.parts), key=lambda part: part.ref)),
        services=services,
        edges=edges,
        created=metadata.get("releasedAt", ""),
        version=version,
        spec=spec,
    )


def origins(spec: Mapping[str, Any]) -> list[str]:
    """Name what a release says it was made from: its base model and its datasets."""
    return [part.name for part in _origins(spec.get("lineage", {}))]


def _packages(observed: Observed) -> Locked:
    runtime = locked(observed.runtime or Lock(format=""), observed.licences)
    others = (locked(lock, observed.licences, scope="excluded") for lock in observed.others)
    return together(runtime, others)


def _subject(metadata: Mapping[str, Any], spec: Mapping[str, Any], digest: str) -> Part:
    model, source = spec["model"], spec.get("source", {})
    properties = (
        ("weighbridge:model:name", model.get("name")),
        ("weighbridge:model:version", model.get("version")),
        ("weighbridge:model:format", model.get("format")),
        ("weighbridge:model:formatVersion", model.get("formatVersion")),
        ("weighbridge:model:framework", model.get("framework")),
        ("weighbridge:model:frameworkVersion", model.get("frameworkVersion")),
        ("weighbridge:release:digest", digest),
        ("weighbridge:release:risk", metadata.get("risk")),
        ("weighbridge:source:commit", source.get("commit")),
    )
    return Part(
        ref=f"release:{metadata['name']}@{metadata['version']}",
        kind="machine-learning-model",
        name=metadata["name"],
        version=metadata["version"],
        hashes=(digest,) if digest else (),
        licence=model.get("license", ""),
        supplier=metadata["owner"]["team"],
        source=source.get("repo", ""),
        properties=tuple((name, str(value)) for name, value in properties if value),
        role="release",
    )


def _artifacts(spec: Mapping[str, Any], observed: Observed) -> Iterator[Part]:
    found = list(spec["artifacts"])
    card = spec.get("card")
    if card and all(one.get("path") != card["path"] for one in found):
        found.append({"name": "card", "role": "card", **card})
    for one in found:
        path = one.get("path", "")
        ref = f"artifact:{one['name']}"
        listed = observed.listings.get(path, ())
        properties = (
            ("weighbridge:artifact:role", one["role"]),
            ("weighbridge:artifact:path", path),
            ("weighbridge:artifact:format", one.get("format")),
            ("weighbridge:artifact:size", one.get("size")),
            ("weighbridge:artifact:files", len(listed) or None),
        )
        yield Part(
            ref=ref,
            kind=_KINDS.get(one["role"], "file"),
            name=one["name"],
            version=one.get("version", ""),
            hashes=_hashes(one),
            licence=spec["model"].get("license", "") if one["role"] == "weights" else "",
            media_type=one.get("mediaType", ""),
            source=one.get("uri", ""),
            properties=tuple((name, str(value)) for name, value in properties if value),
            parts=tuple(_inside(ref, path, listed, observed)),
            role=one["role"],
        )


def _inside(
    ref: str, path: str, listed: Sequence[ListingEntry], observed: Observed
) -> Iterator[Part]:
    """Yield the files of a folder, and the chat templates a file or a folder's files hold."""
    yield from _templates(ref, path, observed)
    for entry in listed:
        full = f"{path.rstrip('/')}/{entry.path}"
        inner = f"{ref}/{entry.path}"
        templates = tuple(_templates(inner, full, observed))
        # A folder with more files is told by the digest of its listing, but templates are named.
        if len(listed) <= MOST_FILES or templates:
            yield Part(
                ref=inner, kind="file", name=entry.path, hashes=(entry.digest,), parts=templates
            )


def _templates(ref: str, path: str, observed: Observed) -> Iterator[Part]:
    for place, digest in observed.templates.get(path, ()):
        yield Part(
            ref=f"{ref}#{place}",
            kind="file",
            name=place,
            description="chat template",
            hashes=(digest,),
            role="chat-template",
        )


def _origins(lineage: Mapping[str, Any]) -> Iterator[Part]:
    base = [lineage["baseModel"]] if "baseModel" in lineage else []
    named: Iterable[tuple[str, PartKind, Sequence[Mapping[str, Any]]]] = (
        ("base-model", "machine-learning-model", base),
        ("dataset", "data", lineage.get("datasets", ())),
    )
    for role, kind, origins_ in named:
        for one in origins_:
            yield Part(
                ref=f"{role}:{one['ref']}",
                kind=kind,
                name=one["ref"],
                hashes=_hashes(one),
                licence=one.get("license", ""),
                role=role,
            )


def _environment(environment: Mapping[str, Any]) -> Iterator[Part]:
    runtime = environment["runtime"]
    yield Part(
        ref="runtime",
        kind="application",
        name=runtime["implementation"],
        version=runtime["version"],
        role="runtime",
    )
    image = environment.get("image")
    if image:
        yield _image("image", image)
        if "base" in image:
            yield _image("base-image", image["base"])
    os = environment.get("os")
    if os:
        yield from _operating_system(os)


def _image(role: str, image: Mapping[str, Any]) -> Part:
    # A tag says nothing about the bytes; the digest does.
    name = image["ref"].rpartition("/")[2].partition(":")[0]
    repository = image["ref"][: len(image["ref"]) - len(image["ref"].rpartition("/")[2])] + name
    purl = Purl(
        type="oci",
        name=name.lower(),
        version=image["digest"],
        qualifiers={"repository_url": repository.lower()},
    )
    return Part(
        ref=f"{role}:{image['ref']}",
        kind="container",
        name=image["ref"],
        version=image["digest"],
        purl=write_purl(purl),
        hashes=_hashes(image),
        role=role,
    )


def _operating_system(os: Mapping[str, Any]) -> Iterator[Part]:
    distribution, release = os["distribution"], os.get("release", "")
    snapshot = os.get("snapshot")
    yield Part(
        ref="os",
        kind="operating-system",
        name=distribution,
        version=release,
        properties=(("weighbridge:os:snapshot", snapshot),) if snapshot else (),
        role="os",
    )
    kind = _OS_PURLS.get(distribution.lower())
    for package in os.get("packages", ()):
        name, version = package["name"], package["version"]
        qualifiers = {"distro": f"{distribution}-{release}" if release else distribution}
        purl = Purl(
            type=kind or "generic",
            name=name,
            version=version,
            namespace=distribution.lower() if kind else "",
            qualifiers=qualifiers,
        )
        written = write_purl(purl)
        yield Part(
            ref=written,
            kind="library",
            name=name,
            version=version,
            purl=written,
            scope="required",
            role="os-package",
        )


def _services(spec: Mapping[str, Any]) -> Iterator[Service]:
    for one in spec.get("externalServices", ()):
        scheme = one.get("auth", {}).get("scheme")
        yield Service(
            ref=f"service:{one['name']}",
            name=one["name"],
            endpoint=one["endpoint"],
            authenticated=None if scheme is None else scheme != "none",
        )


def _hashes(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (one["digest"],) if one.get("digest") else ()
