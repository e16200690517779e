"""What is installed in a Python environment, held against the lists it was installed with.

A RECORD that fits the files beside it is *self-consistent*: whoever changed both is not seen by
it. Where a wheel that a lock names by its hash is at hand, its own RECORD is what counts, and what
fits that is *authentic*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Standing = Literal["authentic", "self-consistent", "tampered", "unverifiable"]

DepartureKind = Literal[
    "changed",
    "missing",
    "unlisted",
    "rewritten",
    "outside",
    "link",
    "twice",
    "weak",
    "unhashed",
    "bytecode",
    "orphan",
    "unclaimed",
    "unread",
    "record",
]
"""What is wrong with a file, one word each:

* `changed`: it is not what RECORD says; `missing`: it is not there.
* `unlisted`: no RECORD names it; `unclaimed`: nor can one, since its distribution has none.
* `rewritten`: RECORD is not that of the wheel the lock names.
* `outside`: RECORD leads out of the environment; `link`: it is a link.
* `twice`: one RECORD names it twice; `weak`, `unhashed`: by a weak digest, by none.
* `bytecode`: it is run, and does not belong to the source beside it; `orphan`: nor to any.
* `unread`: it could not be read; `record`: RECORD itself could not."""

HookKind = Literal["pth", "sitecustomize", "usercustomize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A file that is not as the lists say.

    Attributes:
        kind: What is wrong.
        path: POSIX path relative to the environment's folder.
        distribution: Whose RECORD speaks of it; empty if none does.
        seen: What is there, in words or as a digest.
        wanted: What should be.
    """

    kind: DepartureKind
    path: str
    distribution: str = ""
    seen: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpHook:
    """A file that Python reads whenever it starts.

    Attributes:
        path: POSIX path relative to the environment's folder.
        kind: What it is.
        distribution: Whose RECORD names it; empty if none does.
        lines: The lines of a path configuration file that are run, the first few.
        folders: Folders it adds to where modules are looked for, the first few.
    """

    path: str
    kind: HookKind
    distribution: str = ""
    lines: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledDistribution:
    """One distribution, and how far its files can be trusted.

    Attributes:
        name: Normalised name (PEP 503).
        version: Version as its metadata states it.
        folder: Its dist-info or egg-info, relative to the environment's folder.
        installer: What INSTALLER says, or empty.
        url: Where direct_url.json says it comes from, without credentials; else empty.
        commit: The commit direct_url.json names, or empty.
        editable: Whether it is installed as a link to its sources.
        record: Digest of RECORD, or empty.
        files: How many files RECORD names.
        standing: What came of it.
        why: Why it is not better than that, one clause; empty if it is authentic.
    """

    name: str
    version: str
    folder: str
    installer: str = ""
    url: str = ""
    commit: str = ""
    editable: bool = False
    record: str = ""
    files: int = 0
    standing: Standing = "unverifiable"
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFiles:
    """The files of an environment after all of them were verified.

    Attributes:
        where: Which environment, in words.
        distributions: Sorted by name; two of one name stand both.
        departures: Sorted by path.
        hooks: What is read when Python starts, sorted by path.
        files: How many files were read.
        size: How many bytes those have.
        bytecode: Compiled files that nothing but their header ties to a source.
        libraries: Native libraries by path: those of linear algebra, and of CUDA.
    """

    where: str
    distributions: Sequence[InstalledDistribution] = ()
    departures: Sequence[Departure] = ()
    hooks: Sequence[StartUpHook] = ()
    files: int = 0
    size: int = 0
    bytecode: int = 0
    libraries: Sequence[str] = ()
