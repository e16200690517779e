"""The documents of the API, as its OpenAPI description has them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from weighbridge.report.problem import PROBLEM, TITLES

DIGEST: Final = r"^sha256:[0-9a-f]{64}$"
Digest = Annotated[str, Field(pattern=DIGEST)]
WRITABLE: Final = r"^[^\x00]*$"
"""Text that any database takes."""


class Document(BaseModel):
    """A document; later versions may have more members."""

    model_config = ConfigDict(extra="allow")


class FaultDocument(Document):
    """One thing wrong, told as everywhere."""

    code: str
    message: str
    seen: str
    wanted: str
    cause: str
    help: list[str]


class ProblemDocument(Document):
    """What is wrong with a request (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    instance: str
    code: str
    faults: list[FaultDocument]


class StoreDocument(Document):
    """Where blobs lie."""

    address: str
    identity: str
    encrypted: bool
    conditional: bool


class RegistryDocument(Document):
    """The registry and its log."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    origin: str
    logKey: str  # noqa: N815 - as documents have it
    nextLogKey: str  # noqa: N815 - as documents have it
    size: int
    checkpoint: str
    store: StoreDocument | None
    time: str
    version: str


class EntryDocument(Document):
    """An entry of the ledger: its index, and its exact text (canonical JSON)."""

    index: int
    entry: str


class EntriesDocument(Document):
    """A page of entries."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    size: int
    entries: list[EntryDocument]
    next: str


class ProofDocument(Document):
    """That an entry stands in the log of a checkpoint (RFC 9162, hashes in hexadecimal)."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    index: int
    size: int
    path: list[str]
    checkpoint: str
    entry: str


class ConsistencyDocument(Document):
    """That one log is the beginning of another (RFC 9162, hashes in hexadecimal)."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    first: int
    size: int
    path: list[str]


class TopicsDocument(Document):
    """A page of the index."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    rows: list[list[str | int]]
    next: str


class BoundDocument(Document):
    """A release and its name."""

    name: str
    version: str
    digest: Digest


class ReleasesDocument(Document):
    """A page of releases."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    size: int
    releases: list[BoundDocument]
    next: str


class ReleaseDocument(Document):
    """A release: its names, the digests of its sections, and where its papers are."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    digest: Digest
    name: str
    version: str
    sections: dict[str, str]
    manifest: str
    evidence: list[dict[str, Any]]


class MissingRequest(BaseModel):
    """Digests somebody has bytes of."""

    model_config = ConfigDict(extra="forbid")

    digests: list[Digest] = Field(max_length=1_000)
    read: bool = Field(
        default=False,
        description="Whether bytes of the one digest are read, up to 1 GiB, and missing if damaged",
    )


class MissingDocument(Document):
    """Those of them that are not here."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    missing: list[Digest]


class KeptDocument(Document):
    """Bytes that were taken."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    digest: Digest
    new: bool


class HeldDocument(Document):
    """Bytes that lie here."""

    name: str
    size: int
    modified: float


class BlobsDocument(Document):
    """A page of all bytes."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    blobs: list[HeldDocument]
    next: str


class RemovedDocument(Document):
    """Whether bytes were cleared away."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    removed: bool


class ReadsRequest(BaseModel):
    """What a change rests on."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=0, lt=1 << 62)
    control: int | None = Field(ge=0, lt=1 << 62)
    topics: dict[str, int] = Field(default={}, max_length=10_000)
    releases: dict[str, int] = Field(default={}, max_length=10_000)
    everything: bool = False


class DraftRequest(BaseModel):
    """An entry that is to be appended."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    body: dict[str, Any]


class BindingRequest(BaseModel):
    """A name and version for a release."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=300)
    version: str = Field(min_length=1, max_length=300)
    digest: Digest


class ChangeRequest(BaseModel):
    """A change that was made from what was read."""

    model_config = ConfigDict(extra="forbid")

    time: str
    reads: ReadsRequest
    bindings: list[BindingRequest] = Field(default=[], max_length=1_000)
    entries: list[DraftRequest] = Field(default=[], max_length=10_000)
    rotates: str = Field(default="", max_length=1_000)


class TakenDocument(Document):
    """A change that was taken."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    first: int
    size: int
    checkpoint: str
    bound: list[bool]


class LogKeyRequest(BaseModel):
    """The name of a log that is to begin."""

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(default="", max_length=300)


class NextKeyRequest(BaseModel):
    """After how many entries another key is wanted."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(ge=0, lt=1 << 62)


class LogKeyDocument(Document):
    """A key of the log, and what the one before says of it."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    logKey: str  # noqa: N815 - as documents have it
    endorsement: str = ""


class EnvironmentsDocument(Document):
    """Environments, as `env list` tells them."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    environments: list[dict[str, Any]]


class StatusDocument(Document):
    """What stands where, as `status` tells it."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    pointers: list[dict[str, Any]]


class EvaluationRequest(BaseModel):
    """A release that would like to be promoted."""

    model_config = ConfigDict(extra="forbid")

    release: Digest


class EvaluationDocument(Document):
    """What the gate says, as `promote` tells it."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    verdict: Literal["allowed", "denied", "needs", "inconclusive"]
    environment: str
    release: Digest
    conditions: list[dict[str, Any]]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Say which problems a route may answer with, besides those of every route.

    Args:
        statuses: Those of its own.
    """
    return {
        status: {
            "description": TITLES[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in sorted({400, 401, 403, 408, 409, 413, 421, 422, 429, 503, *statuses})
        if status in TITLES
    }
