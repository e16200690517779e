"""What rules are asked about: the items of a release, each with its place in the papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.placing import place_in_text
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.fact import ObservedFile, Unavailable, observed
from weighbridge.model.location import Location, pointer, pointer_parts
from weighbridge.rules.interface import Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.fact import Credential, Facts, ObservedDirectory
    from weighbridge.model.image import ObservedImage
    from weighbridge.model.release import Artifact, LockFile, ModelRelease, Parameter
    from weighbridge.model.release.compatibility import Target
    from weighbridge.model.release.environment import Image

BUILD = "/spec/build"
CARD = "/spec/card"
IMAGE = "/spec/environment/image"
NOT_LOOKED_AT = Unavailable("it was not looked at")
NOT_FETCHED = Unavailable(
    "only its address is given, and addresses are not fetched",
    "add `path`, so that there are bytes to weigh",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An artifact of the manifest.

    Attributes:
        artifact: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    artifact: Artifact
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLock:
    """A lock of the manifest.

    Attributes:
        purpose: `runtime`, `dev` or `test`.
        file: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    purpose: str
    file: LockFile
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTarget:
    """A target of the manifest.

    Attributes:
        target: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    target: Target
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A file whose content is judged.

    Attributes:
        file: What was observed, or why nothing was.
        format: The format the manifest declares for it, or empty.
        in_image: Whether it lies in a container image: then the file's path is the image's name.
    """

    file: ObservedFile | Unavailable
    format: str = ""
    in_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenImage:
    """A container image: the one the manifest declares, or a loose one.

    Attributes:
        name: Its reference, or where it lies.
        declared: What the manifest says of it; None for a loose one.
        image: What was observed.
        base: What the image it is said to be built on unfolds to.
    """

    name: str
    declared: Image | None
    image: ObservedImage | Unavailable
    base: tuple[str, ...] | Unavailable = NOT_LOOKED_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedParameter:
    """A parameter and its name.

    Attributes:
        name: Its key under `spec.parameters`.
        parameter: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    name: str
    parameter: Parameter
    pointer: str


def place(facts: Facts, at: str, *, key: bool = False) -> Location:
    """Find where the manifest speaks of the value at a JSON pointer."""
    if facts.document is None:
        return Location("", pointer=at)
    return facts.document.location(at, key=key)


def place_within(facts: Facts, at: str, line: int, column: int) -> Location:
    """Find where a line and column of the text at a JSON pointer stand in the manifest."""
    if facts.document is None:
        return Location("", pointer=at)
    return place_in_text(facts.document, at, line, column)


def is_todo(facts: Facts, at: str) -> bool:
    """Tell whether a value was left `TODO`: it counts as absent, and is CFG009's business."""
    return facts.document is not None and at in facts.document.todos


def dotted(at: str) -> str:
    """Write a JSON pointer as people and the command line write it: `spec.model.name`."""
    return ".".join(pointer_parts(at))


def weighed(facts: Facts, path: str) -> ObservedFile | ObservedDirectory | Unavailable:
    """Return what was observed at the path of an artifact."""
    if path in facts.directories:
        return facts.directories[path]
    return facts.files.get(path, NOT_LOOKED_AT)


def release(facts: Facts, at: str = "") -> Iterator[Item[ModelRelease]]:
    """Yield the release as a whole, placed at one of its values."""
    if facts.release is not None:
        name = facts.release.metadata.name
        yield Item(subject=name, location=place(facts, at), value=facts.release)


def build(facts: Facts) -> Iterator[Item[BuildRecord | Unavailable]]:
    """Yield the record of the build, if there is one here, placed at what the manifest says."""
    if facts.build is not None:
        yield Item(subject="the build", location=place(facts, BUILD), value=facts.build)


def seen_whole(record: BuildRecord) -> None:
    """Demand that all a build did was seen: what was not is neither there nor absent.

    Raises:
        NotObservedError: Some of it was not.
    """
    if record.partial:
        reason = record.blind or f"the build was watched by {record.witness.value} alone"
        observed(Unavailable(reason, "build where strace may trace: `weighbridge doctor`"))


def artifacts(facts: Facts) -> Iterator[Item[Declared]]:
    """Yield every artifact of the manifest, placed at its path or address."""
    yield from (item for item in parts(facts) if item.value.pointer != CARD)


def parts(facts: Facts) -> Iterator[Item[Declared]]:
    """Yield every artifact, and the card where it is none of them."""
    for at, artifact in facts.release.spec.files() if facts.release else ():
        where = at + ("/uri" if artifact.path is None else "/path")
        yield Item(
            subject=artifact.path or artifact.name,
            location=place(facts, where),
            value=Declared(artifact=artifact, pointer=at),
        )


def locks(facts: Facts) -> Iterator[Item[DeclaredLock]]:
    """Yield every lock of the manifest, placed at its path; one left `TODO` is CFG009's."""
    listed = facts.release.spec.dependencies.locks() if facts.release else ()
    for purpose, file in listed:
        if file.lock != TODO:
            at = pointer("spec", "dependencies", purpose)
            yield Item(
                subject=file.lock,
                location=place(facts, at + "/lock"),
                value=DeclaredLock(purpose=purpose, file=file, pointer=at),
            )


