"""Every limit a reader of hostile bytes obeys, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Budgets for reading one file.

    Attributes:
        window: Bytes one `Need` may ask for.
        reread: Bytes a reader may ask for again, behind the pass.
        header: Bytes of a header that is parsed as a whole (JSON, zip directory).
        entries: Members of an archive, tensors of a file, fields of a message.
        inflated: Bytes all compressed members of an archive may unfold to.
        ratio: How many times larger than its compressed form a member may be.
        depth: Containers within containers.
        opcodes: Opcodes of one file's pickles; 16 bytes of plain numbers and lists are one.
        stack: Objects that matter on the stack and in the memo of one pickle.
        text: Bytes of one string kept from a file.
        checksums: Whether numbers nobody looks into are read for their checksums and digests. An
            archive of which they are not is never complete.
    """

    window: int = 1 << 20
    reread: int = 256 << 20
    header: int = 100 << 20
    entries: int = 1_000_000
    inflated: int = 1 << 30
    ratio: int = 1_000
    depth: int = 8
    opcodes: int = 50_000_000
    stack: int = 2_000_000
    text: int = 4_096
    checksums: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """Budgets of one process that reads files.

    Attributes:
        memory: Bytes of address space.
        seconds: CPU seconds it has for files of no size.
        pace: Bytes for which it has another CPU second.
        silence: Seconds it may say nothing, by the clock on the wall.
        message: Bytes of what it says of one file.
        job: Bytes of files one process is given to read; a larger file is a job of its own.
    """

    memory: int = 2 << 30
    seconds: int = 60
    pace: int = 2 << 20
    silence: int = 120
    message: int = 256 << 20
    job: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """Budgets for reading one container image.

    Attributes:
        unfolded: Bytes all layers may unfold to.
        ratio: How many times larger than its compressed form a layer may be.
        slack: Bytes a layer may unfold to whatever its compressed form.
        layers: Layers of an image.
        platforms: Platforms of an index.
        entries: Members of all layers.
        names: Characters of the names in one layer.
        steps: Path components that are followed to put the layers on top of one another.
        config: Bytes of the configuration.
        content: Bytes of one file that is read (a package database).
        headers: Bytes of one file of which only the head is read.
        packages: Packages and distributions.
        streams: Compressed streams that follow one another in a layer.
        text: Characters of one name.
        examined: Files of one layer that are looked into.
        spooled: Bytes of one such file, which is kept on disk until it was read.
        database: Bytes of a database of packages that is kept in memory.
    """

    unfolded: int = 256 << 30
    ratio: int = 1_100
    slack: int = 64 << 20
    layers: int = 1_000
    platforms: int = 64
    entries: int = 2_000_000
    names: int = 256 << 20
    steps: int = 50_000_000
    config: int = 8 << 20
    content: int = 32 << 20
    headers: int = 64 << 10
    packages: int = 200_000
    streams: int = 2_000_000
    text: int = 4_096
    examined: int = 20_000
    spooled: int = 8 << 30
    database: int = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """Budgets for reading one YAML or JSON document.

    Attributes:
        size: Bytes of the document.
        depth: Levels of nesting.
        nodes: Nodes the document itself holds.
        alias_nodes: Nodes that aliases add when they are followed.
    """

    size: int = 4 << 20
    depth: int = 64
    nodes: int = 1_000_000
    alias_nodes: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingLimits:
    """Budgets for the listing of one directory.

    Attributes:
        page: Files one page lists; more need an index of pages. It is part of the form.
        pages: Pages an index names.
        size: Bytes of one page, or of the index.
    """

    page: int = 10_000
    pages: int = 1_000
    size: int = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryLimits:
    """Budgets for compiling advisories.

    Attributes:
        record: Bytes of one record.
        records: Records, those that cannot be read included.
        unfolded: Bytes all of them may unfold to.
        ratio: How many times larger than its compressed form one may be.
        slack: Bytes one may unfold to whatever its compressed form.
        archive: Bytes of an archive.
        told: Records that cannot be read and are listed; the others are counted.
    """

    record: int = 16 << 20
    records: int = 2_000_000
    unfolded: int = 16 << 30
    ratio: int = 200
    slack: int = 1 << 20
    archive: int = 4 << 30
    told: int = 1_000


DEFAULT_LIMITS = Limits()
DEFAULT_PROCESS_LIMITS = ProcessLimits()
DEFAULT_IMAGE_LIMITS = ImageLimits()
DEFAULT_DOCUMENT_LIMITS = DocumentLimits()
DEFAULT_ADVISORY_LIMITS = AdvisoryLimits()
DEFAULT_LISTING_LIMITS = ListingLimits()
