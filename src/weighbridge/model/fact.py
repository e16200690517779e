"""Facts: what the probes observed, as plain data.

A fact is a value or `Unavailable` with the reason. Rules read facts through `observed`, which
turns a missing one into an inconclusive finding; no rule can mistake absence for a pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.advisory import AdvisoryFacts
    from weighbridge.model.behaviour import Behaviour
    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.compatibility_data import CompatibilityData
    from weighbridge.model.document import Document
    from weighbridge.model.global_lists import Lists
    from weighbridge.model.host import Host
    from weighbridge.model.image import ImageFacts
    from weighbridge.model.index_status import IndexStatus
    from weighbridge.model.installed import InstalledFiles
    from weighbridge.model.licences import LicencePolicy
    from weighbridge.model.lifecycle import LifecycleData
    from weighbridge.model.listing import ListingEntry
    from weighbridge.model.location import Location
    from weighbridge.model.lock import Lock
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.secrets import SecretFacts
    from weighbridge.model.structure import Structure

T = TypeVar("T")


MISSING = "no such file"
"""The reason of an `Unavailable` whose file does not exist: absence, observed, is a fact too."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A fact that could not be had.

    Attributes:
        reason: What stood in the way, one clause.
        hint: What would make it available, one sentence or empty.
    """

    reason: str
    hint: str = ""


NO_ADVISORIES = Unavailable(
    "no advisories were loaded", "load some: `weighbridge advisories update --from DIR`"
)
"""No advisories were ever loaded here; that is no fact that could not be had."""

NO_INDEX = Unavailable(
    "nothing is kept of what the index said when the locks were made",
    "keep a folder of its JSON pages: `weighbridge advisories update --from DIR`",
)
"""Nothing was ever kept here of what a package index says; likewise."""


class NotObservedError(Exception):
    """A rule asked for a fact that could not be had; the rule engine turns it into inconclusive."""

    def __init__(self, unavailable: Unavailable) -> None:
        """Remember why the fact is missing."""
        super().__init__(unavailable.reason)
        self.unavailable = unavailable


def observed(fact: T | Unavailable) -> T:
    """Return the value of a fact.

    Raises:
        NotObservedError: The fact could not be had.
    """
    if isinstance(fact, Unavailable):
        raise NotObservedError(fact)
    return fact


@dataclass(frozen=True, slots=True)
class ObservedFile:
    """One file, read once.

    Attributes:
        path: POSIX path relative to the folder of the manifest (or as named, for loose files).
        size: Bytes read.
        digest: `sha256:` and 64 hexadecimal digits.
        structure: What the format reader found, or why it could not finish.
        link: Where the path leads if it is a symbolic link inside the release.
        cached: Whether the digest came from the cache and the bytes were not read.
    """

    path: str
    size: int
    digest: str
    structure: Structure | Unavailable
    link: str | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathProblem:
    r"""A path that must not be followed (INT009): what kind of escape, and where it leads.

    Attributes:
        path: The path, with bytes that are not UTF-8 shown as `\xNN`.
        kind: `outside`, `cycle`, `collision`, `encoding`, `foreign` (a backslash), `not-nfc`,
            `special`, or `link` where none is to be followed.
        target: Where it leads, or what it collides with.
    """

    path: str
    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Something in a packed release that its sealed manifest does not account for.

    Attributes:
        path: The file, or the layer.
        seen: What was found: a digest, or in words.
        wanted: What should have been; empty if nothing.
    """

    path: str
    seen: str
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedDirectory:
    """A directory artifact as it is on disk.

    Attributes:
        entries: Every file below it, hidden ones included, sorted by path.
        digest: Digest of the canonical listing (`codec.listing`).
        size: Sum of the files' sizes in bytes.
        declared: The listing the manifest's digest stands for, where a store holds it.
    """

    entries: Sequence[ListingEntry]
    digest: str
    size: int
    declared: Sequence[ListingEntry] | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The state of the git repository the manifest lies in.

    Attributes:
        commit: The commit checked out, 40 or 64 hexadecimal digits.
        repo: The address of the remote `origin` without credentials, or empty.
        ref: The branch or tag checked out, or empty.
        changed: Tracked files that differ from the commit and files git does not know,
            relative to the manifest's folder; without `release.yaml`, `weighbridge.toml` and
            files git does not know that the manifest pins by digest.
    """

    commit: str
    repo: str = ""
    ref: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """An installed Python distribution, read from its metadata file and never imported.

    Attributes:
        name: Normalised name (PEP 503).
        version: Version as its metadata states it.
        requires_python: Its `Requires-Python`, or empty.
        requires: Its `Requires-Dist`, as written (PEP 508).
        license: Its `License-Expression` (PEP 639), or empty.
        license_text: Its `License` field, first line, or empty.
        classifiers: Its classifiers.
    """

    name: str
    version: str
    requires_python: str = ""
    requires: tuple[str, ...] = ()
    license: str = ""
    license_text: str = ""
    classifiers: tuple[str, ...] = ()


OWN_INTERPRETER = "the interpreter running weighbridge"
ACTIVE_ENVIRONMENT = "the active virtual environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnvironment:
    """The Python environment beside the release, read from its files and never run.

    Attributes:
        where: What was looked at, in words: `.venv`, `ACTIVE_ENVIRONMENT` or `OWN_INTERPRETER`.
        implementation: `cpython`, `pypy` …
        version: Patch level version, such as `3.11.7`.
        distributions: Installed distributions by normalised name.
        running: Whether it is merely that of the interpreter running weighbridge: nothing says
            that the release has to do with it.
    """

    where: str
    implementation: str
    version: str
    distributions: Mapping[str, Distribution]
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLock:
    """A lock file: its bytes' digest and what it says.

    Attributes:
        path: POSIX path relative to the manifest's folder.
        digest: `sha256:` and 64 hexadecimal digits.
        lock: What it pins, or why it could not be read.
        inputs: The requirements it was made from, where they were found beside it, or why one
            that was found could not be read.
        requires_python: Which Pythons the project admits whose lock it is, or empty.
    """

    path: str
    digest: str
    lock: Lock | Unavailable
    inputs: tuple[InputRequirement, ...] | Unavailable = ()
    requires_python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequirement:
    """A direct requirement a lock was made from.

    Attributes:
        file: File it stands in.
        line: Line, counted from 1; 0 where the format has no lines for it.
        requirement: The requirement as written (PEP 508).
        group: The extra or dependency group that asks for it; empty for what is always needed.
    """

    file: str
    line: int
    requirement: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential that stands in the manifest itself. What it is, is said nowhere.

    Attributes:
        location: Where it stands; of one in a key, the pointer is that of the mapping, and of one
            in a comment there is none.
        detector: What it was known by: `AWS Access Key`, `Secret Keyword` …
    """

    location: Location
    detector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules may know.

    Attributes:
        release: The manifest, validated; None when loose files are scanned.
        document: Where each of its values stands; None when loose files are scanned.
        sealed: Whether the manifest is a sealed one.
        files: Each file looked at by path, those in directories included.
        directories: Each directory artifact by path.
        path_problems: Paths that were not followed.
        strays: What a packed release holds besides.
        source: The git repository.
        python: The Python environment.
        everything: Whether `files` are all there are: a file that is not among them is missing.
        locks: Each lock the manifest names, by path.
        credentials: What stands in the manifest and must not, in document order.
        images: Each container image looked at, by its reference in the manifest, or by its path.
        behaviours: What each file did that was loaded in the sandbox, by path.
        lists: What is known of the globals of pickles; None for what ships with this version.
        licences: Which licences may be used; None for what ships with this version.
        now: The time at which all this was observed (RFC 3339, UTC); empty if nobody told it.
        advisories: Advisories about the packages of the locks.
        targets: Names of the targets it is judged for; None for all the manifest declares.
        compatibility: What goes with what; None for what ships with this version.
        lifecycles: How long what is supported; None for what ships with this version.
        index: What the package index said when the locks were made.
        installed: The environment's files, verified; None if nobody asked for that.
        host: The machine, where somebody asked for it.
        secrets: How old the secrets are it refers to; None if nobody asked.
        encrypted_at_rest: Whether all that is put into the registry's store is encrypted.
        build: The newest record of a build that made a file of the release, byte for byte; None
            if there is none here.
    """

    release: ModelRelease | None = None
    document: Document | None = None
    sealed: bool = False
    files: Mapping[str, ObservedFile | Unavailable] = field(default_factory=dict)
    directories: Mapping[str, ObservedDirectory | Unavailable] = field(default_factory=dict)
    path_problems: tuple[PathProblem, ...] = ()
    strays: tuple[Stray, ...] = ()
    source: SourceState | Unavailable = Unavailable("the git repository was not looked at")
    python: PythonEnvironment | Unavailable = Unavailable("no Python environment was looked at")
    everything: bool = False
    locks: Mapping[str, ObservedLock | Unavailable] = field(default_factory=dict)
    credentials: tuple[Credential, ...] | Unavailable = Unavailable("nobody looked for any")
    images: Mapping[str, ImageFacts] = field(default_factory=dict)
    behaviours: Mapping[str, Behaviour | Unavailable] = field(default_factory=dict)
    lists: Lists | None = None
    licences: LicencePolicy | None = None
    now: str = ""
    advisories: AdvisoryFacts | Unavailable = NO_ADVISORIES
    targets: tuple[str, ...] | None = None
    compatibility: CompatibilityData | None = None
    lifecycles: LifecycleData | None = None
    index: IndexStatus | Unavailable = NO_INDEX
    installed: InstalledFiles | Unavailable | None = None
    host: Host | Unavailable = Unavailable(
        "this machine was not looked at", "look at it: `weighbridge check --environment`"
    )
    secrets: SecretFacts | None = None
    encrypted_at_rest: bool | Unavailable = Unavailable("the registry's store was not looked at")
    build: BuildRecord | Unavailable | None = None