def targets(facts: Facts) -> Iterator[Item[DeclaredTarget]]:
    """Yield every target it is judged for, placed at its name.

    These are all the manifest declares, or those of them that were asked for.
    """
    section = facts.release.spec.compatibility if facts.release else None
    for index, target in enumerate((section.targets if section else None) or ()):
        if facts.targets is None or target.name in facts.targets:
            at = pointer("spec", "compatibility", "targets", str(index))
            yield Item(
                subject=target.name,
                location=place(facts, f"{at}/name"),
                value=DeclaredTarget(target=target, pointer=at),
            )


def paths(facts: Facts) -> Iterator[Item[str]]:
    """Yield the path of every artifact that has one, of the card, and of every lock."""
    for artifact in parts(facts):
        path = artifact.value.artifact.path
        if path is not None:
            yield Item(subject=path, location=artifact.location, value=path)
    for lock in locks(facts):
        yield Item(subject=lock.subject, location=lock.location, value=lock.value.file.lock)


def parameters(facts: Facts) -> Iterator[Item[NamedParameter]]:
    """Yield every parameter of the manifest, placed at its name."""
    listed = facts.release.spec.parameters or {} if facts.release else {}
    for name, parameter in listed.items():
        at = pointer("spec", "parameters", name)
        yield Item(
            subject=name,
            location=place(facts, at, key=True),
            value=NamedParameter(name=name, parameter=parameter, pointer=at),
        )


def images(facts: Facts) -> Iterator[Item[SeenImage]]:
    """Yield the container image of the manifest, placed at its digest, or every loose one.

    One that is left `TODO` is CFG009's.
    """
    if facts.release is None:
        for path in sorted(facts.images):
            found = facts.images[path]
            value = SeenImage(name=path, declared=None, image=found.image, base=found.base)
            yield Item(subject=path, location=Location(path), value=value)
        return
    declared = facts.release.spec.environment.image
    if declared is None or TODO in {declared.ref, declared.digest}:
        return
    seen = facts.images.get(declared.ref)
    yield Item(
        subject=declared.ref,
        location=place(facts, f"{IMAGE}/digest"),
        value=SeenImage(
            name=declared.ref,
            declared=declared,
            image=seen.image if seen else NOT_LOOKED_AT,
            base=seen.base if seen else NOT_LOOKED_AT,
        ),
    )


def todos(facts: Facts) -> Iterator[Item[str]]:
    """Yield the JSON pointer of every value left `TODO`."""
    for at in facts.document.todos if facts.document else ():
        yield Item(subject=dotted(at), location=place(facts, at), value=at)


def credentials(facts: Facts) -> Iterator[Item[Credential | Unavailable]]:
    """Yield every credential that stands in the manifest, or that nobody could look for them."""
    found = facts.credentials
    if isinstance(found, Unavailable):
        yield Item(subject="the manifest", location=place(facts, ""), value=found)
        return
    for credential in found:
        yield Item(
            subject=dotted(credential.location.pointer) or "a comment",
            location=credential.location,
            value=credential,
        )


def examined(facts: Facts) -> Iterator[Item[Examined]]:
    """Yield every file whose content can be judged, and what should have been such a file.

    Files of artifacts are placed at the artifact, loose ones at themselves.
    """
    seen: set[str] = set()
    for item in artifacts(facts):
        for path, value in content(facts, item.value.artifact):
            seen.add(path)
            yield _examined(path, item.location, value)
    for path in sorted(facts.files.keys() - seen):
        yield _examined(path, Location(path), Examined(file=facts.files[path]))
    if facts.release is not None:
        yield from _examined_image(facts)
    for image in images(facts):
        yield from _in_image(image, facts)


def _in_image(item: Item[SeenImage], facts: Facts) -> Iterator[Item[Examined]]:
    """Yield the files of an image that were looked into."""
    image = item.value.image
    for one in () if isinstance(image, Unavailable) else image.files:
        file = ObservedFile(
            path=item.subject, size=one.size, digest=one.digest, structure=one.structure
        )
        yield Item(
            subject=f"{item.subject}!/{one.path}",
            location=item.location if facts.release is None else place(facts, f"{IMAGE}/ref"),
            value=Examined(file=file, in_image=True),
            digest=one.digest,
            vouched=one.package,
        )


def _examined(subject: str, location: Location, value: Examined) -> Item[Examined]:
    digest = value.file.digest if isinstance(value.file, ObservedFile) else ""
    return Item(subject=subject, location=location, value=value, digest=digest)


def _examined_image(facts: Facts) -> Iterator[Item[Examined]]:
    """Yield the bytes of the image as those of a file; one nobody saw is INT011's business."""
    for item in images(facts):
        image = item.value.image
        if not isinstance(image, Unavailable):
            file = ObservedFile(
                path=item.subject,
                size=image.structure.size,
                digest=image.digest,
                structure=image.structure,
            )
            place_of = place(facts, f"{IMAGE}/ref")
            yield _examined(item.subject, place_of, Examined(file=file))


def content(facts: Facts, artifact: Artifact) -> Iterator[tuple[str, Examined]]:
    """Yield each file of an artifact, with its path."""
    path = artifact.path
    if path is None:
        yield artifact.name, Examined(file=NOT_FETCHED)
        return
    directory = facts.directories.get(path)
    if directory is None:
        declared = artifact.format or ""
        yield path, Examined(file=facts.files.get(path, NOT_LOOKED_AT), format=declared)
    elif isinstance(directory, Unavailable):
        yield path, Examined(file=directory)
    else:
        for entry in directory.entries:
            inside = f"{path.rstrip('/')}/{entry.path}"
            yield inside, Examined(file=facts.files.get(inside, NOT_LOOKED_AT))
