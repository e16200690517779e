"""What is known of a container image: its papers, its layers, and the files they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from weighbridge.model.fact import Distribution, Unavailable
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import ByteSource
    from weighbridge.model.structure import Structure


class ImageSource(Protocol):
    """Where an image is read: the reading half of `oci.Repository`."""

    @property
    def name(self) -> str:
        """Say in words where it is, as the user named it; never with a credential."""

    def resolve(self, reference: str) -> Descriptor:
        """Find the manifest of a tag or digest.

        Raises:
            NotFoundError: There is none.
            UnavailableError: The place does not answer.
        """

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index whole, of that digest.

        Raises:
            NotFoundError: It is not there.
            TransferError: Other bytes came.
            UnavailableError: The place does not answer.
        """

    def open(self, descriptor: Descriptor) -> ByteSource:
        """Open a blob to be read forwards; whoever reads it checks size and digest.

        Raises:
            NotFoundError: It is not there.
        """


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Platform:
    """What an image runs on, in the words of Go (`linux`, `amd64`).

    Attributes:
        os: Operating system.
        architecture: Processor architecture.
        variant: Variant of the architecture, such as `v8`, or empty.
    """

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        """Write it as tools do: `linux/arm64/v8`."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What an image's configuration says.

    Attributes:
        platform: What it runs on.
        diff_ids: Digests of the unfolded layers, lowest first.
        user: Who its process runs as; empty is root.
        env: Environment variables, name and value.
        entrypoint: The command it starts.
        cmd: The command's arguments, or the command.
        working_dir: The folder it starts in.
        labels: What its author says of it.
        history: How each layer was made, as the builder wrote it.
    """

    platform: Platform
    diff_ids: tuple[str, ...]
    user: str = ""
    env: tuple[tuple[str, str], ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    working_dir: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    history: tuple[str, ...] = ()

    @property
    def runs_as_root(self) -> bool:
        """Whether its process has the user id 0, as far as the configuration says."""
        return self.user.partition(":")[0] in {"", "root", "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLayer:
    """A layer, read to its end.

    Attributes:
        digest: Digest of its bytes as they came.
        diff_id: sha256 of what they unfold to; empty if they could not be unfolded.
        size: Its bytes.
        compression: `gzip`, `zstd` or `none`.
        unfolded: Bytes it unfolds to.
        entries: Members of its archive.
    """

    digest: str
    diff_id: str
    size: int
    compression: str
    unfolded: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMismatch:
    """A part of an image that is not what another part, or its name, says.

    Attributes:
        part: `manifest`, `config`, `layer 2` …
        seen: What it is.
        wanted: What it should be.
    """

    part: str
    seen: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OsRelease:
    """The distribution of an image (os-release(5)).

    Attributes:
        id: `ID`, such as `debian`.
        version: `VERSION_ID`, or empty.
        name: `PRETTY_NAME`, or empty.
    """

    id: str
    version: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class InstalledPackage:
    """A package of the operating system that is installed in an image.

    Attributes:
        manager: `dpkg`, `apk` or `rpm`.
        name: Its name.
        version: Its version.
        architecture: Its architecture, or empty.
    """

    manager: str
    name: str
    version: str
    architecture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSecret:
    """Something in an image that is, or by its name may be, a credential; never its text.

    Attributes:
        where: A path, `env NAME` or `history 3`.
        what: What it was known by.
        layer: Number of the layer the file lies in, from 1; 0 for what the configuration holds.
        removed: Whether a later layer takes the file away: it is still in the image.
    """

    where: str
    what: str
    layer: int = 0
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A file of an image that was looked into, and of which there is something to say.

    Attributes:
        path: Its path in the image.
        layer: Number of the layer it lies in, from 1.
        size: Its bytes.
        digest: `sha256:` and 64 hexadecimal digits.
        structure: What its reader found.
        package: The package that lists it by digest, or empty.
    """

    path: str
    layer: int
    size: int
    digest: str
    structure: Structure
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What the files of an image add up to, all layers applied.

    Attributes:
        files: How many there are, links included, folders not.
        os_release: The distribution, if it says which.
        packages: Packages of the operating system, sorted.
        distributions: Python distributions, sorted by name and version.
        privileged: Files that run with the rights of another (setuid, setgid, capabilities).
        managers: Programs that install packages.
        secrets: Files that hold credentials, in whatever layer.
        unread: What is there and could not be read, a line each.
        examined: How many files were looked into; the others begin like no model or archive.
    """

    files: int = 0
    os_release: OsRelease | None = None
    packages: tuple[InstalledPackage, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    privileged: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    secrets: tuple[ImageSecret, ...] = ()
    unread: tuple[str, ...] = ()
    examined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedImage:
    """A container image, read without running it.

    Attributes:
        name: Where it was read, in words.
        digest: Digest of the manifest or index it was found by; empty where the place keeps none
            (`docker save` throws it away).
        manifest: Digest of the manifest of the platform that was read; empty likewise.
        platforms: What it can run on, sorted: from the configurations, not from the index.
        config: Configuration of the platform that was read.
        layers: Its layers, lowest first, as far as they could be read.
        mismatches: Parts that are not what they should be.
        structure: How far it was read, and what is wrong with the bytes.
        inventory: What its files add up to.
        secrets: Credentials in its environment and history.
        files: Files that were looked into, all layers applied, sorted by path.
        cached: Whether what its layers hold is from the cache, and they were not read.
    """

    name: str
    digest: str
    manifest: str
    platforms: tuple[Platform, ...]
    config: ImageConfig | Unavailable
    layers: tuple[ImageLayer, ...]
    mismatches: tuple[ImageMismatch, ...]
    structure: Structure
    inventory: Inventory | Unavailable
    secrets: tuple[ImageSecret, ...] = ()
    files: tuple[ImageFile, ...] = ()
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What was observed of the image a manifest declares.

    Attributes:
        image: The image.
        base: What the image it is said to be built on unfolds to (`diff_ids`), lowest first.
    """

    image: ObservedImage | Unavailable
    base: tuple[str, ...] | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePapers:
    """What a container image says of itself, its layers unread.

    Attributes:
        digest: Digest of the manifest or index it was found by; empty where the place keeps none.
        platforms: What it can run on, sorted.
        config: Configuration of the platform that was read.
    """

    digest: str
    platforms: tuple[Platform, ...]
    config: ImageConfig


class BaseProof(Enum):
    """Whether an image is built on another."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


def has_base(image: ObservedImage, base: tuple[str, ...]) -> BaseProof:
    """Tell whether an image is built on a base: by its leading layers, never by a label.

    Args:
        image: The image.
        base: The `diff_ids` of the base, from a configuration that was held against its digest.
    """
    seen = tuple(layer.diff_id for layer in image.layers[: len(base)])
    known = seen[: len(base)]
    if any(one and one != other for one, other in zip(known, base, strict=False)):
        return BaseProof.REFUTED
    whole = not image.mismatches and all(layer.diff_id for layer in image.layers)
    if not base or not whole or image.structure.status == "error":
        return BaseProof.UNKNOWN
    return BaseProof.PROVEN if seen == base else BaseProof.REFUTED
