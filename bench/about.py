"""What each cell is about, in words, by area: what is measured, and beside what.

A cell that is not here is nowhere in the docs; a test sees to it that none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class About:
    """What a cell is about.

    Attributes:
        what: What of ours is measured.
        beside: What it is compared with; empty if the seconds or MiB themselves are judged.
        peers: Programs of others that are measured or take part, by their names in `peers.py`.
        work: How many times as much ours does as what is beside it.
    """

    what: str
    beside: str = ""
    peers: tuple[str, ...] = ()
    work: int = 1

    @property
    def is_rivalry(self) -> bool:
        """Whether it is beside something else that does the same, or part of it."""
        return bool(self.beside) and self.beside not in _NO_RIVALS


def _of(what: str, beside: str = "", *peers: str, work: int = 1) -> About:
    return About(what, beside, peers, work)


_START = "its start"
_READY = "getting ready for it"
_NOTHING = "`python -c pass`"
_SAME = "the same of 1,000"
_ONE = "640 of one thread"
_ALONE = "the same alone"
_DIGESTS = "its digests alone"
_NO_RIVALS: Final = {_START, _READY, _NOTHING, _SAME, _ONE, _ALONE, _DIGESTS}

AREAS: Final[Mapping[str, Mapping[str, About]]] = {
    "Starting": {
        "help": _of("`weighbridge --help`", _NOTHING),
        "version": _of("`weighbridge --version`", _NOTHING),
        "check": _of("`check` of a small release with a real ONNX model"),
        "verify-import": _of("importing what `verify` needs"),
    },
    "Reading": {
        "digest-16x64m": _of("`digest` of 16 files of 64 MiB", "`openssl dgst -sha256`", "openssl"),
        "digest-2x1g": _of("`digest` of 2 files of 1 GiB", "`openssl dgst -sha256`", "openssl"),
        "digest-2x1g-blake3": _of(
            "`digest --algorithm blake3` of 2 files of 1 GiB", "`b3sum`", "b3sum"
        ),
        "read-20k": _of("digests of 20,000 files of 4 KiB", "a loop of `hashlib.file_digest`"),
        "digest-20k": _of("`digest` of 20,000 files of 4 KiB", "a loop of `hashlib.file_digest`"),
        "digest-20k-model-signing": _of(
            "`digest` of 20,000 files of 4 KiB", "`model_signing sign`", "model-signing"
        ),
        "check-cached-2g": _of("`check` of a release of 2 GiB that did not change"),
        "scan-2g": _of("digest, format and tensors of 2 GiB of safetensors", _DIGESTS),
        "memory-4g": _of("memory of reading 4 GiB of safetensors", _READY),
        "record-2g": _of("an environment of 24,000 files against its RECORDs", _DIGESTS),
        "record-2g-openssl": _of(
            "`capture --environment` of 24,000 files", "`openssl dgst -sha256`", "openssl"
        ),
        "image-1g": _of(
            "reading a container image of 1.2 GiB, all layers",
            "`gzip -t` and `openssl dgst`",
            *("gzip", "openssl"),
        ),
        "image-1g-memory": _of("memory of reading an image of 1.2 GiB", _READY),
    },
    "Searching for threats": {
        "scan-torch-2g": _of(
            "structure of a PyTorch archive of 2 GiB", "`picklescan`", "picklescan"
        ),
        "scan-torch-2g-memory": _of("memory of reading a PyTorch archive of 2 GiB"),
        "safetensors-header-1g": _of("reading the header of 1 GiB of safetensors", _START),
        "scan-bomb-300m": _of("`scan` of an archive that unfolds to 300 MB"),
        "scan-pickles-5k": _of("`scan` of 5,000 small pickles", "`picklescan`", "picklescan"),
        "scan-nested-200m": _of(
            "`scan` of a nested pickle of 200 MB",
            "`picklescan` of a tenth of it",
            "picklescan",
            work=10,
        ),
        "scan-nested-200m-memory": _of("memory of `scan` of a nested pickle of 200 MB"),
    },
    "Manifests": {
        "manifest-5000": _of("reading 5,000 lines of YAML with 30 faults", _START),
        "manifest-5000-compose": _of(
            "reading 5,000 lines of YAML with 30 faults",
            "PyYAML's C `compose`, without any check",
            "PyYAML",
        ),
        "manifest-5000-command": _of("`show` of 5,000 lines of YAML with 30 faults"),
        "manifest-hostile": _of("reading every hostile manifest of the tests once"),
        "listing-100k": _of("writing and reading the listing of 100,000 files", "`json.loads`"),
        "diff-5000": _of("the typed diff of two manifests of 5,000 lines", _START),
        "diff-5000-jsonpatch": _of(
            "the typed diff of two manifests of 5,000 lines", "`jsonpatch.make_patch`", "jsonpatch"
        ),
    },
    "Gate": {
        "gate-conditions": _of("compiling 1,000 conditions, deciding over 200 KB", _START),
        "gate-compiled": _of("deciding by conditions that were compiled", _START),
        "gate-items": _of("one condition over 100,000 artifacts", _START),
        "what-if-1k": _of("`policy what-if` over 1,000 releases, on the wall"),
        "what-if-1k-cpu": _of("`policy what-if` over 1,000 releases, on the processor"),
        "status-1k": _of("`status` of 1,000 promoted releases"),
        "admission-2k": _of(
            "answering a cluster's admission webhook", "a route that parses the same", "starlette"
        ),
    },
    "Ledger": {
        "ledger-append": _of("appending to a Merkle tree", _START),
        "ledger-prove": _of("proofs of a log of 100,000 entries", _START),
        "ledger-verify": _of("verifying proofs of a log of 100,000 entries", _START),
        "ledger-append-pymerkle": _of("appending 100,000 entries", "pymerkle", "pymerkle"),
        "ledger-prove-pymerkle": _of("5,000 proofs", "pymerkle", "pymerkle"),
        "ledger-verify-pymerkle": _of("verifying 20,000 proofs", "pymerkle", "pymerkle"),
        "ledger-group-commit": _of("6,400 durable entries of 64 threads", _ONE, "sqlite"),
        "ledger-proof-scaling": _of("5,000 proofs from the tables of 1,000,000 entries", _SAME),
        "ledger-memory-1m": _of("memory of proofs from tables of 1,000,000 entries"),
        "ledger-memory-1m-tree": _of("memory of a tree of 1,000,000 entries"),
        "ledger-memory-tiles": _of("memory of `log verify` of a log of 20,000 events"),
    },
    "Signing": {
        "oms-sign-20k": _of(
            "`sign --format oms` of 20,000 files", "`model_signing sign`", "model-signing"
        ),
        "oms-verify-20k": _of(
            "`verify` of 20,000 signed files", "`model_signing verify`", "model-signing"
        ),
        "oms-sign-2x1g": _of(
            "`sign --format oms` of 2 files of 1 GiB", "`model_signing sign`", "model-signing"
        ),
        "oms-verify-2x1g": _of(
            "`verify` of 2 signed files of 1 GiB", "`model_signing verify`", "model-signing"
        ),
    },
    "Packages and advisories": {
        "sbom-400": _of("writing a CycloneDX bill of 400 packages, and judging it by its schema"),
        "sbom-400-write": _of("writing a CycloneDX bill of 400 packages, without the schema"),
        "coverage-404x24": _of("`matrix` of 404 packages and 24 targets"),
        "coverage-404x24-matrix": _of("the matrix of 404 packages and 24 targets alone", _START),
        "coverage-404x24-select": _of(
            "the matrix of 404 packages and 24 targets, ten times",
            "`Pylock.select` of `packaging` once",
            "packaging",
            work=10,
        ),
        "advisories-cold": _of("300 packages against compiled advisories"),
        "advisories-warm": _of("300 packages against advisories that were read", _START),
        "advisories-compile": _of("compiling 1,459 advisories"),
    },
    "Registries of images": {
        "push-2g": _of("pushing 2 GiB", "`skopeo copy`", "skopeo", "docker-registry"),
        "push-2g-wall": _of(
            "pushing 2 GiB, on the wall", "`skopeo copy`", "skopeo", "docker-registry"
        ),
        "pull-2g": _of("pulling 2 GiB", "`skopeo copy`", "skopeo", "docker-registry"),
        "pull-2g-wall": _of(
            "pulling 2 GiB, on the wall", "`skopeo copy`", "skopeo", "docker-registry"
        ),
        "memory-push-4g": _of("memory of pushing 4 GiB", _READY, "docker-registry"),
        "memory-pull-4g": _of("memory of pulling 4 GiB", _READY, "docker-registry"),
    },
    "Building and durable work": {
        "build-recorded": _of("a training of half a minute, recorded", _ALONE, "strace"),
        "job-overhead": _of("40 durable jobs that do nothing", "DBOS alone", "dbos"),
        "job-each": _of("a durable job that does nothing", _START, "dbos"),
    },
    "Servers": {
        "serve-ready": _of("`serve`, from nothing until it is ready"),
        "immutable-read": _of(
            "handing out a manifest", "FastAPI's `response_model`", "fastapi", "uvicorn"
        ),
        "immutable-read-known": _of(
            "handing out a manifest to who has it",
            "FastAPI's `response_model`",
            "fastapi",
            "uvicorn",
        ),
        "upload-512m-memory": _of("memory an upload of 512 MiB takes"),
        "upload-512m-latency": _of("p99 of `/healthz` while 512 MiB are uploaded"),
        "releases-200k": _of("p95 of a page of 200,000 releases", _SAME, "sqlite"),
        "containing-200k": _of("p95 of looking for part of a name in 200,000", _SAME, "sqlite"),
        "topics-200k": _of("p95 of a page of 200,000 topics", _SAME, "sqlite"),
        "blobs-200k": _of("p95 of a page of 200,000 blobs", _SAME, "sqlite"),
        "releases-200k-postgres": _of("p95 of a page of 200,000 releases", _SAME, "postgresql"),
        "topics-200k-postgres": _of("p95 of a page of 200,000 topics", _SAME, "postgresql"),
    },
    "Dashboard over 200,000 releases": {
        "dashboard-200k-begin": _of("from nothing to the first page: 750,000 entries folded"),
        "dashboard-200k-pipeline": _of("the dearest page of the pipeline"),
        "dashboard-200k-approvals": _of("the dearest page of approvals"),
        "dashboard-200k-waivers": _of("the dearest page of waivers"),
        "dashboard-200k-insights": _of("the dearest page of insights"),
        "dashboard-200k-releases": _of("the dearest page of releases"),
        "dashboard-200k-release": _of("the dearest page of one release and its forms"),
        "dashboard-200k-contents": _of(
            "the dearest page of what is in a release, and of two compared"
        ),
        "dashboard-200k-ledger": _of("the dearest page of the ledger"),
        "dashboard-200k-places": _of("the dearest page of environments, rollback and freeze"),
        "dashboard-200k-rules": _of("the dearest page of policies, what-if and rules"),
        "dashboard-200k-people": _of("the dearest page of access, data and help"),
        "dashboard-200k-memory": _of("memory of the server"),
    },
}


def by_name() -> dict[str, About]:
    """Return what all cells are about."""
    return {name: about for area in AREAS.values() for name, about in area.items()}
